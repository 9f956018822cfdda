"""Single faults while routing controls are turned: a published orchestrator beside ours.

Both leave home for the standby, at the same cluster of the embedded AWS. At one call the endpoint
that gets it goes down and stays down, which each of the five does "for regular maintenance and
updates" (https://docs.aws.amazon.com/r53recovery/latest/dg/routing-control.update.api.html);
either before the call did anything, or after it did and before it was answered. Right is: the
standby is open, and home is not. There is no safety rule, because the published orchestrator closes
one region before it opens the other, which a rule that keeps one open refuses.
Run as `make bench`, or `python -m bench.failover`.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

import boto3
from rich.console import Console
from rich.table import Table

from autopilot.adapters import clients
from autopilot.adapters.routing_controls import SERVICE, RoutingControls
from autopilot.domain.failover_section import Arc
from autopilot.domain.permit import issue_switch
from autopilot.domain.profile import Profile
from autopilot.domain.switches import ADMISSION, SwitchChange
from autopilot.errors import AutopilotError
from autopilot_lab.drill.profiles import profile_text
from autopilot_lab.drill.project import SCENARIOS
from autopilot_lab.drill.routing_cluster import make_cluster
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.cloud import OPERATOR_KEY, EmbeddedAws
from autopilot_lab.emulator.faults import Fault, FaultKind
from bench.rotation_peer import CALLS, rotate

PROFILE: Final = SCENARIOS / "profiles" / "routing-controls.toml"
#: What happens to the call at which the endpoint goes down.
WAYS: Final = {
    "not done": FaultKind.CONNECT_TIMEOUT,
    "done, not answered": FaultKind.APPLIED_UNANSWERED,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One fault, and what stood afterwards on either side."""

    call: int
    way: str
    theirs: str  #: the regions that are open, as the routing controls show them
    ours: str


@dataclass
class EndpointGoesDown:
    """A fault at the call of that number; later calls to its endpoint are not answered either."""

    number: int
    seen: int = 0
    down: str = ""

    def first(self, call: Call) -> bool:
        """Whether this is the call; notes whose endpoint it was."""
        self.seen += call.region != self.down
        if self.down or self.seen != self.number:
            return False
        self.down = call.region
        return True

    def later(self, call: Call) -> bool:
        """Whether the call goes to the endpoint that is down."""
        return call.region == self.down


def described() -> tuple[Profile, Arc]:
    """The drills' profile with a cluster."""
    profile = Profile.load(profile_text(PROFILE))
    if profile.failover is None or profile.failover.arc is None:
        message = f"expected a section failover.arc in {PROFILE.name}, got none"
        raise LookupError(message)
    return profile, profile.failover.arc


@contextmanager
def cluster(arc: Arc, closed: str, number: int, kind: FaultKind) -> Iterator[EmbeddedAws]:
    """The cluster with one region closed, and an endpoint that goes down at a call."""
    with EmbeddedAws(start=1_790_000_000.0) as aws:
        make_cluster(aws, arc, closed=frozenset({closed}))
        aws.services.routing_controls.rules.clear()
        fault = EndpointGoesDown(number)
        aws.faults.add(Fault(SERVICE, kind=kind, when=fault.first))
        aws.faults.add(Fault(SERVICE, kind=FaultKind.CONNECT_TIMEOUT, when=fault.later))
        yield aws


def shown(aws: EmbeddedAws, arc: Arc) -> str:
    """The open regions, whatever either side believes."""
    held = aws.services.routing_controls.controls
    return "+".join(each.region for each in arc.controls if held[each.arn].is_on) or "none"


def theirs(arc: Arc) -> None:
    """The published orchestrator, which knows no target: it toggles."""
    make: Any = boto3.client
    rotate(
        [each.arn for each in arc.controls],
        [
            partial(
                make,
                SERVICE,
                region_name=each.region,
                endpoint_url=each.url,
                aws_access_key_id=OPERATOR_KEY,
                aws_secret_access_key="lab",  # noqa: S106 - signs requests that never leave
            )
            for each in arc.endpoints
        ],
    )


def ours(arc: Arc, target: str) -> None:
    """The adapter that failovers use; its machine tries an unanswered change again."""
    switch = RoutingControls(arc=arc, client=clients.client)
    before = switch.observe()
    change = SwitchChange(ADMISSION, target, before)
    switch.change(target, before, issue_switch("switch", change))


def play(number: int, way: str) -> Outcome:
    """The same fault on either side, each in a world of its own."""
    profile, arc = described()
    target = profile.regions.standby
    found = []
    for turn in (partial(theirs, arc), partial(ours, arc, target)):
        with cluster(arc, target, number, WAYS[way]) as aws:
            found.append(_stands(aws, arc, turn))
    return Outcome(number, way, *found)


def _stands(aws: EmbeddedAws, arc: Arc, turn: Callable[[], None]) -> str:
    try:
        turn()
    except AutopilotError as error:
        return f"{shown(aws, arc)}, and it says so: {error}"
    return shown(aws, arc)


def wrong(outcomes: Sequence[Outcome], side: str, target: str) -> int:
    """How many faults left something else than the target alone open."""
    return sum(getattr(each, side) != target for each in outcomes)


def main() -> int:
    """Print the table; 1 when ours gets a fault wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    target = described()[0].regions.standby
    outcomes = [play(number, way) for way in WAYS for number in range(1, CALLS + 1)]
    failed = {
        way: {
            side: wrong([each for each in outcomes if each.way == way], side, target)
            for side in ("theirs", "ours")
        }
        for way in WAYS
    }
    if options.json:
        found = {"faults": [asdict(each) for each in outcomes], "wrong": failed}
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        _tell(outcomes, failed, target)
    return 1 if any(counts["ours"] for counts in failed.values()) else 0


def _tell(outcomes: Sequence[Outcome], failed: dict[str, dict[str, int]], target: str) -> None:
    title = f"An endpoint goes down at one call; only {target} shall be open"
    table = Table(title=title, box=None, title_justify="left")
    for heading in ("at call", "which was", "published guidance leaves open", "ours"):
        table.add_column(heading)
    for each in outcomes:
        marked = each.theirs if each.theirs == target else f"{each.theirs}  WRONG"
        table.add_row(str(each.call), each.way, marked, each.ours)
    console = Console()
    console.print(table)
    for way, counts in failed.items():
        console.print(
            f"{way}: theirs wrong after {counts['theirs']} of {CALLS} faults, "
            f"ours after {counts['ours']}",
            highlight=False,
        )


if __name__ == "__main__":
    raise SystemExit(main())
