"""The four dashboards: valid bodies, about metrics that exist, in the foundation as generated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from autopilot.domain.profile import Profile
from autopilot.signals.catalogue import METRICS, metric_named
from autopilot.signals.dashboards import (
    MACHINES,
    body_lines,
    dashboards,
    generate_dashboards,
)
from autopilot.signals.metric import Source
from autopilot.signals.widgets import Graph, entry, laid_out
from autopilot_lab.emulator.metric_math import Expression
from tests.signals.test_every_alarm import BY_NAME
from tests.template.sources import REGIONAL, of_type, written

ROOT: Final = Path(__file__).resolve().parents[2]
PROFILES: Final = ("layers/profile/profile/profile.toml", "tests/fixtures/second_profile.toml")
SCHEMA: Final = ROOT / "lab/autopilot_lab/emulator/dashboard_body.schema.json"
VALUES: Final = {
    "${AWS::Region}": "eu-central-1",
    "${AWS::Partition}": "aws",
    "${AWS::AccountId}": "123456789012",
    "${StandbyRegion}": "eu-west-1",
    "${ObserverRegion}": "eu-west-3",
    "${Service}": "hybrid-routing",
}
every_profile: Final = pytest.mark.parametrize("path", PROFILES, ids=["reference", "second"])


def profile_of(path: str) -> Profile:
    """The profile in a file of the repository."""
    return Profile.load((ROOT / path).read_text("utf-8"))


def substituted(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as CloudFormation fills it in, read back from the lines that are written."""
    text = "\n".join(body_lines(body))
    for name, value in VALUES.items():
        text = text.replace(name, value)
    assert "${" not in text
    read: dict[str, Any] = json.loads(text)
    return read


def entries(body: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Every entry of every graph."""
    for widget in body["widgets"]:
        if widget["type"] == "metric":
            yield from widget["properties"]["metrics"]


@every_profile
def test_every_body_is_valid_by_the_documented_structure(path: str) -> None:
    """The schema is written from the API reference, which it names."""
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    bodies = dashboards(profile_of(path))

    assert list(bodies) == ["overview", "performance", "security", "cost"]
    for body in bodies.values():
        assert not list(validator.iter_errors(substituted(body)))


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "metric", "properties": {"metrics": [["AWS/Lambda"]], "region": "eu-west-1"}},
        {"type": "metric", "properties": {"metrics": []}},
        {"type": "alarm", "properties": {"alarms": ["an-alarm"]}},
        {"type": "text", "width": 25, "properties": {"markdown": ""}},
        {"type": "metric", "properties": {"metrics": [[{"id": "e"}]], "region": "eu-west-1"}},
    ],
    ids=["no name", "no region", "no arn", "too wide", "no expression"],
)
def test_the_schema_refuses_what_cloudwatch_would(broken: Mapping[str, Any]) -> None:
    """A schema that accepts anything would prove nothing."""
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    assert list(validator.iter_errors({"widgets": [broken]}))


@every_profile
def test_every_metric_on_a_dashboard_is_catalogued_and_published(path: str) -> None:
    """With exactly its dimensions, in order."""
    for body in dashboards(profile_of(path)).values():
        for each in entries(body):
            if "expression" not in each[-1]:
                namespace, name, *pairs, options = each
                metric = metric_named(namespace, name, options["stat"])
                assert metric is not None
                assert tuple(pairs[::2]) == metric.dimensions


@every_profile
def test_every_expression_reads_ids_of_its_own_graph(path: str) -> None:
    """And can be read by the lab, so that it is drawn."""
    for body in dashboards(profile_of(path)).values():
        for widget in body["widgets"]:
            own = [each[-1] for each in widget["properties"].get("metrics", ())]
            ids = [each["id"] for each in own if "id" in each]
            assert len(ids) == len(set(ids))
            for each in own:
                if "expression" in each:
                    assert Expression.parse(each["expression"]).ids <= set(ids)


def test_every_metric_that_is_there_today_is_on_some_dashboard_or_alarm() -> None:
    """One that nobody can look at need not be published."""
    bodies = dashboards(profile_of(PROFILES[0])).values()
    shown = {
        metric.id
        for body in bodies
        for each in entries(body)
        if "expression" not in each[-1]
        and (metric := metric_named(each[0], each[1], each[-1]["stat"])) is not None
    }
    alarmed = {
        metric.id
        for alarm in BY_NAME.values()
        for each in alarm.metrics
        if (metric := metric_named(*each)) is not None
    }
    optional = {each.id for each in METRICS.values() if each.source is Source.OPTIONAL}
    derived = {each.id for each in METRICS.values() if each.source is Source.DERIVED}
    assert METRICS.keys() - shown - alarmed - optional - derived <= {"oldest_waiting"}


def test_alarms_on_dashboards_exist() -> None:
    """A widget about an alarm that is not there shows nothing."""
    for body in dashboards(profile_of(PROFILES[0])).values():
        for widget in body["widgets"]:
            for arn in widget["properties"].get("alarms", ()):
                assert arn.partition(":alarm:")[2] in BY_NAME


def test_machines_on_dashboards_exist() -> None:
    """By the names that the regional template gives them."""
    machines = of_type(written(REGIONAL), "AWS::Serverless::StateMachine").values()
    names = {each["Properties"]["Name"]["Fn::Sub"] for each in machines}
    assert {f"${{Service}}-{name}" for name in MACHINES} <= names


def test_the_foundation_is_as_it_would_be_generated_now() -> None:
    """`make generate` writes it again."""
    text = (ROOT / "foundation.yaml").read_text("utf-8")
    assert generate_dashboards(text, profile_of(PROFILES[0])) == text


def test_widgets_lie_side_by_side_within_24_columns() -> None:
    """None over another: a row is as high as its highest."""
    graph = Graph("title", [entry("effects", "eu-west-1")], width=10).to_widget()
    places = [(each["x"], each["y"]) for each in laid_out([graph, graph, graph])]
    assert places == [(0, 0), (10, 0), (0, 6)]


def test_a_metric_with_other_dimensions_is_on_no_dashboard() -> None:
    """It would be another metric, which is empty."""
    with pytest.raises(ValueError, match="sweep_age has dimensions"):
        entry("sweep_age", "eu-west-1")


def test_without_prices_there_is_no_cost() -> None:
    """Tokens are shown all the same."""
    profile = profile_of(PROFILES[0])
    models = tuple(
        model.model_copy(update={"input_price_usd": None}) for model in profile.bedrock.models
    )
    bedrock = profile.bedrock.model_copy(update={"models": models})
    body = dashboards(profile.model_copy(update={"bedrock": bedrock}))["cost"]
    titles = [widget["properties"].get("title", "") for widget in body["widgets"]]

    assert "Input tokens by model" in titles
    assert not [title for title in titles if title.startswith("Cost")]
