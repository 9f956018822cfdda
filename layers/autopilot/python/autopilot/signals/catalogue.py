"""The names of the metrics that a managed service publishes (docs/service-contract.md)."""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = "HybridRouting"
FAILED: Final = "Failed"  #: 1 a failed request, 0 a good one: its average is the failure rate
LATENCY_MS: Final = "LatencyMs"
DIMENSIONS: Final = ("Service", "Region", "Path")
PERIOD_SECONDS: Final = 10  #: published at StorageResolution 1, at least this often

#: What probes publish, in the region they look from.
PROBE_NAMESPACE: Final = "Autopilot/Probes"
PROBE_DIMENSIONS: Final = ("Service", "Target")
