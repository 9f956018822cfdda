"""The input of subject_erasure: the examples are accepted, and what names people is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autopilot.errors import BadInput
from autopilot.procedures.requests import read_request
from autopilot.procedures.subject_erasure.request import RUNBOOK, ErasureRequest

EVENTS = Path(__file__).parents[2] / "events"


def read(value: Any) -> ErasureRequest:
    """The input as the runbook reads it."""
    return read_request(ErasureRequest, value, runbook=RUNBOOK, service="hybrid-routing")


@pytest.mark.parametrize("name", ["dry_run", "execute", "hold"])
def test_an_example_is_accepted(name: str) -> None:
    """All but the empty one have what they need."""
    text = (EVENTS / f"console_subject_erasure_{name}.json").read_text("utf-8")
    assert bool(read(json.loads(text)).lacks) == (name == "dry_run")


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"subject": "erika.mustermann@example.org"}, "subject"),
        ({"request": "for Erika Mustermann"}, "request"),
        (
            {"hold": {"exemption": "convenience", "by": "x", "until": "2026-06-01T00:00:00Z"}},
            "hold",
        ),
        ({"received": "2026-01-02T08:00:00"}, "an instant with its offset"),
        (
            {"identity": {"method": "Passport!", "by": "desk", "at": "2026-01-02T08:00:00Z"}},
            "method",
        ),
    ],
)
def test_what_no_request_says_is_refused_and_not_repeated(wrong: Any, said: str) -> None:
    """Expected and got, without the words that were given."""
    with pytest.raises(BadInput) as refused:
        read(wrong)
    assert said in str(refused.value)
    assert "Mustermann" not in str(refused.value)


def test_an_address_in_a_role_is_withheld() -> None:
    """Roles and tickets are recorded on purpose, mail addresses never."""
    with pytest.raises(BadInput):
        read({"identity": {"method": "signed-in", "by": "a@b.org", "at": "2026-01-02T08:00:00Z"}})
