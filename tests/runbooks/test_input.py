"""What an operator may type into the console: refused whole with a reason, or shown safely."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot.adapters.clients import READ_ONLY
from autopilot_lab.assurance.bench import Bench
from tests.runbooks.witness import HOME_DIRECT, STANDBY_DIRECT, start, witnessed

RUN = "typed-by-hand"
SHORT_OF_A_HUNDRED = {HOME_DIRECT: 50, STANDBY_DIRECT: 40}

#: By case: the input, and what the refusal must say it expected, got, and advises.
REFUSED: dict[str, tuple[Any, tuple[str, ...]]] = {
    "null": (None, ("expected an object", "got null", "An empty object {} is always safe")),
    "a string": ("ramp it", ("expected an object", "got text", "An empty object {}")),
    "a list": ([], ("expected an object", "got a list", "An empty object {}")),
    "an unknown field": (
        {"mode": "execute", "rute": HOME_DIRECT},
        ("rute: expected", "An empty object {}"),
    ),
    "an unknown service": (
        {"mode": "execute", "service": "another"},
        ("service: expected 'hybrid-routing'", "got 'another'", "An empty object {}"),
    ),
    "weights that do not sum to 100": (
        {"mode": "execute", "target": SHORT_OF_A_HUNDRED},
        ("expected", "100", "got", "90"),
    ),
    "a route that does not exist": (
        {"mode": "execute", "target": {HOME_DIRECT: 60, "eu-north-1/direct": 40}},
        ("target.eu-north-1/direct: expected routes of the service", "Name only routes"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_a_reason_and_changes_nothing(deployed: Bench, case: str) -> None:
    """The cause says what was expected, what came, and what to do; the ledger is untouched."""
    given, said = REFUSED[case]
    seen = witnessed(deployed, lambda bench: start(bench, RUN, given))
    run = seen.runs[RUN]
    assert (run["status"], run["error"]) == ("FAILED", "Refused")
    assert [words for words in said if words not in run["cause"]] == []
    assert seen.after == seen.before


def test_an_empty_object_shows_a_plan_and_sends_no_changing_call(deployed: Bench) -> None:
    """`{}` is a dry run: one call reads the ledger, the others read metrics, and that is all."""
    seen = witnessed(deployed, lambda bench: start(bench, RUN, {}))
    output = seen.runs[RUN]["output"]
    assert output["outcome"] == "dry_run"
    assert output["plan"]["steps"]
    assert len(output["digest"]) == 64
    assert '"mode": "execute"' in output["summary"]
    calls = seen.calls[RUN]
    assert calls.count("dynamodb:GetItem") == 1
    assert [c for c in calls if c.split(":")[1] not in READ_ONLY[c.split(":")[0]]] == []
    assert seen.after == seen.before
