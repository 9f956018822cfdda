"""The deployed trail, under its roles: events are sealed once and verified, and damage pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from autopilot.audit.damage import Kind
from autopilot.audit.entry import Quarantined, admit
from autopilot.audit.layout import CHECKPOINT, segment_key
from autopilot.audit.segment import compress, inflate
from autopilot_lab.assurance.bench import START, Bench
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.drill.trails import read_trail
from autopilot_lab.emulator.faults import Fault, FaultKind
from tests.audit.memory_trail import entry

HOME: Final = "eu-central-1"
ROOT_OF: Final = "log/"
EVENTS: Final = 6


def event(number: int, **changes: object) -> str:
    """An audit event of the service, as its producer sends it."""
    made = entry(number, time_ms=int(START * 1000) + number, event=f"evt-{number}")
    return json.dumps({**made.model_dump(mode="json"), **changes})


def send(bench: Bench, *bodies: str) -> None:
    """Put messages into the queue, as the service does."""
    sqs, url = bench.aws.client("sqs", HOME), bench.installation.stacks[HOME].outputs["TrailEvents"]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)


def several(count: int = EVENTS) -> str:
    """So many events in one message."""
    return "\n".join(event(number) for number in range(count))


def afterwards(do: Callable[[], Any]) -> Any:
    """What `do` answers, in a fork that leaves the bench as it was."""
    ((_, seen),) = in_forks([None], lambda _: do(), at_once=1)
    return seen


def sealed(bench: Bench) -> list[str]:
    """The ids of all entries in home's log, which verifies in full."""
    read = read_trail(bench.installation, HOME)
    assert read.problems == []
    store, found = bench.installation.trail(HOME), []
    for index in range(read.found.size):
        stored = store.get(segment_key(index))
        assert stored is not None
        found += [json.loads(line)["event"] for line in inflate(stored.body)]
    return found


def keys(bench: Bench, prefix: str) -> list[str]:
    """Present objects of home's bucket."""
    bucket = bench.installation.stacks[HOME].outputs["TrailBucket"]
    found = bench.aws.client("s3", HOME).list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [each["Key"] for each in found.get("Contents", [])]


def test_many_events_in_many_messages_are_sealed_each_once(deployed: Bench) -> None:
    """Also one that is delivered twice; nothing waits afterwards, and no call was denied."""

    def seen() -> Any:
        send(deployed, several(), event(7), event(3))
        deployed.aws.run(180)
        denied = [dict(each) for each in deployed.aws.log.of("denied")]
        return sorted(sealed(deployed)), keys(deployed, "inbox/"), denied

    ids, waiting, denied = afterwards(seen)
    assert ids == sorted(f"evt-{number}" for number in (*range(EVENTS), 7))
    assert waiting == []
    assert denied == []


def test_what_is_no_entry_is_quarantined_counted_and_told(deployed: Bench) -> None:
    """A good event beside it is sealed; a person shown in the clear is a reason too."""

    def seen() -> Any:
        bad = event(1, actor="maria.muster@example.org")
        send(deployed, "\n".join(["{not json", event(0), bad]))
        deployed.aws.run(300)
        alarms = [each["name"] for each in deployed.aws.log.of("alarm") if each["state"] == "ALARM"]
        return sealed(deployed), keys(deployed, "quarantine/"), alarms

    ids, quarantined, alarms = afterwards(seen)
    assert ids == ["evt-0"]
    assert len(quarantined) == 1
    assert "autopilot-hybrid-routing-events-quarantined" in alarms


def test_an_event_that_shows_a_person_is_refused_for_that_reason() -> None:
    """The reason does not repeat what it is about."""
    bad = event(1, detail={"note": "maria.muster@example.org asked"}).encode()
    found = admit(bad, now_ms=int(START * 1000), skew_ms=300_000)
    assert isinstance(found, Quarantined)
    assert [problem.key for problem in found.problems] == ["detail.note"]
    assert "maria" not in str(found.problems)


def test_messages_that_could_not_be_kept_come_again_and_are_sealed_once(deployed: Bench) -> None:
    """S3 is out of order for a while: the queue keeps them, and the redelivery is kept."""

    def seen() -> Any:
        fault = Fault(service="s3", operation="PutObject", region=HOME, kind=FaultKind.ERROR)
        deployed.aws.faults.add(fault)
        send(deployed, several())
        deployed.aws.run(60)
        failed = [each["failed"] for each in deployed.aws.log.of("batch")]
        deployed.aws.faults.remove(fault)
        deployed.aws.run(400)
        return failed, sorted(sealed(deployed))

    failed, ids = afterwards(seen)
    assert failed == [1]
    assert ids == [f"evt-{number}" for number in range(EVENTS)]


def test_messages_that_can_never_be_kept_wait_for_people(deployed: Bench) -> None:
    """After five deliveries they are in the second queue, whose alarm goes off."""

    def seen() -> Any:
        deployed.aws.faults.add(
            Fault(service="s3", operation="PutObject", region=HOME, kind=FaultKind.ERROR)
        )
        send(deployed, several())
        deployed.aws.run(1800)
        alarms = [each["name"] for each in deployed.aws.log.of("alarm") if each["state"] == "ALARM"]
        return sum(each["failed"] for each in deployed.aws.log.of("batch")), alarms

    failed, alarms = afterwards(seen)
    assert failed == 5
    assert "autopilot-hybrid-routing-failed-trail-events" in alarms


def verified(bench: Bench, kind: str) -> dict[str, Any]:
    """What a verification of home's trail answers, records and pages."""
    answer = bench.aws.invoke(bench.function("verify_trail"), {"kind": kind}, HOME).body()
    pages = [
        (str(page["subject"]), str(page["message"]))
        for page in bench.aws.log.of("page")
        if "trail" in page["subject"]
    ]
    record = bench.installation.ledger.read(f"trail-verified/{HOME}") or {}
    return {"answer": answer, "pages": pages, "verified": record.get("verified")}


@pytest.mark.parametrize("kind", ["quick", "full"])
def test_a_sound_trail_is_recorded_and_nobody_is_told(deployed: Bench, kind: str) -> None:
    """Both verifications, under the function's own role."""

    def seen() -> Any:
        send(deployed, several())
        deployed.aws.run(120)
        return verified(deployed, kind), [dict(each) for each in deployed.aws.log.of("denied")]

    found, denied = afterwards(seen)
    assert found["answer"]["entries"] == EVENTS
    assert (found["verified"], found["pages"], denied) == (True, [], [])


def test_a_verification_of_an_unknown_kind_is_refused(deployed: Bench) -> None:
    """A misspelt kind must not pass for the thorough one."""
    refused = afterwards(lambda: verified(deployed, "through"))["answer"]
    assert refused["errorType"] == "Refused"
    assert "quick or full" in refused["errorMessage"]


def overwrite(bench: Bench, key: str, body: bytes) -> None:
    """Put another version over one, as somebody who has taken the bucket's policy away could."""
    bucket, s3 = (
        bench.installation.stacks[HOME].outputs["TrailBucket"],
        bench.aws.client("s3", HOME),
    )
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=ROOT_OF + key, Body=body)


def changed_byte(bench: Bench) -> None:
    """One byte of a segment."""
    stored = bench.installation.trail(HOME).get(segment_key(0))
    assert stored is not None
    overwrite(bench, segment_key(0), stored.body[:-1] + bytes([stored.body[-1] ^ 1]))


def deleted_segment(bench: Bench) -> None:
    """One segment, hidden by a mark of deletion."""
    bench.installation.trail(HOME).remove(segment_key(0))


def reordered_entries(bench: Bench) -> None:
    """Two lines of a segment change places."""
    stored = bench.installation.trail(HOME).get(segment_key(0))
    assert stored is not None
    first, second, *more = inflate(stored.body)
    overwrite(bench, segment_key(0), compress([second, first, *more]))


def extra_object(bench: Bench) -> None:
    """A segment that nobody sealed."""
    bench.installation.trail(HOME).put_if_absent(segment_key(7), b"not ours")


def cut_tail(bench: Bench) -> None:
    """Everything from the second segment on, and the checkpoint as it was after the first."""
    store = bench.installation.trail(HOME)
    bucket, s3 = (
        bench.installation.stacks[HOME].outputs["TrailBucket"],
        bench.aws.client("s3", HOME),
    )
    versions = s3.list_object_versions(Bucket=bucket, Prefix=ROOT_OF + CHECKPOINT)["Versions"]
    first = versions[-1]["VersionId"]
    body = s3.get_object(Bucket=bucket, Key=ROOT_OF + CHECKPOINT, VersionId=first)["Body"].read()
    overwrite(bench, CHECKPOINT, body)
    store.remove(segment_key(1))


def everything_deleted(bench: Bench) -> None:
    """Every object of the log."""
    store = bench.installation.trail(HOME)
    for listed in list(store.objects()):
        store.remove(listed.key)


ATTACKS: Final[dict[str, tuple[Callable[[Bench], None], Kind, str]]] = {
    "changed byte": (changed_byte, Kind.SEGMENT_CHANGED, "P1"),
    "deleted segment": (deleted_segment, Kind.SEGMENT_MISSING, "P1"),
    "reordered entries": (reordered_entries, Kind.ENTRIES_REORDERED, "P1"),
    "extra object": (extra_object, Kind.EXTRA_OBJECT, "P1"),
    "cut tail": (cut_tail, Kind.TAIL_CUT, "P0"),
    "everything deleted": (everything_deleted, Kind.EMPTIED, "P0"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_damage_in_the_deployed_bucket_is_named_recorded_and_paged(
    deployed: Bench, attack: str
) -> None:
    """The deployed verification finds it, and people are told once a day however often it runs."""
    damage, kind, severity = ATTACKS[attack]

    def seen() -> Any:
        send(deployed, several())
        deployed.aws.run(120)
        send(deployed, event(9))
        deployed.aws.run(120)
        damage(deployed)
        verified(deployed, "quick")
        return verified(deployed, "full")

    found = afterwards(seen)
    assert found["verified"] is False
    assert kind.label in {each["kind"] for each in found["answer"]["damages"]}
    ((subject, message),) = found["pages"]
    assert severity in subject
    assert "damaged" in subject
    assert "Security incident" in message
