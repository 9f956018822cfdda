"""The deployed functions page under their roles, whichever region or service is out of order."""

from __future__ import annotations

import json
from typing import Any

from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.emulator.faults import Fault, FaultKind

HOME, STANDBY = "eu-central-1", "eu-west-1"
REPORT: dict[str, Any] = {
    "runbook": "traffic_ramp",
    "operation": "report",
    "run": "down-by-alarm",
    "execution": "arn:aws:states:eu-central-1:123456789012:execution:ramp:down-by-alarm",
    "ramp": {},
    "outcome": "stopped",
    "detail": "Asked by maria.muster@example.org, who was not there.",
}


def reported(
    bench: Bench, *faults: Fault, regions: tuple[str, ...] = (HOME,), between_seconds: float = 0
) -> dict[str, Any]:
    """What is left when each of `regions` in turn reports the same run, under `faults`."""

    def report(_: object) -> dict[str, Any]:
        for fault in faults:
            bench.aws.faults.add(fault)
        answers = []
        for region in regions:
            answers.append(bench.aws.invoke(bench.function("report_run"), REPORT, region).body())
            bench.aws.run(between_seconds)
        pages = [one for one in bench.aws.log.of("page") if REPORT["run"] in one["message"]]
        record = bench.installation.ledger.read("page/ramp/down-by-alarm/stopped") or {}
        return {
            "answers": answers,
            "pages": [(page["region"], page["message"]) for page in pages],
            "denied": [dict(event) for event in bench.aws.log.of("denied")],
            "way": record.get("done"),
        }

    ((_, seen),) = in_forks([None], report, at_once=1)
    return dict(seen)


def regions_of(seen: dict[str, Any]) -> list[str]:
    """Where pages went through."""
    return [region for region, _ in seen["pages"]]


def topic_fault(kind: FaultKind, region: str = HOME) -> Fault:
    """The page topic of a region is out of order."""
    return Fault(service="sns", operation="Publish", region=region, kind=kind)


def test_a_page_goes_through_the_own_regions_topic(deployed: Bench) -> None:
    """In the lab each call is made under the function's role, and nothing was denied."""
    seen = reported(deployed)
    assert (regions_of(seen), seen["denied"], seen["way"]) == ([HOME], [], f"topic {HOME}")


def test_what_people_are_told_holds_no_address(deployed: Bench) -> None:
    """Neither a form of the message nor any other says who asked."""
    (_, message) = reported(deployed)["pages"][0]
    assert "maria" not in message
    assert "[address withheld]" in json.loads(message)["default"]


def test_a_topic_out_of_order_is_left_for_the_other_regions(deployed: Bench) -> None:
    """Refused, throttled or cut off: the other region's topic and key take this role's page."""
    kinds = (FaultKind.ERROR, FaultKind.THROTTLE, FaultKind.CONNECT_TIMEOUT, FaultKind.TIMEOUT)
    for kind in kinds:
        seen = reported(deployed, topic_fault(kind))
        assert (regions_of(seen), seen["denied"]) == ([STANDBY], []), kind
        assert seen["way"] == f"topic {STANDBY}"


def test_a_topic_that_took_the_page_and_did_not_say_so_costs_a_double(deployed: Bench) -> None:
    """It cannot be told from one that took nothing, and silence is worse."""
    seen = reported(deployed, topic_fault(FaultKind.APPLIED_UNANSWERED))
    assert regions_of(seen) == [HOME, STANDBY]


def test_the_same_report_from_both_regions_and_again_is_one_page(deployed: Bench) -> None:
    """Retried, replayed, or started in the other region too."""
    seen = reported(deployed, regions=(HOME, STANDBY, HOME), between_seconds=30)
    assert regions_of(seen) == [HOME]
    assert all(answer["paged"] for answer in seen["answers"])


def test_a_sender_killed_before_it_told_is_followed_by_its_retry(deployed: Bench) -> None:
    """The retry waits until the dead one's turn is over, and tells."""
    kill = Fault(service="sns", operation="Publish", kind=FaultKind.DIES_BEFORE, count=1)
    seen = reported(deployed, kill, regions=(HOME, HOME))
    assert regions_of(seen) == [HOME]
    assert seen["answers"][-1]["paged"] is True


def test_a_ledger_that_is_down_holds_no_page_back(deployed: Bench) -> None:
    """Both replicas are silent; people are told all the same."""
    ledger_down = Fault(service="dynamodb", kind=FaultKind.TIMEOUT, caller=_report(deployed))
    seen = reported(deployed, ledger_down)
    assert regions_of(seen) == [HOME]
    assert seen["answers"] == [
        {"error": "Stopped", "detail": REPORT["detail"], "paged": True, "recorded": False}
    ]


def test_when_nobody_can_be_told_the_machine_learns_it(deployed: Bench) -> None:
    """Both topics refuse and no incident channel is set up: Transient, with each reason."""
    faults = [topic_fault(FaultKind.ERROR, region) for region in (HOME, STANDBY)]
    (answer,) = reported(deployed, *faults)["answers"]
    assert answer["errorType"] == "Transient"
    for reason in (f"topic {HOME}", f"topic {STANDBY}", "routing-key could not be read"):
        assert reason in answer["errorMessage"]


def _report(bench: Bench) -> str:
    return bench.function("report_run")
