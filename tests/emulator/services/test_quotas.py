"""Service Quotas: values per region, and requests that stay pending."""

from __future__ import annotations

from typing import Any

from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME, STANDBY
from tests.emulator.services.conftest import refusal

GEO_TOKENS = {"ServiceCode": "bedrock", "QuotaCode": "L-58BE175A"}


def value(aws: EmbeddedAws, region: str) -> float:
    """The applied value of the quota of these tests."""
    found = aws.client("service-quotas", region).get_service_quota(**GEO_TOKENS)
    return float(found["Quota"]["Value"])


def test_a_value_is_that_of_its_region(aws: EmbeddedAws) -> None:
    """What is raised at home is not raised in standby, and the default does not move."""
    default = value(aws, HOME)
    aws.services.quotas.apply(HOME, "L-58BE175A", 2 * default)
    found = aws.client("service-quotas", HOME).get_aws_default_service_quota(**GEO_TOKENS)
    assert (value(aws, HOME), value(aws, STANDBY)) == (2 * default, default)
    assert found["Quota"]["Value"] == default


def test_a_request_for_more_is_pending_and_changes_nothing(aws: EmbeddedAws) -> None:
    """AWS takes days; a second request meanwhile is refused."""
    quotas, default = aws.client("service-quotas", HOME), value(aws, HOME)
    wanted: dict[str, Any] = {**GEO_TOKENS, "DesiredValue": default + 1}
    made = quotas.request_service_quota_increase(**wanted)["RequestedQuota"]
    assert (made["Status"], value(aws, HOME)) == ("PENDING", default)
    code, _ = refusal(lambda: quotas.request_service_quota_increase(**wanted))
    assert code == "ResourceAlreadyExistsException"
    aws.services.quotas.decide(made["Id"], approved=True)
    history = quotas.list_requested_service_quota_change_history(ServiceCode="bedrock")
    assert [one["Status"] for one in history["RequestedQuotas"]] == ["APPROVED"]
    assert value(aws, HOME) == default + 1


def test_a_request_that_is_closed_changes_nothing(aws: EmbeddedAws) -> None:
    """Many end so."""
    quotas, default = aws.client("service-quotas", HOME), value(aws, HOME)
    made = quotas.request_service_quota_increase(**GEO_TOKENS, DesiredValue=default * 2)
    aws.services.quotas.decide(made["RequestedQuota"]["Id"], approved=False)
    assert value(aws, HOME) == default


def test_asking_for_less_is_refused(aws: EmbeddedAws) -> None:
    """A request is for an increase."""
    quotas = aws.client("service-quotas", HOME)
    code, _ = refusal(lambda: quotas.request_service_quota_increase(**GEO_TOKENS, DesiredValue=1.0))
    assert code == "IllegalArgumentException"


def test_an_unknown_quota_is_missing_not_zero(aws: EmbeddedAws) -> None:
    """Codes are matched, not names."""
    quotas = aws.client("service-quotas", HOME)
    code, _ = refusal(
        lambda: quotas.get_service_quota(ServiceCode="bedrock", QuotaCode="L-00000000")
    )
    assert code == "NoSuchResourceException"


def test_the_list_has_every_quota_over_its_pages(aws: EmbeddedAws) -> None:
    """A reader that stops at the first page misses some."""
    pages = aws.client("service-quotas", HOME).get_paginator("list_service_quotas")
    found = [
        quota["QuotaCode"]
        for page in pages.paginate(ServiceCode="bedrock", PaginationConfig={"PageSize": 5})
        for quota in page["Quotas"]
    ]
    assert len(found) == len(set(found)) == 12
