"""S3: a lock holds until its date, and a bucket with locks keeps its versions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME, START
from tests.emulator.strict.refusals import refusal

DAY = 86_400.0
ENTRY = {"Bucket": "trail", "Key": "entry"}


def day(number: float) -> datetime:
    """So many days after the start."""
    return datetime.fromtimestamp(START + number * DAY, UTC)


@pytest.fixture
def s3(aws: EmbeddedAws) -> Any:
    """S3 with a bucket that has Object Lock."""
    client = aws.client("s3", HOME)
    client.create_bucket(
        Bucket="trail",
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": HOME},
    )
    return client


def lock(s3: Any, mode: str) -> None:
    """Put an object that is locked for ten days."""
    s3.put_object(**ENTRY, Body=b"1", ObjectLockMode=mode, ObjectLockRetainUntilDate=day(10))


def retain(s3: Any, mode: str, days: float, **more: Any) -> str:
    """Ask for another retention; "" or the error code."""
    retention = {"Mode": mode, "RetainUntilDate": day(days)} if mode else {}
    arguments = {**ENTRY, "Retention": retention, **more}
    try:
        s3.put_object_retention(**arguments)
    except s3.exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize(
    "mode, days",
    [("COMPLIANCE", 9.9), ("GOVERNANCE", 10), ("GOVERNANCE", 20), ("", 0)],
)
def test_compliance_is_neither_shortened_nor_left(s3: Any, mode: str, days: float) -> None:
    """Not even with the bypass header."""
    lock(s3, "COMPLIANCE")
    assert retain(s3, mode, days) == "AccessDenied"
    assert retain(s3, mode, days, BypassGovernanceRetention=True) == "AccessDenied"
    told = s3.get_object_retention(**ENTRY)["Retention"]
    assert told == {"Mode": "COMPLIANCE", "RetainUntilDate": day(10)}


def test_compliance_is_extended(s3: Any) -> None:
    """To a later date in the same mode."""
    lock(s3, "COMPLIANCE")
    assert retain(s3, "COMPLIANCE", 11) == ""
    assert s3.get_object_retention(**ENTRY)["Retention"]["RetainUntilDate"] == day(11)


def test_compliance_ends_with_its_date(aws: EmbeddedAws, s3: Any) -> None:
    """Afterwards the version takes another retention."""
    lock(s3, "COMPLIANCE")
    aws.run(10 * DAY)
    assert retain(s3, "GOVERNANCE", 11) == ""


def test_governance_is_shortened_with_the_bypass_only(s3: Any) -> None:
    """Extending needs no bypass; neither do stricter modes."""
    lock(s3, "GOVERNANCE")
    assert retain(s3, "GOVERNANCE", 5) == "AccessDenied"
    assert retain(s3, "", 0) == "AccessDenied"
    assert retain(s3, "GOVERNANCE", 5, BypassGovernanceRetention=True) == ""
    assert retain(s3, "COMPLIANCE", 6) == ""


def test_retention_ends_in_the_future(s3: Any) -> None:
    """A date that is past is no retention."""
    lock(s3, "GOVERNANCE")
    assert retain(s3, "GOVERNANCE", -1, BypassGovernanceRetention=True) == "InvalidArgument"


def test_each_version_has_its_own_lock(s3: Any) -> None:
    """An old version stays locked when a newer one is not."""
    lock(s3, "COMPLIANCE")
    old = s3.head_object(**ENTRY)["VersionId"]
    s3.put_object(**ENTRY, Body=b"2")
    assert retain(s3, "COMPLIANCE", 1) == ""
    assert retain(s3, "COMPLIANCE", 1, VersionId=old) == "AccessDenied"


def test_versioning_of_a_lock_bucket_cannot_be_suspended(s3: Any) -> None:
    """Enabling it again changes nothing, and is accepted."""
    versioning = {"Bucket": "trail", "VersioningConfiguration": {"Status": "Suspended"}}
    assert refusal(s3.put_bucket_versioning, **versioning) == "InvalidBucketState"
    assert s3.get_bucket_versioning(Bucket="trail")["Status"] == "Enabled"
    s3.put_bucket_versioning(Bucket="trail", VersioningConfiguration={"Status": "Enabled"})


def test_a_default_retention_is_on_each_new_version(s3: Any) -> None:
    """Where the writer asks for none; it can be read, and holds against deletion."""
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 2}}
    s3.put_object_lock_configuration(
        Bucket="trail", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    version = s3.put_object(**ENTRY, Body=b"1")["VersionId"]
    told = s3.get_object_retention(**ENTRY)["Retention"]
    assert told == {"Mode": "COMPLIANCE", "RetainUntilDate": day(2)}
    assert refusal(s3.delete_object, **ENTRY, VersionId=version) == "AccessDenied"
    assert retain(s3, "COMPLIANCE", 1) == "AccessDenied"


def test_a_default_retention_may_change_while_there_are_objects(s3: Any) -> None:
    """Objects keep what they were given."""
    for days in (2, 5):
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": days}}
        s3.put_object_lock_configuration(
            Bucket="trail", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
        )
        s3.put_object(Bucket="trail", Key=str(days), Body=b"1")
    for days in (2, 5):
        told = s3.get_object_retention(Bucket="trail", Key=str(days))["Retention"]
        assert told["RetainUntilDate"] == day(days)


@pytest.mark.parametrize("period", [{}, {"Days": 1, "Years": 1}])
def test_a_default_retention_has_days_or_years(s3: Any, period: dict[str, int]) -> None:
    """One of the two."""
    lock_configuration = {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", **period}},
    }
    refused = refusal(
        s3.put_object_lock_configuration,
        Bucket="trail",
        ObjectLockConfiguration=lock_configuration,
    )
    assert refused == "MalformedXML"


def test_a_bucket_of_a_template_has_its_lock(aws: EmbeddedAws) -> None:
    """Versioning, Object Lock and a default retention, as the template says."""
    bucket = {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "BucketName": "of-a-stack",
            "ObjectLockEnabled": True,
            "ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3}},
            },
        },
    }
    output = {"Arn": {"Value": {"Fn::GetAtt": ["Bucket", "Arn"]}}}
    template = {"Resources": {"Bucket": bucket}, "Outputs": output}
    aws.deploy(template, "buckets", HOME)
    client = aws.client("s3", HOME)
    assert client.get_bucket_versioning(Bucket="of-a-stack")["Status"] == "Enabled"
    version = client.put_object(Bucket="of-a-stack", Key="k", Body=b"1")["VersionId"]
    told = client.get_object_retention(Bucket="of-a-stack", Key="k")["Retention"]
    assert told == {"Mode": "COMPLIANCE", "RetainUntilDate": day(3)}
    delete = {"Bucket": "of-a-stack", "Key": "k", "VersionId": version}
    assert refusal(client.delete_object, **delete) == "AccessDenied"


def test_an_object_without_retention_says_so(s3: Any) -> None:
    """As does a bucket without locks, and a key that is not there."""
    s3.put_object(**ENTRY, Body=b"1")
    assert refusal(s3.get_object_retention, **ENTRY) == "NoSuchObjectLockConfiguration"
    assert refusal(s3.get_object_retention, Bucket="trail", Key="no") == "NoSuchKey"
    s3.create_bucket(Bucket="plain", CreateBucketConfiguration={"LocationConstraint": HOME})
    s3.put_object(Bucket="plain", Key="entry", Body=b"1")
    assert refusal(s3.get_object_retention, Bucket="plain", Key="entry") == "InvalidRequest"
