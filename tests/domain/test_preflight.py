"""The pre-flight's seam: what checks say together, and the form that crosses a machine."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from autopilot.domain.preflight import TEXT_MAX, Answer, Check, Preflight
from autopilot.errors import BadInput

_GO = Check("lease", "free", "free", "ledger", 0, Answer.GO, "nobody else acts")
_WARN = replace(_GO, name="model-availability/direct", answer=Answer.WARN, reason="says PENDING")
_NO_GO = replace(_GO, name="model-lifecycle/direct", answer=Answer.NO_GO, reason="is retired")


def _preflight(*checks: Check) -> Preflight:
    return Preflight("eu-central-1", "eu-west-1", checks, 1_700_000_000_000, 40)


@pytest.mark.parametrize(
    "checks, answer",
    [
        ((), Answer.NO_GO),
        ((_GO,), Answer.GO),
        ((_GO, _WARN), Answer.WARN),
        ((_WARN, _NO_GO, _GO), Answer.NO_GO),
        ((_GO, Check.unread("keys", limit="x", source="y", reason="z")), Answer.NO_GO),
    ],
)
def test_the_answer_is_the_worst_of_all_checks(checks: tuple[Check, ...], answer: Answer) -> None:
    """One NO-GO decides, an unread check is one, and nothing checked is not GO."""
    assert _preflight(*checks).answer is answer


@pytest.mark.parametrize("answer", [Answer.GO, Answer.WARN])
def test_an_unread_check_cannot_be_built_with_a_milder_answer(answer: Answer) -> None:
    """Without an age nothing was read, whatever a caller would like to say."""
    with pytest.raises(ValueError, match="expected NO-GO"):
        replace(_GO, age_seconds=None, answer=answer)


def test_the_form_of_a_machine_is_read_back_whole() -> None:
    """What crosses a state machine as JSON is the same pre-flight afterwards."""
    unread = Check.unread(
        "keys/eu-west-1", limit="enabled", source="kms", reason="e" * 2 * TEXT_MAX
    )
    for whole in (
        _preflight(_GO, _WARN, _NO_GO, unread),
        Preflight(None, "eu-west-1", (_GO,), 0),
    ):
        assert Preflight.from_json(json.loads(json.dumps(whole.to_json()))) == whole


@pytest.mark.parametrize(
    "change, key",
    [
        ({"answer": "GO"}, "answer"),
        ({"target": ""}, "target"),
        ({"carries_percent": 101}, "carries_percent"),
        ({"surprise": 1}, "surprise"),
        ({"checks": [{**_GO.to_json(), "age_seconds": None}]}, "checks[0].answer"),
        ({"checks": [{**_NO_GO.to_json(), "limit": None}]}, "checks[0].limit"),
    ],
)
def test_a_form_that_contradicts_itself_is_refused(change: dict[str, Any], key: str) -> None:
    """An answer that its checks do not give, or a check without its facts, never becomes GO."""
    with pytest.raises(BadInput) as refused:
        Preflight.from_json({**_preflight(_NO_GO).to_json(), **change})
    assert key in {problem.key for problem in refused.value.problems}


def test_the_summary_names_what_stands_in_the_way_first() -> None:
    """A page shows the NO-GO before the warning, and no check that is fine."""
    assert _preflight(_WARN, _GO, _NO_GO).summary == (
        "NO-GO from eu-central-1 to eu-west-1 (1 NO-GO, 1 WARN, 1 GO): "
        "model-lifecycle/direct: is retired; model-availability/direct: says PENDING"
    )
    assert _preflight(_GO).summary == "GO from eu-central-1 to eu-west-1 (0 NO-GO, 0 WARN, 1 GO)"
    assert (_NO_GO.kind, _NO_GO.subject, _GO.subject) == ("model-lifecycle", "direct", "")
