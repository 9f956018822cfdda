"""Effects elsewhere: intent, change, outcome; and what whoever comes after makes of a half."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from autopilot.domain.permit import issue_switch
from autopilot.domain.release_section import EMERGENCY
from autopilot.domain.switches import Span, SwitchChange, SwitchState
from autopilot.errors import BadInput, Inconsistent, Transient
from autopilot.gate.acts import Condition
from autopilot.gate.intents import SPARE_MS, Turned
from autopilot.gate.ledger import JOURNAL_SLOTS, Lease
from autopilot.gate.refusal import GateRefused
from autopilot.ports import Switch
from tests.gate.made_up_switches import ALIAS, FLAG, MadeUpSwitch, made_up_switches, turning_plan
from tests.gate.service import Service, cause

RUN = "run-1"
START: Mapping[str, str] = {EMERGENCY: "off", FLAG: "on", ALIAS: "2"}
GOOD: Mapping[str, str] = {EMERGENCY: "off", FLAG: "off", ALIAS: "1"}


class Rollback:
    """A run that turns the made-up switches."""

    def __init__(self, service: Service) -> None:
        """Take the lease and write down the plan."""
        self.service, self.gate = service, service.gate
        self.plan = turning_plan()
        self.switches = made_up_switches()
        self.gate.open_run(RUN, "emergency_rollback", None, self.plan)
        self.lease: Lease = self.gate.take_lease(RUN, "emergency_rollback")

    def turn(self, index: int) -> Turned:
        """Take one turn."""
        return self.gate.turn(
            self.lease,
            self.plan,
            index,
            cause(RUN),
            expires_ms=self.service.clock.at_ms + 60_000,
            switches=self.switches,
        )

    def back(self, *spans: Span) -> tuple[Turned, ...]:
        """Put turns back."""
        return self.gate.turn_back(
            self.lease, self.plan, cause(RUN), self.switches, spans=spans or tuple(Span)
        )

    def die_and_be_reaped(self) -> str:
        """Let the lease end; return what the reaper says."""
        self.service.clock.pass_seconds(120)
        switches: Mapping[str, Switch] = self.switches
        reaped = self.gate.reap(
            self.service.view, self.service.evidence(), lambda *_: None, lambda: switches
        )
        return reaped.outcome if reaped else ""

    @property
    def shown(self) -> Mapping[str, str]:
        """What every switch shows."""
        return {name: switch.value for name, switch in self.switches.items()}

    @property
    def acts(self) -> list[str]:
        """The acts of all entries, in order of their turns."""
        entries = [entry for _, _, entry in self.service.view.journal()]
        return [entry["act"] for entry in sorted(entries, key=lambda each: each["turn"])]


@pytest.fixture
def rollback(service: Service) -> Rollback:
    """A run before its first turn."""
    return Rollback(service)


def test_a_turn_leaves_an_intent_the_change_and_an_outcome(rollback: Rollback) -> None:
    """Three things, each where it belongs; the allocation is not touched."""
    turned = rollback.turn(0)

    entry = rollback.service.view.entry(turned.entry_id)
    outcome = rollback.gate.find_record(f"outcome/{turned.entry_id}")
    assert entry is not None
    assert outcome is not None
    assert (entry["act"], entry["switch"], entry["from"], entry["to"]) == (
        "switch",
        EMERGENCY,
        "off",
        "on",
    )
    assert (outcome["result"], outcome["shows"], outcome["run"]) == ("turned", "on", RUN)
    assert rollback.service.view.version == 1


def test_turns_are_taken_in_order(rollback: Rollback) -> None:
    """The second before the first finds that the ledger has not counted the first."""
    with pytest.raises(GateRefused) as refused:
        rollback.turn(1)
    assert refused.value.conditions == (Condition.VERSION_MOVED,)
    assert rollback.shown == START


def test_a_turn_that_the_plan_does_not_have_is_refused(rollback: Rollback) -> None:
    """Nothing is guessed."""
    with pytest.raises(BadInput, match="below 3"):
        rollback.turn(3)


@pytest.mark.parametrize("loss", ["lose_calls", "lose_answers"])
@pytest.mark.parametrize("name", [EMERGENCY, FLAG, ALIAS])
def test_a_call_without_an_answer_counts_once(rollback: Rollback, loss: str, name: str) -> None:
    """Whether it was applied or not, the retry observes and converges under the same entry."""
    setattr(rollback.switches[name], loss, 1)
    for index, step in enumerate(rollback.plan.steps):
        if step.switch == name:
            with pytest.raises(Transient):
                rollback.turn(index)
        rollback.turn(index)

    assert rollback.shown == {**GOOD, EMERGENCY: "on"}
    assert all(len(switch.changes) == 1 for switch in rollback.switches.values())
    assert rollback.acts == ["switch"] * 3


@pytest.mark.parametrize("turns", [0, 1, 2])
@pytest.mark.parametrize("loss", ["", "lose_calls", "lose_answers"])
def test_a_run_that_dies_between_turns_is_undone_by_the_reaper(
    rollback: Rollback, turns: int, loss: str
) -> None:
    """After any intent, before or after its change: the start is what the service shows."""
    for index in range(turns):
        rollback.turn(index)
    if loss:
        setattr(rollback.switches[rollback.plan.steps[turns].switch], loss, 1)
        with pytest.raises(Transient):
            rollback.turn(turns)

    outcome = rollback.die_and_be_reaped()

    assert rollback.shown == (START if (turns, loss) != (2, "lose_answers") else GOOD)
    assert not rollback.service.view.lease.holder
    assert outcome.startswith(("undone", "kept"))


def test_a_run_that_dies_after_its_last_turn_keeps_the_good_release(rollback: Rollback) -> None:
    """Only what was to last for a while goes back: the release is one that served well."""
    for index in range(3):
        rollback.turn(index)

    assert rollback.die_and_be_reaped().startswith("kept")
    assert rollback.shown == GOOD


def test_the_reaper_tries_again_when_a_switch_does_not_answer(rollback: Rollback) -> None:
    """The lease is the reaper's until everything is back."""
    rollback.turn(0)
    rollback.turn(1)
    rollback.switches[FLAG].lose_calls = 1
    with pytest.raises(Transient):
        rollback.die_and_be_reaped()

    rollback.die_and_be_reaped()

    assert rollback.shown == START
    assert rollback.acts == ["switch", "switch", "switch back", "switch back"]


def test_undo_goes_back_in_the_opposite_order_and_twice_is_once(rollback: Rollback) -> None:
    """The last turn is the first to go back; a second undo finds nothing to do."""
    for index in range(3):
        rollback.turn(index)
    turned = rollback.back()
    again = rollback.back()

    assert [each.switch for each in turned] == [ALIAS, FLAG, EMERGENCY]
    assert rollback.shown == START
    assert [each.entry_id for each in again] == ["", "", ""]
    assert rollback.acts == ["switch"] * 3 + ["switch back"] * 3


def test_only_temporary_turns_go_back_at_a_good_end(rollback: Rollback) -> None:
    """Emergency mode ends, the release stays."""
    for index in range(3):
        rollback.turn(index)
    rollback.back(Span.TEMPORARY)

    assert rollback.shown == GOOD


def test_a_switch_that_somebody_else_moved_is_left(rollback: Rollback) -> None:
    """Neither forward nor back: their reason is as good as ours."""
    rollback.turn(0)
    rollback.switches[FLAG].value = "half"
    with pytest.raises(GateRefused) as refused:
        rollback.turn(1)
    turned = rollback.back()

    assert refused.value.conditions == (Condition.SWITCH_MOVED,)
    assert rollback.shown == {**START, FLAG: "half"}
    assert [each.switch for each in turned if each.left] == [FLAG]


def test_no_change_is_made_when_the_lease_does_not_outlive_the_call(rollback: Rollback) -> None:
    """The intent took too long: a call could end after another run has begun."""
    clock, lease = rollback.service.clock, rollback.lease

    def stall() -> None:
        clock.at_ms = lease.expires_ms - SPARE_MS

    rollback.switches[EMERGENCY].before = stall
    with pytest.raises(GateRefused) as refused:
        rollback.turn(0)

    assert refused.value.conditions == (Condition.LEASE_HELD_BY_ANOTHER,)
    assert rollback.shown == START


def test_a_resumed_intent_is_not_carried_out_once_the_lever_is_engaged(rollback: Rollback) -> None:
    """An intent is no permit for ever."""
    rollback.switches[EMERGENCY].lose_calls = 1
    with pytest.raises(Transient):
        rollback.turn(0)
    rollback.gate.engage_lever(by="anna", reason="looks odd")
    with pytest.raises(GateRefused) as refused:
        rollback.turn(0)

    assert refused.value.conditions == (Condition.LEVER_ENGAGED,)
    assert rollback.shown == START


def test_a_plan_with_more_turns_than_the_reserve_can_be_undone_at_once(rollback: Rollback) -> None:
    """Retreats take room among the advances first, and use the reserve last."""
    rollback.turn(0)
    rollback.turn(1)
    full: dict[str, object] = {f"old-{number}": {} for number in range(JOURNAL_SLOTS["advance"])}
    rollback.service.put((("journal", "advance"), full))

    rollback.back()

    assert rollback.shown == START
    assert len(rollback.service.view.item["journal"]["undo"]) == 2


def test_a_ledger_from_before_there_were_switches_takes_the_first_turn(service: Service) -> None:
    """The attribute is made by the first intent."""
    ledger = service.ledger
    del ledger.items["ledger"]["turns"]  # type: ignore[attr-defined]
    rollback = Rollback(service)

    rollback.turn(0)

    assert service.view.turns.count == 1


def test_a_permit_is_for_one_change_only() -> None:
    """From what was observed to where it was allowed to go."""
    switch = MadeUpSwitch(ALIAS, "2")
    permit = issue_switch("switch", SwitchChange(ALIAS, "1", switch.observe()))
    with pytest.raises(Inconsistent):
        switch.change("3", switch.observe(), permit)
    with pytest.raises(Inconsistent):
        switch.change("1", SwitchState("2", "7"), permit)
