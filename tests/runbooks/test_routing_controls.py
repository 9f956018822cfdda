"""A failover with a cluster of ARC: any two of its five endpoints may be down.

"Your process for getting and changing routing control states should try each endpoint in rotation"
(https://docs.aws.amazon.com/r53recovery/latest/dg/routing-control.update.api.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import pytest

from autopilot_lab.assurance.assure import SEED, prepared_bench
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.cases import CASES
from autopilot_lab.drill.profiles import profile_text
from autopilot_lab.drill.project import SCENARIOS
from autopilot_lab.emulator.faults import Fault, FaultKind
from autopilot_lab.emulator.services.routing_control_cluster import SERVICE
from autopilot_lab.emulator.services.routing_controls import ENDPOINT_REGIONS
from tests.assurance.slices import in_a_fork

_, LOSS = CASES["regional_failover"]
PAIRS = list(combinations(ENDPOINT_REGIONS, 2))
RUN_SECONDS = 150.0


def with_cluster() -> str:
    """The profile of failovers, with a cluster."""
    return profile_text(SCENARIOS / "profiles" / "routing-controls.toml")


@pytest.fixture(scope="module")
def lost() -> Iterator[Bench]:
    """Home is gone, every vantage knows it, and a cluster says which regions are open."""
    with prepared_bench(SEED, (with_cluster, LOSS.prepare)) as prepared:
        yield prepared


def fail_over(lost: Bench, *faults: Fault) -> Mapping[str, Any]:
    """How a failover ends while calls go wrong, and what stands then."""
    standby = lost.installation.regions[1]
    for fault in faults:
        lost.aws.faults.add(fault)
    request = {"mode": "execute", "reason": "home is lost"}
    lost.installation.start_run("regional_failover", request, region=standby, name="by-hand")
    lost.aws.run(RUN_SECONDS)
    run = next(each for each in lost.aws.engine.list() if each.name == "by-hand")
    changes = lost.aws.log.of("call", operation="UpdateRoutingControlStates")
    return {
        "status": run.status,
        "cause": run.cause,
        "changes": len(changes),
        **lost.installation.failover_switches(),
    }


@pytest.mark.parametrize("maintained,silent", PAIRS)
def test_clients_move_while_two_endpoints_are_down(
    lost: Bench, maintained: str, silent: str
) -> None:
    """One says that it is being maintained, nothing is heard of the other; all ten pairs."""
    unavailable = "EndpointTemporarilyUnavailableException"
    faults = (
        Fault(SERVICE, region=maintained, code=unavailable, status=503),
        Fault(SERVICE, region=silent, kind=FaultKind.CONNECT_TIMEOUT),
    )
    standby = lost.installation.regions[1]
    found = in_a_fork(lambda: fail_over(lost, *faults))
    assert found == {
        "status": "SUCCEEDED",
        "cause": None,
        "changes": 1,
        "writer": standby,
        "admission": standby,
    }
