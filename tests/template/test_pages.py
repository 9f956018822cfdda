"""What the templates set up so that people are told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.template.rights import managed, statements
from tests.template.sources import REGIONAL, Template, references, translated

PAGING = ("ContainRoute", "ReportRun", "TendLedger")
OTHER_REGION = {
    "Fn::If": [
        "IsHome",
        {"Fn::Select": [1, {"Ref": "LedgerRegions"}]},
        {"Fn::Select": [0, {"Ref": "LedgerRegions"}]},
    ]
}


@pytest.fixture(scope="module")
def regional() -> Template:
    """The regional template, translated."""
    return translated(REGIONAL)


def elsewhere(template: Template, action: str) -> dict[str, Any]:
    """The statement about the other region that allows `action`."""
    (found,) = (
        one.body
        for one in statements(template)
        if one.owner == "PageElsewhere" and action in one.actions
    )
    return dict(found)


@pytest.mark.parametrize("function", PAGING)
def test_whoever_pages_may_use_both_regions_topics(regional: Template, function: str) -> None:
    """The loss of one region's topic is not the loss of the page."""
    assert {"Page", "PageElsewhere"} <= managed(regional, f"{function}Role")


def test_a_machine_has_no_right_that_it_cannot_use(regional: Template) -> None:
    """Step Functions calls no service of another region."""
    assert "PageElsewhere" not in managed(regional, "TrafficRampRole")


def test_the_topic_elsewhere_is_the_other_regions(regional: Template) -> None:
    """By the fixed name, since this stack cannot look it up."""
    topic, where = elsewhere(regional, "sns:Publish")["Resource"]["Fn::Sub"]
    assert topic.endswith(":sns:${Other}:${AWS::AccountId}:${Service}-pages")
    assert where == {"Other": OTHER_REGION}
    assert regional["Resources"]["PageTopic"]["Properties"]["TopicName"] == {
        "Fn::Sub": "${Service}-pages"
    }


def test_of_the_other_regions_keys_only_that_of_the_pages_may_be_used(
    regional: Template,
) -> None:
    """By its alias, and through SNS alone."""
    statement = elsewhere(regional, "kms:GenerateDataKey")
    alias = regional["Resources"]["PageKeyName"]["Properties"]
    assert statement["Condition"]["ForAnyValue:StringEquals"] == {
        "kms:ResourceAliases": alias["AliasName"]
    }
    assert set(statement["Condition"]["StringLike"]) == {"kms:ViaService"}
    assert list(references(alias["TargetKeyId"])) == ["PageKey"]


def test_functions_are_told_both_topics(regional: Template) -> None:
    """Home's and standby's, in every region alike; the code tries its own first."""
    for function in PAGING:
        variables = regional["Resources"][function]["Properties"]["Environment"]["Variables"]
        text, parts = variables["PAGE_TOPIC_ARNS"]["Fn::Sub"]
        assert text.count("${Topic}") == 2
        assert json.dumps(parts).count("LedgerRegions") == 2


def test_a_subscriber_that_cannot_be_reached_is_told_of(regional: Template) -> None:
    """To the other subscribers of the topic."""
    alarm = regional["Resources"]["PagesUndelivered"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SNS", "NumberOfNotificationsFailed")
    assert alarm["AlarmActions"] == [{"Ref": "PageTopic"}]
