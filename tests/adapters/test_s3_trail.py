"""The trail in S3: put once, read back, never overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from autopilot.adapters.clients import client
from autopilot.adapters.s3_trail import S3Trail
from autopilot.errors import Transient
from tests.adapters.answers import answer, fall_silent


@pytest.fixture
def s3() -> Iterator[Any]:
    """A client with the bucket there."""
    with mock_aws():
        made = client("s3", "eu-central-1")
        made.create_bucket(
            Bucket="trail", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        yield made


def test_an_object_is_put_once_and_keeps_its_first_bytes(s3: Any) -> None:
    """The second put says that something was there."""
    trail = S3Trail(bucket="trail", client=s3)
    assert trail.put_if_absent("trail/x/1", b"first")
    assert not trail.put_if_absent("trail/x/1", b"second")
    assert trail.get("trail/x/1") == b"first"
    assert trail.get("trail/x/2") is None


@pytest.mark.parametrize("status, code", [(409, "ConditionalRequestConflict"), (503, "SlowDown")])
def test_a_bucket_that_is_busy_may_be_tried_again(s3: Any, status: int, code: str) -> None:
    """Two writers met, or there were too many; nobody knows yet what is stored."""
    answer(s3, "s3", (status, code))
    with pytest.raises(Transient, match=code):
        S3Trail(bucket="trail", client=s3).put_if_absent("x", b"")


def test_a_bucket_that_does_not_answer_may_be_tried_again(s3: Any) -> None:
    """Put and get alike."""
    fall_silent(s3, "s3")
    trail = S3Trail(bucket="trail", client=s3)
    for act in (lambda: trail.put_if_absent("x", b""), lambda: trail.get("x")):
        with pytest.raises(Transient, match="did not answer"):
            act()


def test_a_bucket_that_is_not_there_is_no_passing_trouble(s3: Any) -> None:
    """A fault of deployment says so itself."""
    with pytest.raises(Exception, match="NoSuchBucket"):
        S3Trail(bucket="elsewhere", client=s3).put_if_absent("x", b"")
