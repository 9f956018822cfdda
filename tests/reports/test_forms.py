"""The file's ending chooses the form."""

from __future__ import annotations

import json

import pytest

from autopilot.errors import BadInput
from autopilot.reports.forms import form_for
from tests.reports.made_up import report


def test_each_ending_has_its_form() -> None:
    """Whatever its case."""
    assert form_for("drill.html")(report()).startswith("<!DOCTYPE html>")
    assert form_for("DRILL.MD")(report()).startswith("# ")
    assert json.loads(form_for("a.b.json")(report()))["kind"] == "drill"


def test_another_ending_is_refused_with_what_is_possible() -> None:
    """Before anything is played, so that no time is lost."""
    with pytest.raises(BadInput) as refused:
        form_for("drill.pdf")
    assert "'drill.pdf'" in str(refused.value) or refused.value.problems[0].got == "'drill.pdf'"
    assert ".html" in refused.value.problems[0].expected
