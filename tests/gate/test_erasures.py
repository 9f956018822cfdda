"""Holds and erasures meet in one record; keys are destroyed once, and stay gone."""

from __future__ import annotations

import pytest

from autopilot.adapters.local_keys import LocalVault
from autopilot.domain.erasure import IN_FLIGHT_MS, Exemption, Hold, Progress
from autopilot.domain.permit import ErasurePermit, KeyErasure, issue_erasure
from autopilot.errors import Inconsistent
from autopilot.gate.erasures import ErasureRefused
from autopilot.persons import WrappedKeys
from tests.gate.service import START_MS, Service

ANNA = "a" * 52
ERASURE = KeyErasure(ANNA, "run-1")
DAY_MS = 86_400_000


def vault_with(created_ms: int = START_MS - 1) -> LocalVault:
    """A vault that holds Anna's keys."""
    vault = LocalVault()
    vault.keep(ANNA, WrappedKeys("1" * 32, b"wrapped", created_ms))
    return vault


def held(until_ms: int = START_MS + DAY_MS) -> Hold:
    """A hold for legal claims."""
    return Hold(Exemption.LEGAL_CLAIMS, "legal, ticket L-7", until_ms)


def test_keys_are_destroyed_and_the_record_says_since_when(service: Service) -> None:
    """Begun, then done once calls under way have ended."""
    erasures, vault = service.gate.erasures, vault_with()
    begun = erasures.erase(vault, ERASURE, "R-1")
    assert begun.held
    assert vault.find(ANNA) is None
    assert erasures.erased_ms(ANNA) == START_MS
    service.clock.pass_seconds(300)
    done = erasures.conclude(vault, ERASURE, "R-1")
    assert done.standing.progress is Progress.DONE
    assert (done.standing.begun_ms, done.standing.done_ms) == (START_MS, START_MS + 300_000)


def test_twice_is_once(service: Service) -> None:
    """Every step repeated leaves the instants and the answer of the first."""
    erasures, vault = service.gate.erasures, vault_with()
    first = erasures.erase(vault, ERASURE, "R-1")
    service.clock.pass_seconds(1)
    assert erasures.erase(vault, ERASURE, "R-1") == first
    done = erasures.conclude(vault, ERASURE, "R-1")
    service.clock.pass_seconds(1)
    assert erasures.conclude(vault, ERASURE, "R-1") == done
    again = erasures.erase(vault, ERASURE, "R-1")
    assert again == done


def test_a_hold_stops_the_erasure_until_it_ends(service: Service) -> None:
    """And says who holds it, why, until when, and what to do."""
    erasures, vault = service.gate.erasures, vault_with()
    erasures.hold(ANNA, held())
    with pytest.raises(ErasureRefused, match=r"legal, ticket L-7 holds .* legal-claims"):
        erasures.erase(vault, ERASURE, "R-1")
    assert vault.find(ANNA) is not None
    assert erasures.erased_ms(ANNA) == 0
    service.clock.at_ms = START_MS + DAY_MS
    assert erasures.erase(vault, ERASURE, "R-1").held


def test_a_lifted_hold_holds_nothing(service: Service) -> None:
    """The erasure goes on at once."""
    erasures, vault = service.gate.erasures, vault_with()
    erasures.hold(ANNA, held())
    erasures.hold(ANNA, None)
    erasures.erase(vault, ERASURE, "R-1")
    assert vault.find(ANNA) is None


def test_a_hold_that_comes_after_the_intent_is_too_late(service: Service) -> None:
    """It says so, rather than promise what is gone."""
    erasures = service.gate.erasures
    erasures.erase(vault_with(), ERASURE, "R-1")
    with pytest.raises(ErasureRefused, match="came too late"):
        erasures.hold(ANNA, held())


def test_the_stop_lever_stops_an_erasure(service: Service) -> None:
    """It is the one effect that nobody can undo."""
    vault = vault_with()
    service.gate.engage_lever(by="operator", reason="looking")
    with pytest.raises(ErasureRefused, match="operator stopped all automation"):
        service.gate.erasures.erase(vault, ERASURE, "R-1")
    assert vault.find(ANNA) is not None


def test_two_requests_about_one_person_do_not_meet(service: Service) -> None:
    """The second is refused while the first is under way, and is one of its own afterwards."""
    erasures, vault = service.gate.erasures, vault_with()
    erasures.erase(vault, ERASURE, "R-1")
    with pytest.raises(ErasureRefused, match="request R-1 has been erasing this person"):
        erasures.erase(vault, ERASURE, "R-2")
    erasures.conclude(vault, ERASURE, "R-1")
    service.clock.pass_seconds(3600)
    vault.keep(ANNA, WrappedKeys("2" * 32, b"wrapped", service.clock.at_ms))
    service.clock.pass_seconds(1)
    second = erasures.erase(vault, ERASURE, "R-2")
    assert second.held
    assert vault.find(ANNA) is None


def test_keys_that_a_call_under_way_made_are_destroyed_at_the_end(service: Service) -> None:
    """It had read that nothing was erased before the intent was written."""
    erasures, vault = service.gate.erasures, vault_with()
    erasures.erase(vault, ERASURE, "R-1")
    vault.keep(ANNA, WrappedKeys("2" * 32, b"wrapped", START_MS + IN_FLIGHT_MS - 1))
    service.clock.pass_seconds(300)
    erasures.conclude(vault, ERASURE, "R-1")
    assert vault.find(ANNA) is None


def test_keys_of_a_person_who_came_back_are_left(service: Service) -> None:
    """They are none of this erasure, also when its run is started again."""
    erasures, vault = service.gate.erasures, vault_with()
    erasures.erase(vault, ERASURE, "R-1")
    back = WrappedKeys("2" * 32, b"wrapped", START_MS + IN_FLIGHT_MS)
    service.clock.pass_seconds(300)
    vault.keep(ANNA, back)
    erasures.erase(vault, ERASURE, "R-1")
    erasures.conclude(vault, ERASURE, "R-1")
    assert vault.find(ANNA) == back


def test_keys_that_do_not_go_away_are_told_of(service: Service) -> None:
    """An answer without an error is not believed: a strong read is."""

    class Keeps(LocalVault):
        """Says yes and deletes nothing."""

        def erase(self, erasure: KeyErasure, permit: ErasurePermit) -> None:
            """Do nothing."""

    vault = Keeps()
    vault.keep(ANNA, WrappedKeys("1" * 32, b"wrapped", START_MS - 1))
    with pytest.raises(Inconsistent, match="are there although they were deleted"):
        service.gate.erasures.erase(vault, ERASURE, "R-1")


def test_an_erasure_that_never_began_cannot_be_concluded(service: Service) -> None:
    """No receipt for what nobody did."""
    with pytest.raises(Inconsistent, match="has not begun"):
        service.gate.erasures.conclude(vault_with(), ERASURE, "R-1")


def test_a_permit_is_for_one_person() -> None:
    """It cannot be spent on another's keys."""
    vault = vault_with()
    permit = issue_erasure("erase keys", KeyErasure("b" * 52, "run-1"))
    with pytest.raises(Inconsistent, match="expected KeyErasure"):
        vault.erase(ERASURE, permit)


def test_whether_keys_were_held_is_known_after_a_death_in_between(service: Service) -> None:
    """A run that died after the deletion finds no keys, and still knows that there were some."""

    class Dies(LocalVault):
        """Ends the process right after the deletion."""

        def erase(self, erasure: KeyErasure, permit: ErasurePermit) -> None:
            """Delete, then die."""
            super().erase(erasure, permit)
            raise KeyboardInterrupt

    vault = Dies()
    vault.keep(ANNA, WrappedKeys("1" * 32, b"wrapped", START_MS - 1))
    with pytest.raises(KeyboardInterrupt):
        service.gate.erasures.erase(vault, ERASURE, "R-1")
    assert service.gate.erasures.erase(LocalVault(), ERASURE, "R-1").held
