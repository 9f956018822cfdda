"""An incident that nobody takes is carried up, each level once, until somebody does."""

from __future__ import annotations

from typing import Any, cast

import pytest

from autopilot.domain.page import Page
from autopilot.domain.permit import Permit
from autopilot.domain.profile import Profile
from autopilot.domain.writes import ConditionalWrite
from autopilot.errors import BadInput, Transient
from autopilot.gate.gate import Gate
from autopilot.gate.incidents import Opening
from autopilot.procedures.dependencies import Dependencies
from autopilot.procedures.escalate import acknowledge, escalate
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import SettableClock

INCIDENT = "incident-traffic-20261123T100000Z-0123456789ab"


class Phone:
    """Takes pages, unless nobody can be reached."""

    def __init__(self) -> None:
        """Nobody was told anything yet."""
        self.pages: list[Page] = []
        self.down = False

    def page(self, page: Page) -> str:
        """Note it."""
        if self.down:
            message = "nobody could be told"
            raise Transient(message)
        self.pages.append(page)
        return "home"


class ForgetfulLedger(MemoryLedger):
    """Does not keep who was called."""

    def write(self, write: ConditionalWrite, permit: Permit) -> Any:
        """No answer for that one record."""
        if write.record.startswith("escalation/"):
            raise Transient(write.record)
        return super().write(write, permit)


class Scene:
    """One region's tending function, as far as it escalates."""

    service = "hybrid-routing"

    def __init__(self, profile: Profile, ledger: MemoryLedger | None = None) -> None:
        """With one open P0 incident."""
        self.profile = profile
        self.clock = SettableClock()
        self.gate = Gate(ledger or MemoryLedger(), self.clock)
        self.pager = Phone()
        self.opened_ms = self.clock.now_ms()
        self.gate.claim_incident(Opening("traffic", INCIDENT, owner="a cause", reason="a test"))
        self.write(status="open")

    def write(self, *, status: str, severity: str = "P0") -> None:
        """The incident as it stands."""
        fields = {"status": status, "severity": severity, "opened_ms": self.opened_ms}
        self.gate.record(f"incident/{INCIDENT}", fields, once=False)

    def minutes(self, count: int) -> list[str]:
        """Let so many minutes pass, each with its look; what was called."""
        called = []
        for _ in range(count):
            self.clock.pass_seconds(60)
            called += escalate(cast("Dependencies", self))
        return [one.partition(": ")[2] for one in called]


@pytest.fixture
def scene(profile: Profile) -> Scene:
    """A P0 that was just opened."""
    return Scene(profile)


def test_the_roles_are_called_one_after_the_other(scene: Scene) -> None:
    """Each once, in time, and told what to type."""
    assert scene.minutes(14) == []
    assert scene.minutes(1) == ["operations manager"]
    assert scene.minutes(15) == ["AI operations lead"]
    assert scene.minutes(30) == ["engineering manager"]
    assert scene.minutes(59) == []
    page = scene.pager.pages[0]
    assert page.next_command == f"autopilot ack {INCIDENT}"
    assert page.thread == INCIDENT
    assert "tier 3" in page.decide
    assert len({each.key for each in scene.pager.pages}) == 3


def test_nobody_answers_for_two_days_and_the_calls_end(scene: Scene) -> None:
    """Three roles, then each hour for a day."""
    assert len(scene.minutes(48 * 60)) == 3 + 24
    assert all(len(page.key) <= 128 for page in scene.pager.pages)


def test_whoever_acknowledges_is_the_last_to_be_called(scene: Scene) -> None:
    """A second acknowledgement changes nothing."""
    scene.minutes(20)
    now_ms = scene.clock.now_ms()
    assert acknowledge(scene.gate, INCIDENT, by="someone", now_ms=now_ms)
    assert not acknowledge(scene.gate, INCIDENT, by="another", now_ms=now_ms + 1)
    assert scene.minutes(120) == []
    ack = scene.gate.find_record(f"ack/{INCIDENT}")
    assert ack is not None
    assert ack["by"] == "someone"


def test_an_incident_that_is_opened_again_is_carried_up_again(scene: Scene) -> None:
    """With a new answer wanted, and pages of their own."""
    scene.minutes(20)
    acknowledge(scene.gate, INCIDENT, by="someone", now_ms=scene.clock.now_ms())
    scene.clock.pass_seconds(60)
    scene.opened_ms = scene.clock.now_ms()
    scene.write(status="reopened")
    assert scene.minutes(15) == ["operations manager"]
    assert len({page.key for page in scene.pager.pages}) == 2


@pytest.mark.parametrize("status", ["mitigated", "closed"])
def test_an_incident_that_is_over_calls_nobody(scene: Scene, status: str) -> None:
    """The service is well, whoever noticed."""
    scene.write(status=status)
    assert scene.minutes(120) == []


def test_a_p3_calls_nobody(scene: Scene) -> None:
    """The matrix is for what cannot wait."""
    scene.write(status="open", severity="P3")
    assert scene.minutes(120) == []


def test_a_call_that_reached_nobody_is_made_again(scene: Scene) -> None:
    """In the next minute, until somebody is reached."""
    scene.pager.down = True
    assert scene.minutes(20) == []
    scene.pager.down = False
    assert scene.minutes(1) == ["operations manager"]


def test_what_the_ledger_forgot_is_held_back_by_the_pages_own_key(profile: Profile) -> None:
    """The same level has the same key, which the pager sends once."""
    scene = Scene(profile, ForgetfulLedger())
    assert scene.minutes(17) == ["operations manager"] * 3
    assert len({page.key for page in scene.pager.pages}) == 1


def test_an_incident_that_there_is_none_of_is_not_acknowledged(scene: Scene) -> None:
    """A mistyped id must not look like an answer."""
    with pytest.raises(BadInput, match="the id of an incident"):
        acknowledge(scene.gate, "incident-typo", by="someone", now_ms=0)


def test_whoever_answers_by_a_clock_that_is_behind_is_heard(scene: Scene) -> None:
    """An answer counts from the opening on, however early the clock says that it is."""
    assert acknowledge(scene.gate, INCIDENT, by="someone", now_ms=0)
    assert not acknowledge(scene.gate, INCIDENT, by="another", now_ms=0)
    assert scene.minutes(120) == []
