"""What an answer of AWS means to somebody who only asks."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from autopilot.adapters.inventory.asking import Missing, asking, is_fault_of_ours
from autopilot.adapters.inventory.rights import IamRights
from autopilot.errors import Misconfigured, Transient

CALL = "bedrock:GetFoundationModel in eu-west-1"


def answered(code: str, status: int) -> ClientError:
    """An error that a service answered."""
    answer: Any = {
        "Error": {"Code": code, "Message": "because"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "GetFoundationModel")


@pytest.mark.parametrize(
    "error, meaning",
    [
        (answered("AccessDeniedException", 403), Misconfigured),
        (answered("ValidationException", 400), Misconfigured),
        (answered("UnrecognizedClientException", 400), Misconfigured),
        (answered("ResourceNotFoundException", 404), Missing),
        (answered("NoSuchEntity", 404), Missing),
        (answered("ThrottlingException", 429), Transient),
        (answered("Throttling", 400), Transient),
        (answered("ModelNotReadyException", 429), Transient),
        (answered("ModelTimeoutException", 408), Transient),
        (answered("ModelErrorException", 424), Transient),
        (answered("InternalServerException", 500), Transient),
        (answered("ServiceUnavailableException", 503), Transient),
        (ConnectTimeoutError(endpoint_url="https://a"), Transient),
        (ReadTimeoutError(endpoint_url="https://a"), Transient),
    ],
    ids=lambda each: getattr(each, "__name__", str(each)[:60]),
)
def test_an_answer_is_no_answer_a_fault_of_ours_or_no_such_thing(
    error: Exception, meaning: type[Exception]
) -> None:
    """A fault of ours is never taken for a region that does not answer, nor the other way."""
    with pytest.raises(meaning) as raised, asking(CALL):
        raise error
    assert str(raised.value).startswith(CALL)
    if isinstance(error, ClientError):
        assert is_fault_of_ours(error) is issubclass(meaning, Misconfigured)


class Simulator:
    """IAM's client, with the answers of some pages."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        """In this order."""
        self._pages = list(pages)

    def simulate_principal_policy(self, **_asked: object) -> dict[str, Any]:
        """The next page."""
        return self._pages.pop(0)


def test_rights_are_read_from_every_shape_and_page() -> None:
    """By resource or inside one action; what an organization denies is denied; silence is too."""
    pages = (
        {
            "IsTruncated": True,
            "Marker": "more",
            "EvaluationResults": [{"EvalResourceName": "a", "EvalDecision": "allowed"}],
        },
        {
            "EvaluationResults": [
                {
                    "EvalResourceName": "*",
                    "EvalDecision": "implicitDeny",
                    "ResourceSpecificResults": [
                        {"EvalResourceName": "b", "EvalResourceDecision": "explicitDeny"}
                    ],
                },
                {
                    "EvalResourceName": "c",
                    "EvalDecision": "allowed",
                    "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
                },
            ]
        },
    )
    client = Simulator(*pages)
    found = IamRights(lambda: client, "1").invoke_rights("role", "p", ["a", "b", "c", "d"])
    assert found is not None
    assert [(each.resource, each.allowed, each.why) for each in found] == [
        ("a", True, "allowed"),
        ("b", False, "explicitDeny"),
        ("c", False, "denied by the organization"),
        ("d", False, "unanswered"),
    ]
