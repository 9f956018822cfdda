"""The names of the metrics that a managed service publishes (docs/service-contract.md)."""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = "HybridRouting"
FAILED: Final = "Failed"  #: 1 a failed request, 0 a good one: its average is the failure rate
LATENCY_MS: Final = "LatencyMs"
FIRST_CHOICE: Final = "FirstChoice"  #: 1 when the path that was chosen first answered, else 0
DIMENSIONS: Final = ("Service", "Region", "Path")
PERIOD_SECONDS: Final = 10  #: published at StorageResolution 1, at least this often

#: What probes publish, in the region they look from.
PROBE_NAMESPACE: Final = "Autopilot/Probes"
PROBE_DIMENSIONS: Final = ("Service", "Target")

#: What is published about the trail, in its own region.
TRAIL_NAMESPACE: Final = "Autopilot/Trail"
TRAIL_DIMENSIONS: Final = ("Service",)

#: What Amazon Bedrock publishes; ModelId is whatever the request named.
BEDROCK: Final = "AWS/Bedrock"
BEDROCK_DIMENSIONS: Final = ("ModelId",)
