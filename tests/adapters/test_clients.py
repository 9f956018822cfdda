"""A read-only client cannot change anything, whatever is asked of it."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from autopilot.adapters import clients
from autopilot.adapters.clients import HARMLESS, READ_ONLY, ChangeRefused, client, may_send

REGION = "eu-central-1"
#: What this product calls, or may come to call, and a few services that it never should.
SERVICES = sorted({*READ_ONLY, *HARMLESS, "route53", "secretsmanager"})
READS = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Scan")


@pytest.fixture(scope="module")
def session() -> botocore.session.Session:
    """One session, so that each model is read once."""
    return botocore.session.get_session()


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_that_is_not_listed_is_refused_before_it_is_sent(
    service: str, session: botocore.session.Session
) -> None:
    """By construction: over all operations that botocore knows of the service."""
    made = client(service, REGION, read_only=True, session=session)
    operations = made.meta.method_to_api_mapping
    allowed = may_send(service)
    assert allowed <= set(operations.values())
    for method, operation in operations.items():
        if operation in allowed or not hasattr(made, method):  # botocore hides two-way streams
            continue
        with pytest.raises(ChangeRefused, match=f"{service}:{operation} was not sent"):
            getattr(made, method)()


@pytest.mark.parametrize("service", sorted(READ_ONLY))
def test_what_is_listed_reads_and_nothing_else(
    service: str, session: botocore.session.Session
) -> None:
    """Its name says so, and where the protocol has methods, it is a GET or a HEAD."""
    model = session.get_service_model(service)
    for operation in sorted(READ_ONLY[service]):
        assert operation.startswith(READS)
        if model.metadata["protocol"].startswith("rest"):
            assert model.operation_model(operation).http["method"] in {"GET", "HEAD"}


def test_a_listed_operation_is_sent() -> None:
    """It gets as far as the network, where nobody answers."""
    made = client("dynamodb", REGION, read_only=True)
    sent: list[Any] = []

    def stop(request: Any, **_: object) -> None:
        sent.append(request)
        raise ConnectionRefusedError

    made.meta.events.register_first("before-send.dynamodb", stop)
    with pytest.raises(ConnectionRefusedError):
        made.get_item(TableName="ledger", Key={"service": {"S": "x"}, "record": {"S": "y"}})
    assert len(sent) == 1


def test_a_read_only_client_signs_no_change_for_others_to_send() -> None:
    """A presigned address would carry our rights out of the process."""
    made = client("s3", REGION, read_only=True)
    for method in ("put_object", "delete_object"):
        with pytest.raises(ChangeRefused):
            made.generate_presigned_url(method, Params={"Bucket": "b", "Key": "k"})
    with pytest.raises(ChangeRefused):
        made.generate_presigned_post("b", "k")
    assert made.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})


def test_every_client_gives_up_soon_and_retries_at_one_layer() -> None:
    """The ledger's adapter and the pager have another way; the others leave it to botocore."""
    for service, attempts in (("dynamodb", 1), ("sns", 1), ("s3", clients.ATTEMPTS_MAX)):
        config = client(service, REGION).meta.config
        assert (config.connect_timeout, config.read_timeout) == (1, 2)
        assert config.retries["total_max_attempts"] == attempts
