"""The steps of the demonstration, through the deployed product, each on what the last one left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from autopilot.audit.entry import Entry, parse_line
from autopilot.audit.layout import CHECKPOINT, segment_key
from autopilot.audit.note import VerifierKey
from autopilot.audit.proof import Proof, number_of, prove
from autopilot.audit.proof import check as check_proof
from autopilot.audit.segment import inflate
from autopilot.audit.tiered import TieredTrail
from autopilot.audit.vault import Erased
from autopilot.audit.verify import Scope, verify
from autopilot.domain.profile import Profile
from autopilot.domain.trail_head import TrailHead
from autopilot_lab.audit_demo.attacks import ATTACKS, CopiedLog
from autopilot_lab.audit_demo.customers import Customers
from autopilot_lab.drill.installation import Installation, install
from autopilot_lab.drill.persons import Persons
from autopilot_lab.drill.project import REFERENCE_PROFILE
from autopilot_lab.drill.remains import INPUT_OF, remains
from autopilot_lab.drill.trail_history import History
from autopilot_lab.emulator.cloud import EmbeddedAws

START: Final = 1_767_600_005.0  #: a Monday morning, 2026-01-05, 08:00:05 UTC
ENTRIES: Final = 100_000
SUBJECTS: Final = 2_000
PER_MESSAGE: Final = 1_000  #: lines; a message of SQS holds a mebibyte
MESSAGES_AT_ONCE: Final = 5  #: Lambda takes six megabytes
_DAY_SECONDS: Final = 86_400
_ERASED: Final = 17  #: the customer who asks
_SEALS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is done: what, what came of it, and whether it is as it must be."""

    name: str
    told: str
    held: bool
    detail: tuple[str, ...] = ()


#: (the step, what is done of it, of how much)
Progress = Callable[[str, int, int], None]


@dataclass
class AuditDemo:
    """One demonstration. `steps` plays it."""

    installation: Installation
    entries: int = ENTRIES
    subjects: int = SUBJECTS
    progress: Progress = lambda _name, _done, _of: None
    _checkpoint_before: bytes = b""
    _proofs: dict[str, Proof] = field(default_factory=dict)

    def steps(self) -> Iterator[Step]:
        """Every step, in order."""
        yield self.ingest()
        yield self.seal()
        yield self.archive()
        yield self.verify("verify")
        yield self.prove("prove")
        yield from self.tamper()
        yield self.read_one()
        yield self.erase()
        yield self.verify("verify again")
        yield self.prove("prove again")
        yield self.search()

    # -- the steps -------------------------------------------------------------------------------

    def ingest(self) -> Step:
        """Seal personal fields, send events by the queue, and let the product take them in."""
        aws = self.installation.aws
        queue = self.installation.stacks[self.region].outputs["TrailEvents"]
        client = aws.client("sqs", self.region)
        url = client.get_queue_url(QueueName=queue.rpartition("/")[2])["QueueUrl"]
        for number, message in enumerate(self._messages(), start=1):
            client.send_message(QueueUrl=url, MessageBody=message)
            if number % MESSAGES_AT_ONCE == 0:
                aws.run(25)
            if number == MESSAGES_AT_ONCE:
                self._invoke("seal-trail", {})
                self._checkpoint_before = self._checkpoint()
            done = min(number * PER_MESSAGE, self.entries)
            self.progress("ingest", done, self.entries)
        aws.run(60)
        left = client.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]["ApproximateNumberOfMessages"]
        told = f"{self.entries:,} events of {self.subjects:,} persons, personal fields encrypted"
        return Step("ingest", told, held=int(left) == 0)

    def _messages(self) -> list[str]:
        """Every message before the first is sent, so that each person's keys are opened once."""
        messages: list[str] = []
        for message in self.customers.messages(self.entries, PER_MESSAGE, int(START * 1000)):
            messages.append(message)
            self.progress("encrypt", min(len(messages) * PER_MESSAGE, self.entries), self.entries)
        return messages

    def seal(self) -> Step:
        """Let the sealer make segments until nothing waits."""
        inbox = self.installation.inbox(self.region)
        for _ in range(_SEALS_MAX):
            if next(inbox.present("inbox/"), None) is None:
                break
            self._invoke("seal-trail", {})
            self.progress("seal", self._head().entries, self.entries)
        head = self._head()
        told = f"{head.size} segments, {head.entries:,} entries, signed by KMS and anchored"
        return Step("seal", told, held=head.entries == self.entries)

    def archive(self) -> Step:
        """Let two days pass, then move what was sealed into locked packs."""
        self.installation.aws.run(2 * _DAY_SECONDS)
        ended = self._run("audit_archive", {"mode": "execute"})
        history = History(self.installation)
        packs = [len(history.packs(region)) for region in self.installation.regions]
        hot = len(history.hot())
        told = f"{packs[0]} packs locked in each of 2 regions; {hot} segments left in the log"
        held = ended["outcome"] == "done" and packs[0] == packs[1] > 0 and hot == 0
        return Step("archive", told, held=held)

    def verify(self, name: str) -> Step:
        """Every entry against its root, every root against the signed head."""
        found = self._invoke("verify-trail", {"mode": "execute", "kind": "full"})
        told = f"{found['entries']:,} entries in {found['segments']} segments"
        return Step(name, told, held=bool(found["verified"]))

    def prove(self, name: str) -> Step:
        """One entry of the person: a proof made now, and every proof made before."""
        event = f"evt-{_ERASED:07d}"
        number = number_of(self.log, self.key, event)
        self._proofs[name] = prove(self.log, self.key, number)
        proofs = [Proof.parse(each.to_text()) for each in self._proofs.values()]
        proven = [check_proof(each, self.key) for each in proofs]
        held = all(each.entry["event"] == event for each in proven)
        told = f"{event} is in the log: {len(proven)} proofs checked offline"
        return Step(name, told, held=held)

    def tamper(self) -> Iterator[Step]:
        """Each attack on a copy of the log; a verification must name it."""
        head = self._head()
        whole = CopiedLog.of(self.log, head.size, self._checkpoint_before)
        for done, (name, attack) in enumerate(ATTACKS.items(), start=1):
            copied = replace(whole, bodies=dict(whole.bodies))
            attack(copied, head.size)
            found = verify(copied, self.key, head, scope=Scope())
            self.progress("tamper", done, len(ATTACKS))
            worst = min(found.damages, key=lambda each: each.kind.value, default=None)
            told = f"{name}: {worst.kind.label if worst else 'not noticed'}"
            yield Step("tamper", told, held=found.exit_code != 0)
        yield self.tamper_with_a_copy(head)

    def tamper_with_a_copy(self, head: TrailHead) -> Step:
        """One copy of the archive loses its first pack; no segment is lost by it."""
        copies = {
            name: CopiedLog(
                {key: stored.body for key in copy.present("") if (stored := copy.get(key))}
            )
            for name, copy in self.installation.archives(self.region).items()
        }
        log, spoiled = self.installation.trail(self.region), copies[self.installation.regions[1]]
        spoiled.remove(min(spoiled.bodies))
        found = verify(TieredTrail(log, copies), self.key, head, scope=Scope())
        worst = min(found.damages, key=lambda each: each.kind.value, default=None)
        told = f"a pack of one copy deleted: {worst.kind.label if worst else 'not noticed'}"
        held = worst is not None and worst.copy is not None and found.is_log_whole
        return Step("tamper", told, held=held)

    def read_one(self) -> Step:
        """Before the erasure the person's entries can be read, with their keys."""
        read = self._readable()
        told = f"{read} entries of {self.customers.id(_ERASED)} can be read with their keys"
        return Step("read", told, held=read == len(self._own))

    def erase(self) -> Step:
        """The person asks; keys are destroyed in every region, and a receipt is signed."""
        received = "2026-01-06T08:00:00Z"
        ended = self._run(
            "subject_erasure",
            {
                "mode": "execute",
                "request": "DSAR-2026-0001",
                "subject": self.customers.references[_ERASED],
                "received": received,
                "identity": {"method": "signed-in", "by": "privacy desk", "at": received},
            },
        )
        body = json.loads(ended["receipt"]["body"])
        told = f"{body['destroyed']} destroyed; the signed receipt says what is left where"
        return Step("erase", told, held=ended["outcome"] == "done")

    def search(self) -> Step:
        """Look for the person in every store, cache and log."""
        name, mail = self.customers.fields(_ERASED).values()
        markers = (name, mail, self.customers.id(_ERASED))
        texts = hits = 0
        for each in remains(self.installation):
            if not each.place.startswith(INPUT_OF):
                texts += 1
                hits += any(marker in each.text for marker in markers)
        reference = self.customers.references[_ERASED]
        gone = self.customers.persons.vault.find(reference) is None
        forgotten = self.customers.cache.find(reference) is None
        read = self._readable()
        told = f"{hits} of {texts:,} texts name the person; {read} entries can be read"
        detail = ("vault: no keys", "cache: no keys") if gone and forgotten else ()
        return Step("search", told, held=not (hits or read) and gone and forgotten, detail=detail)

    # -- what they use ---------------------------------------------------------------------------

    @property
    def region(self) -> str:
        """Home."""
        return self.installation.regions[0]

    @cached_property
    def customers(self) -> Customers:
        """The persons, and what the service seals by."""
        return Customers(Persons(self.installation, self.region), self.subjects)

    @property
    def log(self) -> TieredTrail:
        """The log with its archive."""
        trail = self.installation.trail(self.region)
        return TieredTrail(trail, self.installation.archives(self.region))

    @cached_property
    def key(self) -> VerifierKey:
        """The log's public key."""
        return self.installation.trail_key(self.region)

    @property
    def _own(self) -> range:
        """Numbers of the person's events."""
        return range(_ERASED, self.entries, self.subjects)

    def _checkpoint(self) -> bytes:
        stored = self.installation.trail(self.region).get(CHECKPOINT)
        return stored.body if stored else b""

    def _head(self) -> TrailHead:
        return self.installation.gate.anchor(self.region).read()

    def _readable(self) -> int:
        """How many of the person's entries can be read with whatever keys there are."""
        wanted = {f"evt-{number:07d}" for number in self._own}
        lines = [
            line
            for index in range(self._head().size)
            if (stored := self.log.get(segment_key(index))) is not None
            for line in inflate(stored.body)
        ]
        entries = [entry for line in lines if (entry := _wanted(line, wanted)) is not None]
        try:
            with self.customers.persons.sealing().opened(
                self.customers.references[_ERASED]
            ) as reader:
                found = [
                    reader.fields(event=each.event, key=each.personal_key, sealed=each.personal)
                    for each in entries
                ]
        except Erased:
            return 0
        return len(found)

    def _invoke(self, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        name = f"{self.installation.profile.service.name}-{function}"
        outcome = self.installation.aws.invoke(name, event, region=self.region)
        return dict(outcome.body())

    def _run(self, runbook: str, request: Mapping[str, Any]) -> dict[str, Any]:
        name = f"demo-{runbook.replace('_', '-')}"
        self.installation.start_run(runbook, request, region=self.region, name=name)
        engine = self.installation.aws.engine
        found = next(each for each in engine.list() if each.name == name)
        found.wait()
        return dict(found.output.value) if found.output else {"outcome": found.cause}


def _wanted(line: bytes, events: set[str]) -> Entry | None:
    at = line.find(b'"event":"') + 9
    return parse_line(line) if line[at : line.index(b'"', at)].decode() in events else None


@contextmanager
def audit_demo(entries: int, subjects: int, progress: Progress) -> Iterator[AuditDemo]:
    """Deploy the product on the embedded AWS, with no schedule but what the steps call."""
    text = REFERENCE_PROFILE.read_text("utf-8")
    profile = Profile.load(text)
    regions = (profile.regions.home, profile.regions.standby, profile.regions.observer)
    with (
        TemporaryDirectory() as folder,
        EmbeddedAws(start=START, seed=1, regions=regions) as aws,
    ):
        installation = install(aws, profile, text, profile.baseline(), Path(folder))
        _let_time_pass(installation)
        yield AuditDemo(installation, entries, subjects, progress)


def _let_time_pass(installation: Installation) -> None:
    """Take away what looks every minute: days pass in a moment, and each step is called."""
    for region in (*installation.regions, installation.profile.regions.observer):
        client = installation.aws.client("scheduler", region)
        for schedule in client.list_schedules()["Schedules"]:
            client.delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])
        watch = installation.aws.client("cloudwatch", region)
        alarms = watch.describe_alarms()["MetricAlarms"]
        watch.delete_alarms(AlarmNames=[alarm["AlarmName"] for alarm in alarms])
