"""Erasure as it is deployed: what it destroys, what it leaves, what it hands out and proves."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from autopilot.audit.entry import Entry, parse_line
from autopilot.audit.segment import inflate
from autopilot.audit.vault import NOBODY, Erased
from autopilot.domain.instants import instant
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.drill.remains import INPUT_OF, remains
from autopilot_lab.emulator.faults import Fault, FaultKind
from tests.runbooks.persons import ANNA, BORIS, MAIL, NAME, Desk
from tests.runbooks.witness import execution

EVENTS = Path(__file__).parents[2] / "events"
HOME, STANDBY = "eu-central-1", "eu-west-1"
DAY_SECONDS = 86_400


def played(deployed: Bench, happening: Callable[[Desk], Any]) -> Any:
    """Play in a fork; what `happening` returns comes back as plain values."""
    ((_, seen),) = in_forks([happening], lambda play: play(Desk(deployed)), at_once=1)
    return seen


def run(desk: Desk, request: Any, *, name: str = "erase-1", region: str = HOME) -> dict[str, Any]:
    """Start the runbook and let it end."""
    bench = desk.bench
    bench.installation.start_run("subject_erasure", request, region=region, name=name)
    found = execution(bench, name)
    found.wait()
    return {
        "status": found.status,
        "error": found.error or "",
        "cause": found.cause or "",
        "output": found.output.value if found.output else {},
    }


def example(name: str) -> Any:
    """The input in one of the repository's events."""
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


def pages(desk: Desk) -> list[str]:
    """Subjects of pages about erasures."""
    told = [page["subject"] for page in desk.bench.aws.log.of("page")]
    return [subject for subject in told if "erasure" in subject]


def calls(desk: Desk, name: str) -> list[str]:
    """`service:operation` of the functions that a run invoked."""
    log = desk.bench.aws.log
    own = [each["invocation"] for each in log.of("invocation", caller=f"states:{name}")]
    return [f"{c['service']}:{c['operation']}" for c in log.of("call") if c["invocation"] in own]


def waiting(desk: Desk, region: str) -> list[Entry]:
    """The entries that wait to be sealed in a region."""
    store = desk.store(region)
    found = [store.get(each.key) for each in store.objects("inbox/")]
    return [parse_line(line) for stored in found if stored for line in inflate(stored.body)]


# -- what it says ----------------------------------------------------------------------------------


def test_an_empty_object_says_what_it_needs_and_succeeds(deployed: Bench) -> None:
    """There is no default for whom to erase."""
    empty = example("console_subject_erasure_dry_run")
    ended = played(deployed, lambda desk: run(desk, empty))
    assert ended["status"] == "SUCCEEDED"
    assert ended["output"]["outcome"] == "dry_run"
    needs = [each.partition(":")[0] for each in ended["output"]["plan"]["needs"]]
    assert needs == ["request", "subject", "received", "identity"]


def test_a_dry_run_shows_what_is_left_where_and_changes_nothing(deployed: Bench) -> None:
    """By functions that only read."""

    def play(desk: Desk) -> dict[str, Any]:
        desk.seal(ANNA, 3)
        ended = run(desk, desk.request() | {"mode": "dry_run"})
        kept = desk.vault().find(desk.reference(ANNA)) is not None
        return {**ended, "kept": kept, "calls": calls(desk, "erase-1")}

    seen = played(deployed, play)
    plan = seen["output"]["plan"]
    assert seen["output"]["outcome"] == "dry_run"
    assert plan["erases"] == "data key and pseudonym key"
    assert {each["where"] for each in plan["remains"]} >= {"vault, every replica", "ledger"}
    assert seen["kept"]
    assert set(seen["calls"]) == {"dynamodb:GetItem"}


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"subject": "customer-4711"}, "subject: expected text like"),
        ({"received": "2027-01-01T00:00:00Z"}, "received: expected an instant up to"),
        ({"received": "yesterday"}, "received"),
        ({"identity": None}, "identity: expected identity: method, by and at"),
        ({"extension": {"reason": "complexity", "told": "2026-06-01T00:00:00Z"}}, "Art. 12(3)"),
        ({"reason": "he asked"}, "reason: expected no such field"),
    ],
)
def test_bad_input_is_refused_with_what_was_expected(
    deployed: Bench, wrong: Mapping[str, Any], said: str
) -> None:
    """Nothing is erased, and an id that others know is not repeated."""

    def play(desk: Desk) -> dict[str, Any]:
        desk.seal(ANNA, 1)
        ended = run(desk, {**desk.request(), **wrong})
        return {**ended, "kept": desk.vault().find(desk.reference(ANNA)) is not None}

    seen = played(deployed, play)
    assert (seen["status"], seen["error"]) == ("FAILED", "Refused")
    assert said in seen["cause"]
    assert seen["kept"]


# -- what it does ----------------------------------------------------------------------------------


def test_after_an_erasure_nothing_of_the_person_can_be_read_anywhere(deployed: Bench) -> None:
    """Keys gone in both regions; the trail's bytes as they were; others as they were."""

    def play(desk: Desk) -> dict[str, Any]:
        mine, others = desk.seal(ANNA, 5), desk.seal(BORIS, 2)
        before = _log_of(desk)
        ended = run(desk, desk.request())
        gone = [desk.vault(region).find(desk.reference(ANNA)) is None for region in (HOME, STANDBY)]
        return {
            **ended,
            "gone": gone,
            "same bytes": before == _log_of(desk),
            "mine": [_opens(desk, ANNA, entry) for entry in mine],
            "others": [_opens(desk, BORIS, entry) for entry in others],
        }

    seen = played(deployed, play)
    assert seen["output"]["outcome"] == "done"
    assert seen["gone"] == [True, True]
    assert seen["same bytes"]
    assert seen["mine"] == ["erased"] * 5
    assert seen["others"] == [MAIL] * 2


def test_the_plaintext_is_gone_from_every_store_log_and_history(deployed: Bench) -> None:
    """Nor does any of them hold the person's id, or a wrapped key that was destroyed."""

    def play(desk: Desk) -> dict[str, Any]:
        desk.seal(ANNA, 5)
        kept = desk.vault().find(desk.reference(ANNA))
        assert kept is not None
        run(desk, desk.request())
        wrapped = base64.b64encode(kept.wrapped).decode()
        markers = (NAME, MAIL, ANNA, wrapped, kept.key_id)
        texts = [*_everything(desk), *_vault_items(desk)]
        assert len(texts) > 20
        return {m: [where for where, text in texts if m in text] for m in markers}

    found = played(deployed, play)
    key_id = list(found)[-1]
    in_entries = found.pop(key_id)
    assert all("log/segment" in where for where in in_entries), "its name stays in ciphertext"
    assert not any(found.values()), found


def test_the_trail_keeps_a_tombstone_that_names_nobody(deployed: Bench) -> None:
    """Neither reference nor pseudonym; the request's number leads to the receipt."""

    def play(desk: Desk) -> dict[str, Any]:
        entry = desk.seal(ANNA, 1)[0]
        run(desk, desk.request())
        (tombstone,) = [each for each in waiting(desk, HOME) if each.action == "erase"]
        line = tombstone.line().decode()
        named = [m for m in (entry.subject, desk.reference(ANNA), ANNA) if m in line]
        return {"named": named, "event": tombstone.event, "outcome": tombstone.outcome}

    seen = played(deployed, play)
    assert seen == {"named": [], "event": "erasure/DSAR-2026-0042", "outcome": "erased"}


def test_the_receipt_is_signed_by_a_key_that_never_leaves_kms(deployed: Bench) -> None:
    """Ed25519 over the very bytes; the public key is that of the receipt key, in both regions."""

    def play(desk: Desk) -> dict[str, Any]:
        desk.seal(ANNA, 1)
        receipt = run(desk, desk.request())["output"]["receipt"]
        keys = [
            desk.bench.aws.client("kms", region).get_public_key(KeyId=desk.keys[2])["PublicKey"]
            for region in (HOME, STANDBY)
        ]
        return {**receipt, "kms": [base64.b64encode(each[-32:]).decode() for each in keys]}

    seen = played(deployed, play)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(seen["public_key"]))
    key.verify(base64.b64decode(seen["signature"]), seen["body"].encode())
    assert seen["kms"] == [seen["public_key"]] * 2
    body = json.loads(seen["body"])
    assert (body["request"], body["due"]) == ("DSAR-2026-0042", "2026-02-02T22:59:59Z")
    assert body["destroyed"] == "data key and pseudonym key"


def test_erasure_twice_gives_the_same_receipt(deployed: Bench) -> None:
    """And one tombstone, and one outcome; also while the person has come back meanwhile."""

    def play(desk: Desk) -> dict[str, Any]:
        desk.seal(ANNA, 1)
        first = run(desk, desk.request(), name="first")
        desk.bench.aws.run(120)
        desk.seal(ANNA, 1, first=10)
        second = run(desk, desk.request(), name="second", region=STANDBY)
        back = desk.vault().find(desk.reference(ANNA)) is not None
        tombstones = {
            each.line() for region in (HOME, STANDBY) for each in waiting(desk, region)
            if each.action == "erase"
        }  # fmt: skip
        receipts = [each["output"]["receipt"] for each in (first, second)]
        return {"receipts": receipts, "back": back, "tombstones": len(tombstones)}

    seen = played(deployed, play)
    assert seen["receipts"][0] == seen["receipts"][1]
    assert seen["back"], "keys of the person who came back are none of that request"
    assert seen["tombstones"] == 1


def test_erasure_under_legal_hold_stops_and_says_why(deployed: Bench) -> None:
    """Held by one input, refused by the next, carried out when the hold is lifted."""

    def play(desk: Desk) -> dict[str, Any]:
        desk.seal(ANNA, 1)
        reference = desk.reference(ANNA)
        until = {"exemption": "legal-claims", "by": "legal, L-7", "until": "2026-06-01T00:00:00Z"}
        held = {"mode": "execute", "action": "hold", "subject": reference, "hold": until}
        placed = run(desk, held, name="hold")
        stopped = run(desk, desk.request(), name="stopped")
        kept = desk.vault().find(reference) is not None
        told = pages(desk)
        lifted = run(desk, {**held, "action": "lift", "hold": None}, name="lift")
        done = run(desk, desk.request(), name="done")
        each = {"placed": placed, "stopped": stopped, "lifted": lifted, "done": done}
        return {**each, "kept": kept, "told": told}

    seen = played(deployed, play)
    assert seen["placed"]["status"] == seen["lifted"]["status"] == "SUCCEEDED"
    assert (seen["stopped"]["error"], seen["kept"]) == ("Held", True)
    assert "legal, L-7 holds this person's data until 2026-06-01" in seen["stopped"]["cause"]
    assert seen["told"] == ["[P3 INFO] hybrid-routing: erasure DSAR-2026-0042 held"]
    assert seen["done"]["output"]["outcome"] == "done"


def test_erasure_with_home_down_is_carried_out_in_standby(deployed: Bench) -> None:
    """Standby and witness are a quorum, and standby's replicas of the keys unwrap and sign."""

    def play(desk: Desk) -> dict[str, Any]:
        entry = desk.seal(ANNA, 1)[0]
        request = desk.request()
        bench = desk.bench
        bench.aws.faults.add(Fault(region=HOME, kind=FaultKind.CONNECT_TIMEOUT, count=None))
        opened = desk.sealing(STANDBY).open_fields(
            request["subject"], event=entry.event, key=entry.personal_key, sealed=entry.personal
        )
        same = desk.reference(ANNA, STANDBY) == request["subject"]
        ended = run(desk, request, region=STANDBY)
        gone = desk.vault(STANDBY).find(request["subject"]) is None
        return {**ended, "opened": opened, "gone": gone, "same": same}

    seen = played(deployed, play)
    assert seen["opened"]["mail"] == MAIL
    assert seen["same"]
    assert seen["output"]["outcome"] == "done"
    assert seen["gone"]


def test_erasure_during_ingest_keeps_late_events_without_the_person(deployed: Bench) -> None:
    """One from before is about nobody; one from afterwards is about somebody new."""

    def play(desk: Desk) -> dict[str, Any]:
        old = desk.seal(ANNA, 1)[0]
        happened_ms = int(desk.bench.aws.scheduler.now * 1000)
        run(desk, desk.request())
        late = desk.sealing().seal_fields(
            desk.reference(ANNA), "late", {"mail": MAIL}, happened_ms=happened_ms
        )
        assert desk.vault().find(desk.reference(ANNA)) is None
        desk.bench.aws.run(60)
        new = desk.seal(ANNA, 1, first=5)[0]
        return {"nobody": late == NOBODY, "unlinked": new.subject != old.subject}

    assert played(deployed, play) == {"nobody": True, "unlinked": True}


def test_two_regions_that_make_keys_at_once_seal_under_the_same(deployed: Bench) -> None:
    """The conditional put is decided over regions, and the loser reads the winner's."""

    def play(desk: Desk) -> list[str]:
        reference = desk.reference(ANNA)
        home, standby = desk.sealing(HOME), desk.sealing(STANDBY)
        made: list[str] = []

        def by_standby() -> None:
            sealed = standby.seal_fields(reference, "two", {"mail": MAIL}, happened_ms=2**41)
            made.append(sealed.personal_key)

        between = _Between(desk.bench, by_standby)
        sealed = home.seal_fields(reference, "one", {"mail": MAIL}, happened_ms=2**41)
        assert between.happened
        return [*made, sealed.personal_key]

    first, second = played(deployed, play)
    assert first == second


class _Between:
    """Does something once, between the look of a first caller and its write."""

    def __init__(self, bench: Bench, what: Callable[[], None]) -> None:
        self.happened = False
        self._what = what
        bench.aws.faults.add(Fault(service="dynamodb", operation="PutItem", when=self._now))

    def _now(self, _call: object) -> bool:
        if not self.happened:
            self.happened = True
            self._what()
        return False


# -- export first ----------------------------------------------------------------------------------


def test_what_is_held_is_handed_out_first_and_in_the_clear(deployed: Bench) -> None:
    """From both regions' logs, more segments than one call reads, and nobody else's."""

    def play(desk: Desk) -> dict[str, Any]:
        for number in range(12):
            desk.seal(ANNA, 2, first=number * 2)
        desk.seal(BORIS, 2)
        desk.seal(ANNA, 1, region=STANDBY, first=100)
        ended = run(desk, desk.request(export=True))
        link = ended["output"]["link"]
        assert link.endswith("exports/DSAR-2026-0042/index.json")
        client, bucket = desk.bench.aws.client("s3", HOME), link.split("/")[2]

        def read(name: str) -> Any:
            key = f"exports/DSAR-2026-0042/{name}"
            return json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read())

        index = read("index.json")
        entries = [entry for part in index["parts"] for entry in read(part)]
        history = [text for where, text in _everything(desk) if where.startswith("history")]
        leaked = [text for text in history if MAIL in text or NAME in text]
        unwrapped = calls(desk, "erase-1").count("kms:Decrypt")
        told = {"leaked": len(leaked), "unwrapped": unwrapped}
        return {"index": index, "entries": entries, **told, **ended}

    seen = played(deployed, play)
    assert seen["output"]["outcome"] == "done"
    assert seen["index"]["entries"] == len(seen["entries"]) == 25
    assert seen["index"]["searched"] == [f"trail of {HOME}", f"trail of {STANDBY}"]
    assert {each["personal"]["name"] for each in seen["entries"]} == {f"{NAME} {ANNA}"}
    assert seen["leaked"] == 0
    assert seen["unwrapped"] == 3, "once for each call, however many entries it reads"


def test_nothing_is_erased_when_not_all_could_be_handed_out(deployed: Bench) -> None:
    """What is not handed out before is lost afterwards; the run can be repeated."""

    def play(desk: Desk) -> dict[str, Any]:
        desk.seal(ANNA, 1)
        desk.seal(ANNA, 1, region=STANDBY, first=9)
        fault = desk.bench.aws.faults.add(Fault(service="s3", region=STANDBY, count=None))
        first = run(desk, desk.request(export=True), name="first")
        kept = desk.vault().find(desk.reference(ANNA)) is not None
        told = pages(desk)
        desk.bench.aws.faults.remove(fault)
        second = run(desk, desk.request(export=True), name="second")
        return {"first": first, "kept": kept, "told": told, "second": second}

    seen = played(deployed, play)
    assert seen["first"]["error"] == "Failed"
    assert "Nothing was erased" in seen["first"]["cause"]
    assert seen["kept"]
    assert seen["told"] == ["[P2 WARNING] hybrid-routing: erasure DSAR-2026-0042 failed"]
    assert seen["second"]["output"]["outcome"] == "done"


# -- what it costs, and what happens when it breaks ------------------------------------------------


def test_an_erasure_costs_the_same_for_ten_entries_and_for_a_hundred_thousand(
    deployed: Bench,
) -> None:
    """The same calls, counted: it touches one item and never the trail."""

    def play(desk: Desk, count: int) -> dict[str, int]:
        (made,) = desk.seal(ANNA, 1)
        line = made.__dict__
        desk.log([Entry.model_construct(**{**line, "time_ms": n}) for n in range(count - 1)])
        ended = run(desk, desk.request())
        assert ended["output"]["outcome"] == "done"
        return dict(Counter(calls(desk, "erase-1")))

    few = played(deployed, lambda desk: play(desk, 10))
    many = played(deployed, lambda desk: play(desk, 100_000))
    assert few == many
    assert few["dynamodb:DeleteItem"] == 1
    assert "s3:GetObject" not in few
    assert sum(few.values()) < 40


@pytest.mark.parametrize(
    "fault",
    [
        Fault(service="dynamodb", operation="DeleteItem", kind=FaultKind.APPLIED_UNANSWERED),
        Fault(service="dynamodb", operation="DeleteItem", kind=FaultKind.TIMEOUT, count=2),
        Fault(service="s3", operation="PutObject", count=1),
        Fault(service="kms", operation="Sign", count=2),
    ],
    ids=lambda fault: f"{fault.operation}-{fault.kind}",
)
def test_a_call_that_fails_for_a_while_changes_nothing_about_the_end(
    deployed: Bench, fault: Fault
) -> None:
    """Retries are at one layer, and every step repeats into the same."""

    def play(desk: Desk) -> dict[str, Any]:
        desk.seal(ANNA, 1)
        desk.bench.aws.faults.add(fault)
        ended = run(desk, desk.request())
        return {**ended, "gone": desk.vault().find(desk.reference(ANNA)) is None}

    seen = played(deployed, play)
    assert seen["output"]["outcome"] == "done"
    assert seen["gone"]


def test_a_run_that_breaks_after_the_deletion_is_gone_on_with(deployed: Bench) -> None:
    """KMS does not sign for long: the next run ends it, with the instants of the first."""

    def play(desk: Desk) -> dict[str, Any]:
        desk.seal(ANNA, 1)
        fault = desk.bench.aws.faults.add(Fault(service="kms", operation="Sign", count=None))
        first = run(desk, desk.request(), name="first")
        begun = desk.bench.installation.gate.erasures.erased_ms(desk.reference(ANNA))
        desk.bench.aws.faults.remove(fault)
        second = run(desk, desk.request(), name="second")
        return {"first": first, "second": second, "begun": instant(begun)}

    seen = played(deployed, play)
    assert "The keys were destroyed, but not all of it is on record yet" in seen["first"]["cause"]
    body = json.loads(seen["second"]["output"]["receipt"]["body"])
    assert body["destroyed"] == "data key and pseudonym key"
    assert (body["begun"], body["run"]) == (seen["begun"], "first")


def test_a_request_that_is_nearly_due_is_told_of_each_day(deployed: Bench) -> None:
    """Three days before its month is over, for as long as it is open."""

    def play(desk: Desk) -> list[str]:
        until = {"exemption": "legal-claims", "by": "legal", "until": "2026-06-01T00:00:00Z"}
        held = {"mode": "execute", "action": "hold", "subject": desk.reference(ANNA)}
        run(desk, {**held, "hold": until}, name="hold")
        request = desk.request(received="2025-12-08T08:00:00Z")
        request["identity"]["at"] = "2025-12-08T08:00:00Z"
        run(desk, request)
        desk.bench.aws.run(3_600)
        desk.bench.aws.run(3_600)
        return pages(desk)

    told = played(deployed, play)
    assert told == [
        "[P3 INFO] hybrid-routing: erasure DSAR-2026-0042 held",
        "[P3 INFO] hybrid-routing: erasure DSAR-2026-0042 is due on 2026-01-08",
    ]


def test_one_request_is_one_persons(deployed: Bench) -> None:
    """A ticket that was used for somebody else is refused before anything is destroyed."""

    def play(desk: Desk) -> dict[str, Any]:
        desk.seal(ANNA, 1)
        desk.seal(BORIS, 1)
        run(desk, desk.request(ANNA), name="first")
        second = run(desk, desk.request(BORIS), name="second")
        return {**second, "kept": desk.vault().find(desk.reference(BORIS)) is not None}

    seen = played(deployed, play)
    assert seen["error"] == "Refused"
    assert "is another person's" in seen["cause"]
    assert seen["kept"]


def _opens(desk: Desk, subject: str, entry: Entry) -> str:
    try:
        fields = desk.sealing().open_fields(
            desk.reference(subject), event=entry.event, key=entry.personal_key,
            sealed=entry.personal,
        )  # fmt: skip
    except Erased:
        return "erased"
    return str(fields["mail"])


def _log_of(desk: Desk) -> list[bytes]:
    store = desk.store(HOME, "log/")
    found = [store.get(each.key) for each in store.objects("segment/")]
    return [stored.body for stored in found if stored]


def _everything(desk: Desk) -> Iterator[tuple[str, str]]:
    """Every text that is left, compressed ones inflated; inputs of runs are their writers'."""
    for each in remains(desk.bench.installation):
        if not each.place.startswith(INPUT_OF):
            yield each.place, each.text
    for region in (HOME, STANDBY):
        store = desk.store(region)
        for prefix in ("log/segment/", "inbox/"):
            for listed in store.objects(prefix):
                stored = store.get(listed.key)
                if stored:
                    yield listed.key, b"\n".join(inflate(stored.body)).decode()


def _vault_items(desk: Desk) -> Iterator[tuple[str, str]]:
    for region in (HOME, STANDBY):
        client = desk.bench.aws.client("dynamodb", region)
        for item in client.scan(TableName="hybrid-routing-vault")["Items"]:
            yield f"vault in {region}", str(item)
