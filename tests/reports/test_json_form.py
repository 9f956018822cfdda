"""The report as JSON: everything that is in it, in plain values."""

from __future__ import annotations

import json
from dataclasses import fields

from autopilot.domain.plan import Plan
from autopilot.reports.json_form import FORMAT, to_json
from autopilot.reports.model import Report
from tests.reports.made_up import plan, report, rolled_out


def test_every_field_is_there() -> None:
    """Under its own name, and the format beside them."""
    plain = json.loads(to_json(report()))
    assert plain.keys() == {"format", *(field.name for field in fields(Report))}
    assert plain["format"] == FORMAT
    assert plain["outcome"] == "mitigated"


def test_a_plan_can_be_read_back_and_has_its_digest() -> None:
    """Whoever gets the report can check what the ledger's entries name."""
    made = json.loads(to_json(report()))["plans"][0]
    assert Plan.from_dict(made["plan"]) == plan()
    assert Plan.from_dict(made["plan"]).digest() == made["digest"]


def test_the_same_report_gives_the_same_bytes() -> None:
    """With a line end at the end."""
    assert to_json(report()) == to_json(report())
    assert to_json(report()).endswith("}\n")


def test_a_comparison_says_what_each_strategy_caused() -> None:
    """With the lines that the picture is drawn from."""
    compared = json.loads(to_json(rolled_out()))["comparison"]
    assert compared["caused"] == 45
    assert [peer["caused"] for peer in compared["peers"]] == [360, 324, 163_525]
    assert [peer["watched"] for peer in compared["peers"]] == [True, True, False]
    assert [len(line["samples"]) for line in compared["rates"]["peers"]] == [30, 30, 30]
