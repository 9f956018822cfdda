"""Two regions, a queue each and a journal: whatever dies where, no acknowledged entry is lost.

The functions of the trail run as cooperative tasks over one bucket for each region and one ledger
for both, and can be switched, killed or left without an answer at every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from greenlet import getcurrent, greenlet
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from autopilot.adapters.local_signer import LocalSigner
from autopilot.audit.inbox import Inbox
from autopilot.audit.journal import JournalTrail, entry_of
from autopilot.audit.layout import segment_key
from autopilot.audit.note import VerifierKey
from autopilot.audit.seal import LEASE_MS, Sealer
from autopilot.audit.segment import inflate
from autopilot.audit.verify import Scope, verify
from autopilot.domain.permit import LEDGER, Permit
from autopilot.domain.trail_head import origin_of
from autopilot.domain.writes import ConditionalWrite
from autopilot.errors import AutopilotError, Transient, Unanswered
from autopilot.gate.gate import Gate
from autopilot.gate.ledger import JOURNAL_SLOTS
from autopilot.ports.trail import Listed, Stored
from autopilot.procedures.ingest_trail import ingest
from autopilot.procedures.seal_trail import seal
from tests.audit.memory_trail import Clock, Died, Lifeline, MemoryStore, entry
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import BASELINE, HOME, STANDBY

SERVICE = "hybrid-routing"
NOT_JSON = "{not json"
END = "end"
REGIONS = st.sampled_from([HOME, HOME, STANDBY])
GOES_ON, REFUSED, DIES_BEFORE, DIES_AFTER, HEARS_NOTHING = range(5)
FATES = st.sampled_from([GOES_ON, GOES_ON, REFUSED, DIES_BEFORE, DIES_AFTER, HEARS_NOTHING])


def up_to(*places: str) -> st.SearchStrategy[int | str]:
    """How far a function gets: before a call of that kind, so many calls, or to its end."""
    return st.one_of(st.sampled_from([*places, END]), st.integers(0, 12))


#: What a pass does before, and by, each of its writes.
WRITES_OF_A_PASS = ("write log/", "segment/", "tile/", "get checkpoint", "checkpoint", "remove")
VISIBILITY_MS = 180_000
BATCH = 3
#: Long enough for every lease and every message in flight to be over.
LONG_MS = 400_000


class Pace(Lifeline):
    """Stops a task at each of its calls and does with it what the search wants."""

    fate = GOES_ON

    def before(self, what: str) -> None:
        """Let the search look; die here if it wants that."""
        task = getcurrent()
        if isinstance(task, Task) and task.parent:
            task.parent.switch(what)
            if self.fate == DIES_BEFORE:
                raise Died
            if self.fate == REFUSED:
                raise Transient("not now")

    def after(self) -> None:
        """The call was made: perhaps nobody hears of it."""
        if isinstance(getcurrent(), Task):
            if self.fate == DIES_AFTER:
                raise Died
            if self.fate == HEARS_NOTHING:
                raise Unanswered("was it done?")


class Task(greenlet):
    """One invocation of a function of a region."""

    region = ""


class PacedStore(MemoryStore):
    """A bucket whose reads are calls too."""

    def get(self, key: str) -> Stored | None:
        """What lies under `key`, or None."""
        self.lifeline.before(f"get {key}")
        return super().get(key)

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """Every key that begins with `prefix`, as they were when the list began."""
        self.lifeline.before(f"list {prefix}")
        yield from list(super().objects(prefix))


class PacedLedger(MemoryLedger):
    """A ledger whose reads and writes are calls."""

    def __init__(self, pace: Pace) -> None:
        """Begin empty."""
        super().__init__()
        self._pace = pace

    def read(self, record: str, *, consistent: bool = True) -> Mapping[str, Any] | None:
        """The item, or None."""
        self._pace.before(f"read {record}")
        return super().read(record, consistent=consistent)

    def write(self, write: ConditionalWrite, permit: Permit) -> Mapping[str, Any]:
        """Apply all of it or nothing."""
        self._pace.before(f"write {write.record}")
        item = super().write(write, permit)
        self._pace.after()
        return item


@dataclass
class Queue:
    """Delivers at least once: a message comes again unless it is deleted in time."""

    clock: Clock
    bodies: dict[str, str] = field(default_factory=dict)
    hidden_until: dict[str, int] = field(default_factory=dict)

    def send(self, body: str) -> None:
        """Put a message in."""
        self.bodies[f"m{len(self.hidden_until)}"] = body
        self.hidden_until[f"m{len(self.hidden_until)}"] = 0

    def receive(self) -> list[dict[str, str]]:
        """Some messages, which nobody else gets for a while."""
        now_ms = self.clock.at_ms
        seen = [each for each in self.bodies if self.hidden_until[each] <= now_ms][:BATCH]
        self.hidden_until |= dict.fromkeys(seen, now_ms + VISIBILITY_MS)
        return [{"messageId": each, "body": self.bodies[each]} for each in seen]


class Uncounted:
    """Metrics that nobody looks at."""

    def publish(self, name: str, value: int) -> None:
        """Forget it."""


class Region:
    """The trail of one region: its bucket, its key, its queue, its functions."""

    def __init__(self, name: str, pace: Pace, clock: Clock, gate: Gate) -> None:
        """Begin empty."""
        self.name, self.clock, self.gate, self.pace = name, clock, gate, pace
        self.signer = LocalSigner(name.encode().ljust(32))
        self.key = VerifierKey(origin_of(SERVICE, name), self.signer.public_key())
        self.log, self.beside = PacedStore(pace), PacedStore(pace)
        self.inbox = Inbox(self.beside, clock)
        self.queue = Queue(clock)
        self.sent: set[int] = set()
        self.up = True
        self._passes = 0

    def ingest(self) -> None:
        """What Lambda does with the queue's messages."""
        messages = self.queue.receive()
        if not messages:
            return
        answer = ingest({"Records": messages}, self.inbox, Uncounted())
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        for message in messages:
            self.pace.before("acknowledge")
            if message["messageId"] not in failed:
                self.queue.bodies.pop(message["messageId"], None)

    def seal(self) -> None:
        """One pass of the function."""
        seal(self.inbox, self.sealer)

    def tend(self) -> None:
        """The part of `tend_ledger` that exports the journal."""
        if held := self.gate.take_planner_lease(self.name):
            self.gate.export(held, JournalTrail(self.inbox, SERVICE))

    def sealer(self) -> Sealer:
        """A sealer whose lease is this pass's own."""
        self._passes += 1
        return Sealer(
            store=self.log,
            inbox=self.inbox,
            anchor=self.gate.anchor(self.name),
            signer=self.signer,
            clock=self.clock,
            origin=self.key.name,
            holder=f"pass {self._passes}",
        )

    def damages(self) -> list[str]:
        """What a full verification finds at this instant."""
        head = self.gate.anchor(self.name).read()
        found = verify(self.log, self.key, head, scope=Scope(full=True))
        return [str(each) for each in found.damages]

    def lines(self) -> list[bytes]:
        """Every entry of the log."""
        size = self.gate.anchor(self.name).read().size
        stored = [self.log.get(segment_key(index)) for index in range(size)]
        return [line for each in stored if each for line in inflate(each.body)]

    @property
    def at_rest(self) -> bool:
        """Whether nothing waits."""
        return not self.queue.bodies and self.inbox.is_empty()


class TwoRegions(RuleBasedStateMachine):
    """Deliveries, redeliveries, crashes, rival passes and lost regions, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.pace, self.clock = Pace(), Clock()
        self.ledger = PacedLedger(self.pace)
        self.gate = Gate(self.ledger, self.clock)
        self.gate.initialise(BASELINE)
        self.regions = {
            name: Region(name, self.pace, self.clock, self.gate) for name in (HOME, STANDBY)
        }
        self.tasks: list[Task] = []
        self.effects: dict[str, bytes] = {}
        self.events = 0

    @rule(region=REGIONS, number=st.integers(1, 3), again=st.booleans(), nonsense=st.booleans())
    def send(self, region: str, number: int, *, again: bool, nonsense: bool) -> None:
        """The service sends a message of several events, perhaps one that it has sent before."""
        where, first = self.regions[region], self.events
        self.events += number
        numbers = [*range(first, self.events), *(sorted(where.sent)[:1] if again else [])]
        where.sent |= set(numbers)
        lines = [entry(each).model_dump_json() for each in numbers]
        where.queue.send("\n".join([*lines, NOT_JSON] if nonsense else lines))

    @rule(region=REGIONS)
    def deliver(self, region: str) -> None:
        """The service sends a message, and it is taken in before anything else happens."""
        self.send(region, 1, again=False, nonsense=False)
        self.ingest(region, END, GOES_ON)

    @rule()
    def effect(self) -> None:
        """A runbook changes something, which the journal has."""
        item = self.ledger.items[LEDGER]
        if len(item["journal"]["advance"]) < JOURNAL_SLOTS["advance"]:
            name = f"effect-{len(self.effects):03d}"
            made = journal_entry(len(self.effects))
            cause = {"by": "run", "at_ms": self.clock.at_ms, "why": "because"}
            item["journal"]["advance"][name], item["causes"][name] = made, cause
            joined = {"id": name, **made, "cause": cause}
            self.effects[name] = entry_of(joined, SERVICE).line()

    @rule(region=REGIONS, calls=up_to("inbox/", "quarantine/", "acknowledge"), fate=FATES)
    def ingest(self, region: str, calls: int | str, fate: int) -> None:
        """Lambda delivers what is in the queue, perhaps beside another delivery."""
        self.begin(region, self.regions[region].ingest, calls, fate)

    @rule(region=REGIONS, calls=up_to(*WRITES_OF_A_PASS), fate=FATES, rival=st.booleans())
    def seal(self, region: str, calls: int | str, fate: int, *, rival: bool) -> None:
        """The sealer's minute; a rival comes while another pass sleeps through its lease."""
        if rival:
            self.clock.at_ms += LEASE_MS
        self.begin(region, self.regions[region].seal, calls, fate)

    @rule(region=REGIONS, calls=up_to("inbox/", "write ledger"), fate=FATES)
    def tend(self, region: str, calls: int | str, fate: int) -> None:
        """The ledger's minute, in one region or in both."""
        self.begin(region, self.regions[region].tend, calls, fate)

    def begin(self, region: str, function: Callable[[], None], calls: int | str, fate: int) -> None:
        """A function is invoked and gets that far."""
        if self.regions[region].up:
            self.tasks.append(Task(guarded(function)))
            self.tasks[-1].region = region
            self.go_on(len(self.tasks) - 1, calls, fate)

    @precondition(lambda self: self.tasks)
    @rule(which=st.integers(0, 9), calls=up_to(*WRITES_OF_A_PASS), fate=FATES)
    def go_on(self, which: int, calls: int | str, fate: int) -> None:
        """A function gets that much further; the next call may be its last or unanswered."""
        task = self.tasks[which % len(self.tasks)]
        for number in count():
            at = "" if number == calls else self.step(task)
            if number == calls or at.startswith((str(calls), END)):
                break
        self.pace.fate = fate
        if fate != GOES_ON:
            self.step(task)
        self.pace.fate = GOES_ON

    @rule(seconds=st.sampled_from([1, 70, 200, 90_000]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.at_ms += seconds * 1000

    @precondition(lambda self: all(region.up for region in self.regions.values()))
    @rule(region=REGIONS)
    def lose(self, region: str) -> None:
        """A region is lost, with everything that is under way in it; what it stored stays."""
        self.regions[region].up = False
        for task in [each for each in self.tasks if each.region == region]:
            self.kill(task)

    @precondition(lambda self: not all(region.up for region in self.regions.values()))
    @rule()
    def regain(self) -> None:
        """It comes back."""
        for region in self.regions.values():
            region.up = True

    def step(self, task: Task) -> str:
        """One call further: the call that it stands before now, or that it has ended."""
        before = "" if task.dead else task.switch()
        if task.dead and task in self.tasks:
            self.tasks.remove(task)
        return END if task.dead else str(before)

    def kill(self, task: Task) -> None:
        """End a task where it stands."""
        if task:
            task.throw(Died)
        self.tasks.remove(task)

    @invariant()
    def every_log_verifies_at_every_instant(self) -> None:
        """Also while a pass is half done, or has died half done."""
        for region in self.regions.values():
            assert region.damages() == []

    @invariant()
    def nothing_is_in_a_log_twice(self) -> None:
        """Whoever sealed, and however often it was delivered."""
        for region in self.regions.values():
            lines = region.lines()
            assert len(set(lines)) == len(lines)

    def teardown(self) -> None:
        """Everything that was under way dies; then both regions work again, undisturbed."""
        for task in list(self.tasks):
            self.kill(task)
        for _ in range(8):
            self.clock.at_ms += LONG_MS
            for region in self.regions.values():
                for function in (region.ingest, region.tend, region.ingest, region.seal):
                    guarded(function)()
        self.require_every_entry_once()

    def require_every_entry_once(self) -> None:
        """In the log of the region that acknowledged it; effects in one log or in both, equal."""
        assert list(self.gate.read().journal()) == []
        found: set[bytes] = set()
        for region in self.regions.values():
            assert region.at_rest
            assert region.damages() == []
            lines = region.lines()
            own = {entry(each).line() for each in region.sent}
            assert len(lines) == len(set(lines))
            assert own <= set(lines)
            assert set(lines) - own <= set(self.effects.values())
            found |= set(lines) - own
        assert found == set(self.effects.values())


def journal_entry(number: int) -> dict[str, Any]:
    """The effect with this number, as the journal has it."""
    return {
        "act": "advance",
        "runbook": "traffic_ramp",
        "digest": "0" * 64,
        "before": "a",
        "after": "b",
        "epoch": 1,
        "version": number + 2,
        "fence": 1,
    }


def guarded(function: Callable[[], None]) -> Callable[[], None]:
    """As Lambda runs it: an error or an end in the middle concerns nobody else."""

    def run() -> None:
        try:
            function()
        except (AutopilotError, Died):
            return

    return run


TwoRegions.TestCase.settings = settings(max_examples=100, stateful_step_count=50)
TestTwoRegions = TwoRegions.TestCase
