"""The trail's store in a versioned bucket, and a whole trail sealed and verified over it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from autopilot.adapters.clients import client
from autopilot.adapters.folder_trail import FolderTrail
from autopilot.adapters.s3_trail_store import S3TrailStore
from autopilot.audit.damage import Kind
from autopilot.audit.inbox import Inbox
from autopilot.audit.layout import segment_key
from autopilot.audit.seal import Sealer
from autopilot.audit.verify import Scope, verify
from autopilot.errors import Misconfigured, Refused, Transient
from autopilot.ports.trail import TrailStore
from tests.adapters.answers import answer, fall_silent
from tests.audit.memory_trail import KEY, ORIGIN, SIGNER, Clock, MemoryAnchor, MemoryStore, batches


@pytest.fixture
def s3() -> Iterator[Any]:
    """A client with a versioned bucket there."""
    with mock_aws():
        made = client("s3", "eu-central-1")
        made.create_bucket(
            Bucket="trail", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        made.put_bucket_versioning(Bucket="trail", VersioningConfiguration={"Status": "Enabled"})
        yield made


@pytest.fixture(params=["bucket", "folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Any, s3: Any) -> TrailStore:
    """Every store there is; all keep the same contract."""
    made: dict[str, TrailStore] = {
        "bucket": S3TrailStore(bucket="trail", prefix="log/", client=s3),
        "folder": FolderTrail(tmp_path / "log"),
        "memory": MemoryStore(),
    }
    return made[request.param]


def test_what_is_put_stays_and_is_put_once(store: TrailStore) -> None:
    """The second put says that something was there."""
    assert store.put_if_absent("a/1", b"first") is not None
    assert store.put_if_absent("a/1", b"second") is None
    stored = store.get("a/1")
    assert stored is not None
    assert stored.body == b"first"
    assert store.get("a/2") is None


def test_a_replacement_is_made_over_what_was_read_only(store: TrailStore) -> None:
    """Two writers that read the same: the second changes nothing."""
    assert store.replace("checkpoint", b"1", over=None)
    assert not store.replace("checkpoint", b"2", over=None)
    stored = store.get("checkpoint")
    assert stored is not None
    assert store.replace("checkpoint", b"2", over=stored.tag)
    assert not store.replace("checkpoint", b"3", over=stored.tag)


def test_keys_are_listed_in_order_below_their_prefix(store: TrailStore) -> None:
    """And a removed one is gone, or marked as deleted."""
    for key in ("b/2", "b/10", "a/1", "b/x001/000"):
        store.put_if_absent(key, b"body")
    store.remove("b/2")
    store.remove("b/none")
    found = [listed for listed in store.objects("b/") if not listed.deleted]
    assert [(listed.key, listed.bytes) for listed in found] == [("b/10", 4), ("b/x001/000", 4)]
    assert store.get("b/2") is None


def test_a_trail_is_sealed_and_verified_over_any_store(store: TrailStore) -> None:
    """With its own version ids, and a deleted segment is missed."""
    clock, anchor = Clock(), MemoryAnchor()
    inbox = Inbox(MemoryStore(), clock)
    for batch in batches(3, 4):
        inbox.keep(batch)
        clock.at_ms += 60_000
        Sealer(
            store=store,
            inbox=inbox,
            anchor=anchor,
            signer=SIGNER,
            clock=clock,
            origin=ORIGIN,
            holder="sealer",
        ).seal()
    found = verify(store, KEY, anchor.head, scope=Scope(full=True))
    assert (found.damages, found.entries) == ([], 12)
    store.remove(segment_key(1))
    assert verify(store, KEY, anchor.head).exit_code == Kind.SEGMENT_MISSING.value


def test_an_overwritten_object_shows_by_its_versions(s3: Any) -> None:
    """However often, and whatever it holds now."""
    store = S3TrailStore(bucket="trail", prefix="log/", client=s3)
    store.put_if_absent("a", b"1")
    s3.put_object(Bucket="trail", Key="log/a", Body=b"2")
    s3.put_object(Bucket="trail", Key="log/a", Body=b"1")
    assert [(listed.key, listed.versions) for listed in store.objects()] == [("a", 3)]


def test_a_digest_that_is_listed_is_that_of_the_newest_bytes(store: TrailStore) -> None:
    """Where the store keeps one; a folder keeps none, and says so."""
    store.put_if_absent("a", b"body")
    (listed,) = store.objects()
    assert listed.md5 in {"", hashlib.md5(b"body", usedforsecurity=False).hexdigest()}
    assert bool(listed.md5) is not isinstance(store, FolderTrail)


def test_what_was_put_in_parts_has_no_digest(s3: Any) -> None:
    """Its ETag is a hash of hashes, with the number of parts behind it."""
    place = {"Bucket": "trail", "Key": "log/a"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"body")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts)
    (listed,) = S3TrailStore(bucket="trail", prefix="log/", client=s3).objects()
    assert (listed.bytes, listed.md5) == (4, "")


def test_a_bucket_that_refuses_says_that_a_setting_is_wrong(s3: Any) -> None:
    """It is there, and will answer the same until somebody changes its policy or the role."""
    answer(s3, "s3", (403, "AccessDenied"))
    with pytest.raises(Misconfigured, match="the bucket's policy"):
        S3TrailStore(bucket="trail", prefix="", client=s3).get("x")


@pytest.mark.parametrize("status, code", [(409, "ConditionalRequestConflict"), (503, "SlowDown")])
def test_a_bucket_that_is_busy_may_be_tried_again(s3: Any, status: int, code: str) -> None:
    """Two writers met, or there were too many."""
    answer(s3, "s3", (status, code))
    with pytest.raises(Transient, match=code):
        S3TrailStore(bucket="trail", prefix="", client=s3).put_if_absent("x", b"")


def test_a_bucket_that_does_not_answer_may_be_tried_again(s3: Any) -> None:
    """Reading and writing alike."""
    fall_silent(s3, "s3")
    with pytest.raises(Transient, match="did not answer"):
        S3TrailStore(bucket="trail", prefix="", client=s3).get("x")


def test_a_key_cannot_climb_out_of_the_folder(tmp_path: Any) -> None:
    """Keys come from inside, but a copy of a log may come from anywhere."""
    with pytest.raises(Refused, match="below the trail's folder"):
        FolderTrail(tmp_path).get("../secret")
