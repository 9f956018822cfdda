"""The gate: decides about effects, and is the only maker of permits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autopilot.domain.permit import LEDGER, issue_allocation
from autopilot.domain.switches import Span
from autopilot.domain.writes import ConditionalWrite, ConditionFailed, Missing, Set
from autopilot.errors import Inconsistent
from autopilot.gate import (
    effects,
    export,
    incidents,
    intents,
    lease,
    lever,
    planner,
    reap,
    records,
    standing,
)
from autopilot.gate.acts import Act
from autopilot.gate.door import PLANNER, Door
from autopilot.gate.effects import Applied
from autopilot.gate.entries import Cause
from autopilot.gate.ledger import Lease, LedgerView, Lever, initial_item
from autopilot.gate.planner import PlannerLease, initial_planner
from autopilot.gate.rails import Rails
from autopilot.gate.standing import Refreshed, StandingPlan

if TYPE_CHECKING:
    from autopilot.domain.allocation import Allocation, Route
    from autopilot.domain.approval import Approval, ApprovalRequest, Decision, Status
    from autopilot.domain.plan import Evidence, Plan
    from autopilot.domain.switches import SwitchPlan
    from autopilot.gate.endings import Endings
    from autopilot.gate.erasures import Erasures
    from autopilot.gate.export import Exported
    from autopilot.gate.incidents import IncidentClaim, Opening
    from autopilot.gate.intents import Switches, Turned
    from autopilot.gate.log_anchor import LedgerAnchor
    from autopilot.gate.reap import Reaped, Tell
    from autopilot.gate.records import Claim, Run, Turn
    from autopilot.gate.restoring import Restorations
    from autopilot.ports import Clock, LedgerStore, Record, Trail


class Gate:
    """Every way to change the service; each answers with what stands, or refuses with reasons.

    All methods raise `GateRefused` when a condition stops them and nothing was changed,
    `Transient` when the ledger did not answer, `Inconsistent` when it holds what it must not.
    """

    def __init__(
        self,
        ledger: LedgerStore,
        clock: Clock,
        *,
        rails: Callable[[], Rails] | None = None,
    ) -> None:
        """Decide over `ledger`.

        `rails` is asked for the profile's rails when an advance needs them, so that the reflex
        never loads a profile; without it nothing can advance.
        """
        self._door = Door(ledger, clock)
        self._rails = rails

    def read(self) -> LedgerView:
        """The ledger item as it stands, strongly consistent."""
        return self._door.read()

    def anchor(self, region: str) -> LedgerAnchor:
        """The head of the region's trail."""
        from autopilot.gate.log_anchor import LedgerAnchor  # noqa: PLC0415 - not in the reflex

        return LedgerAnchor(self._door, region)

    def take_lease(self, run: str, runbook: str) -> Lease:
        """The exclusive right to change the service, for 90 s."""
        return lease.take(self._door, run, runbook)

    def renew_lease(self, held: Lease) -> Lease:
        """The same lease for another 90 s."""
        return lease.renew(self._door, held)

    def return_lease(self, held: Lease) -> None:
        """Give the lease back."""
        lease.give_back(self._door, held)

    def advance(
        self,
        held: Lease,
        plan: Plan,
        step_index: int,
        cause: Cause,
        *,
        evidence: Evidence,
        standing: Iterable[StandingPlan] = (),
    ) -> Applied:
        """Take one step of `plan` under fresh `evidence`; `standing` is for the new version."""
        return effects.advance(
            self._door,
            self._required_rails(),
            held,
            plan,
            step_index,
            cause,
            evidence=evidence,
            standing=standing,
        )

    def contain(self, route: Route, cause: Cause) -> Applied:
        """Move weight off a failing route as its standing plan says, in exactly one call."""
        return effects.contain(self._door, route, cause)

    def undo(self, held: Lease, plan: Plan, cause: Cause) -> Applied:
        """Put back what this run changed."""
        return effects.undo(self._door, held, plan, cause)

    def turn(
        self,
        held: Lease,
        plan: SwitchPlan,
        index: int,
        cause: Cause,
        *,
        expires_ms: int,
        switches: Switches,
    ) -> Turned:
        """Take one turn of a plan of switches, whose evidence expires then: intent to outcome."""
        return intents.turn(
            self._door,
            self._required_rails(),
            held,
            plan,
            index,
            cause,
            expires_ms=expires_ms,
            switches=switches,
        )

    def turn_back(
        self,
        held: Lease,
        plan: SwitchPlan,
        cause: Cause,
        switches: Switches,
        *,
        spans: Sequence[Span] = tuple(Span),
    ) -> tuple[Turned, ...]:
        """Put back the switches that this run turned, those of these spans."""
        return intents.turn_back(self._door, held, plan, cause, switches, spans=spans)

    def engage_lever(self, *, by: str, reason: str) -> Lever:
        """Stop all automation, at once and durably."""
        return lever.move(self._door, Act.ENGAGE_LEVER, by=by, reason=reason)

    def resume(self, *, by: str, reason: str) -> Lever:
        """Let automation act again."""
        return lever.move(self._door, Act.RESUME, by=by, reason=reason)

    def initialise(self, allocation: Allocation) -> bool:
        """Create the ledger with its first allocation; False when there is one already."""
        records.put(self._door, PLANNER, initial_planner())
        write = ConditionalWrite(
            LEDGER,
            tuple(Set((name,), value) for name, value in initial_item(allocation).items()),
            conditions=(Missing(("record",)),),
        )
        try:
            self._door.ledger.write(write, issue_allocation("initialise", write))
        except ConditionFailed:
            return False
        return True

    def take_planner_lease(self, holder: str) -> PlannerLease | None:
        """The right to tend the ledger for 90 s; None while another region has it."""
        return planner.take(self._door, holder)

    def refresh_standing_plans(
        self,
        held: PlannerLease,
        plans: Iterable[StandingPlan],
        *,
        evidence: Evidence,
        epoch: int,
        version: int,
    ) -> Refreshed:
        """Replace the standing plans of all routes with those of `plans` that keep to the rails.

        They are for that version, planned on that evidence.
        """
        return standing.refresh(
            self._door,
            self._required_rails(),
            plans,
            evidence=evidence,
            fence=held.fence,
            epoch=epoch,
            version=version,
        )

    def export(self, held: PlannerLease, trail: Trail) -> Exported:
        """Move journal entries into the trail of this region."""
        return export.export(self._door, held, trail)

    def reap(
        self,
        view: LedgerView,
        evidence: Evidence,
        tell: Tell,
        switches: Callable[[], Switches] = dict,
    ) -> Reaped | None:
        """Converge what a dead run left and tell people; None when `view` shows none dead."""
        return reap.reap(self._door, view, evidence, tell, switches)

    def open_run(
        self, run: str, runbook: str, plan: Plan | None, turning: SwitchPlan | None = None
    ) -> None:
        """Write down what a run intends, before it has any effect: what the reaper reads."""
        records.open_run(self._door, run, runbook, plan, turning)

    def close_run(self, run: str, outcome: str) -> bool:
        """Write down how a run ended."""
        return records.close_run(self._door, run, outcome)

    def find_run(self, run: str) -> Run | None:
        """What the ledger knows of a run."""
        return records.find_run(self._door, run)

    def claim(
        self, subject: str, *, owner: str, fields: Mapping[str, Any], expires_ms: int
    ) -> Claim:
        """Claim `subject` for `owner`; answers with the claim that stands, ours or another's."""
        return records.claim(self._door, subject, owner=owner, fields=fields, expires_ms=expires_ms)

    def take_turn(self, record: str, *, holder: str, until_ms: int) -> Turn:
        """The turn to do once what `record` is about; answers with the turn that stands."""
        return records.take_turn(self._door, record, holder=holder, until_ms=until_ms)

    def end_turn(self, record: str, done: str, fields: Mapping[str, Any], *, holder: str) -> None:
        """Write down what came of the turn of `holder`; with an empty `done` give it back."""
        records.end_turn(self._door, record, done, fields, holder=holder)

    def record(self, name: str, fields: Mapping[str, Any], *, once: bool = True) -> bool:
        """Write a record that is no effect; with `once`, False when there is one already."""
        return records.put(self._door, name, fields, once=once)

    def find_record(self, name: str) -> Mapping[str, Any] | None:
        """A record that is no effect, or None when there is none."""
        return self._door.ledger.read(name)

    def request_approval(self, asked: ApprovalRequest) -> Approval:
        """Ask people; the same request again answers with what stands."""
        from autopilot.gate import approvals  # noqa: PLC0415 - not for the reflex

        return approvals.request(self._door, asked)

    def decide_approval(self, approval: str, decision: Decision) -> Approval:
        """Record what a person said, if it counts; raise `ApprovalRefused` with the rule."""
        from autopilot.gate import approvals  # noqa: PLC0415 - not for the reflex

        return approvals.settle(self._door, approval, decision)

    def read_approval(self, approval: str) -> Approval | None:
        """A request as it stands, or None."""
        from autopilot.gate import approvals  # noqa: PLC0415 - not for the reflex

        return approvals.find(self._door, approval)

    def undecided_approvals(self) -> tuple[Approval, ...]:
        """What people can still decide on, the oldest first."""
        from autopilot.gate import approvals  # noqa: PLC0415 - not for the reflex

        return approvals.undecided(self._door)

    def void_approval(self, approval: str, status: Status, detail: str) -> Approval:
        """Close a request that was not used, as expired or void; answers with what stands."""
        from autopilot.gate import approvals  # noqa: PLC0415 - not for the reflex

        return approvals.void(self._door, approval, status, detail)

    def consume_approval(self, approval: str, *, run: str, digest: str) -> Approval:
        """Use an approval up, once, for the run and plan it was given to."""
        from autopilot.gate import approvals  # noqa: PLC0415 - not for the reflex

        return approvals.consume(self._door, approval, run=run, digest=digest)

    def find_records(self, prefix: str, *, limit: int = 100) -> Sequence[Record]:
        """Records whose names begin with `prefix`, in order of name."""
        return self._door.ledger.query(prefix, limit=limit)

    def claim_incident(self, opening: Opening) -> IncidentClaim:
        """Open an incident of a family; answers with the one that stands, ours or another's."""
        return incidents.claim_incident(self._door, opening)

    def take_over_incident(self, stands: IncidentClaim, opening: Opening) -> IncidentClaim:
        """Open the next generation of an incident that is closed, or whose run is dead."""
        return incidents.take_over(self._door, stands, opening)

    def begin_incident(self, family: str, run: str, runner: str) -> IncidentClaim:
        """Note which execution works on an incident; the answer names the one that does."""
        return incidents.begin(self._door, family, run, runner)

    def renew_incident(self, family: str, runner: str) -> bool:
        """Show that the run of an incident lives; False when the incident is another's by now."""
        return incidents.renew(self._door, family, runner)

    def keep_incident(self, family: str, incident: str, *, until_ms: int = 0) -> None:
        """Show that what an open incident waits for lives, and will at least until then."""
        incidents.keep(self._door, family, incident, until_ms=until_ms)

    def close_incident(self, family: str, runner: str, *, reopen_seconds: int) -> bool:
        """Close an incident, to be reopened by alarms for that long; False when it is another's."""
        return incidents.close(self._door, family, runner, reopen_seconds=reopen_seconds)

    def reopen_incident(self, family: str, runner: str) -> bool:
        """Open an incident again for the run that closed it; False when another was faster."""
        return incidents.reopen(self._door, family, runner)

    def find_incidents(self) -> Sequence[IncidentClaim]:
        """The claims of all families, open or not."""
        return incidents.find_all(self._door)

    def find_incident(self, family: str) -> IncidentClaim | None:
        """The claim of a family, open or closed."""
        return incidents.find(self._door, family)

    @property
    def erasures(self) -> Erasures:
        """Holds on persons' data, and the destruction of their keys."""
        from autopilot.gate.erasures import Erasures  # noqa: PLC0415 - not in the reflex

        return Erasures(self._door)

    @property
    def restorations(self) -> Restorations:
        """Copies of the ledger, and what is put back of them."""
        from autopilot.gate.restoring import Restorations  # noqa: PLC0415 - not in the reflex

        return Restorations(self._door)

    @property
    def endings(self) -> Endings:
        """Holds on the trail, and the destruction of what was moved or has ended."""
        from autopilot.gate.endings import Endings  # noqa: PLC0415 - not in the reflex

        return Endings(self._door)

    def _required_rails(self) -> Rails:
        if self._rails is None:
            message = "the gate was built without rails: expected those of the profile"
            raise Inconsistent(message)
        return self._rails()
