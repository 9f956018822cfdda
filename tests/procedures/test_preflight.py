"""A whole pre-flight over an account in memory: what is asked, where, and what absence says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from autopilot.domain.inventory import Minute, Use
from autopilot.domain.preflight import Answer, Check, Preflight
from autopilot.domain.probes import ProbeObservation, TargetState
from autopilot.domain.profile import Profile
from autopilot.domain.verdict import State
from autopilot.errors import AutopilotError, Misconfigured, Transient
from autopilot.gate.gate import Gate
from autopilot.ports.inventory import Inventory
from autopilot.procedures.dependencies import Dependencies
from autopilot.procedures.preflight import preflight_of
from autopilot.procedures.preflight.looking import look
from autopilot.procedures.preflight.memory import RECORD_PREFIX, to_record
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import SettableClock
from tests.procedures.conftest import NOW_MS
from tests.procedures.made_up_inventory import HOME, STANDBY, Account

GO, WARN, NO_GO = Answer.GO, Answer.WARN, Answer.NO_GO
HOUR_MS = 3_600_000
TOKENS = "L-58BE175A"


@dataclass
class Bench:
    """What a pre-flight in the standby may ask for."""

    profile: Profile
    account: Account = field(default_factory=Account)
    clock: SettableClock = field(default_factory=lambda: SettableClock(NOW_MS))
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    region: str = STANDBY

    def __post_init__(self) -> None:
        """A ledger, and two vantages that see both regions well."""
        self.gate.initialise(self.profile.baseline())
        well = TargetState(State.HEALTHY, 0, 6, NOW_MS, "")
        seen = ProbeObservation({HOME: well, STANDBY: well}, well, NOW_MS).to_record()
        for vantage in (HOME, STANDBY):
            self.gate.record(f"probes/{vantage}", seen, once=False)

    @property
    def gate(self) -> Gate:
        """Over the ledger in memory."""
        return Gate(self.ledger, self.clock)

    @property
    def inventory(self) -> Inventory:
        """The account's."""
        return self.account.inventory()

    @property
    def endpoints(self) -> Account:
        """The service answers for itself as its account says."""
        return self.account

    def look(self, lost: str | None = None, *, reachable: bool = False) -> Preflight:
        """To the standby."""
        dependencies = cast("Dependencies", self)
        return preflight_of(dependencies, STANDBY, lost, reachable=reachable, holder="our-run")

    def remember(self, hours_ago: int) -> None:
        """What a full sweep wrote down so many hours ago."""
        looked = look(cast("Dependencies", self), STANDBY, HOME, reachable=True)
        known = replace(looked.preflight, observed_ms=NOW_MS - hours_ago * HOUR_MS)
        record = to_record(known, looked.peaks, "sweep-1")
        self.gate.record(RECORD_PREFIX + STANDBY, record, once=False)
        self.account.asked.clear()


@pytest.fixture
def bench(profile: Profile) -> Bench:
    """Everything is well."""
    return Bench(profile)


def named(found: Preflight, name: str) -> Check:
    """The check of that name."""
    return next(check for check in found.checks if check.name == name)


def test_every_kind_of_check_is_made(bench: Bench) -> None:
    """And only what the profile accepts warns: capacity in stages, shared fate, advice."""
    found = bench.look()
    assert {check.kind for check in found.against} == {
        "proven-capacity",
        "shared-fate",
        "model-availability",
    }
    assert {check.kind for check in found.checks} == {
        "budget",
        "calendar",
        "canary",
        "data-lag",
        "guardrail",
        "inference-profile",
        "invocation-logging",
        "invoke-rights",
        "journal",
        "key",
        "lease",
        "model-availability",
        "model-lifecycle",
        "orchestrator",
        "path",
        "proven-capacity",
        "quota-requests-per-minute",
        "quota-tokens-per-minute",
        "region",
        "residency",
        "shared-fate",
        "stop-lever",
        "throttles",
        "tools",
    }
    assert (found.answer, found.carries_percent) == (WARN, 70)


ASKED = {
    "availability": ("model-availability/direct", WARN),
    "canaries": ("canary/direct", NO_GO),
    "get_json": ("path/mcp", NO_GO),
    "guardrail": ("guardrail/no-personal-data", NO_GO),
    "inference_profile": ("residency/direct", NO_GO),
    "invocation_logging": ("invocation-logging", NO_GO),
    "invoke_rights": ("invoke-rights/direct", NO_GO),
    "key": ("key/alias/hybrid-routing-pages", NO_GO),
    "lag": ("data-lag/conversations", NO_GO),
    "ledger_version": ("data-lag/ledger", NO_GO),
    "model": ("model-lifecycle/direct", NO_GO),
    "quota": ("quota-requests-per-minute/direct", NO_GO),
    "use": ("throttles/direct", NO_GO),
}


@pytest.mark.parametrize("error", [Transient, Misconfigured], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("method", sorted(ASKED))
def test_what_cannot_be_read_is_never_go(
    bench: Bench, method: str, error: type[AutopilotError]
) -> None:
    """By no answer or by a 4xx; advice that does not come warns, as it never decides."""
    name, answer = ASKED[method]
    bench.account.fails[method] = error("it said nothing")
    found = bench.look()
    assert named(found, name).answer is answer
    assert "it said nothing" in named(found, name).reason
    assert found.answer is (NO_GO if answer is NO_GO else WARN)


def test_a_4xx_is_told_as_a_fault_of_configuration(bench: Bench) -> None:
    """Whoever reads it shall not take it for a sick region."""
    bench.account.fails["key"] = Misconfigured("AccessDeniedException")
    reason = named(bench.look(), "key/alias/hybrid-routing-pages").reason
    assert reason == "a fault of configuration, not of the region: AccessDeniedException"


def test_a_service_that_did_not_answer_is_not_asked_again(bench: Bench) -> None:
    """Each time-out takes seconds that others need; a refusal comes at once, and proves life."""
    for error, times in ((Transient("time-out"), 1), (Misconfigured("no"), 2)):
        bench.account.asked.clear()
        bench.account.fails["quota"] = error
        bench.look()
        assert [method for method, _ in bench.account.asked].count("quota") == times


def test_without_a_ledger_every_check_of_it_is_unread(bench: Bench) -> None:
    """Lever, lease, journal, budget, probes: unknown is NO-GO, and nothing is raised."""

    def silent(_record: str, **_: object) -> None:
        raise Transient("no replica answered")

    bench.ledger.read = bench.ledger.query = silent  # type: ignore[assignment,method-assign]
    unread = {check.name for check in bench.look().checks if not check.is_read}
    assert unread == {
        "budget/failover",
        "budget/remediation",
        "journal",
        "lease",
        f"region/{STANDBY}",
        "stop-lever",
    }


def test_the_time_is_bounded(bench: Bench) -> None:
    """What is not read when the seconds are over is not read any more."""

    def slowly(region: str) -> tuple[int, int]:
        bench.clock.pass_seconds(bench.profile.preflight.seconds_max)
        return (99, len(region))

    bench.account.ledger_version = slowly  # type: ignore[method-assign]
    found = bench.look()
    assert bench.account.asked == []
    assert named(found, "canary/direct").reason == "the 15 s of the pre-flight were over"
    assert found.answer is NO_GO


# -- a region that is lost -------------------------------------------------------------------------


def test_nothing_is_asked_of_a_region_that_is_lost(bench: Bench) -> None:
    """Not one call goes there; without a record its peak is not known, and that is NO-GO."""
    found = bench.look(HOME)
    assert [method for method, region in bench.account.asked if region == HOME] == []
    assert {check.name for check in found.with_answer(NO_GO)} == {
        "quota-requests-per-minute/direct",
        "quota-tokens-per-minute/direct",
    }
    assert found.carries_percent is None


def test_the_peak_of_a_lost_region_is_that_of_the_last_full_sweep(bench: Bench) -> None:
    """Which is what is wanted: before the incident. Its age is shown."""
    bench.remember(hours_ago=7)
    bench.account.uses[HOME] = Use((), None, None, None)
    found = bench.look(HOME)
    quota = named(found, "quota-tokens-per-minute/direct")
    assert (quota.answer, quota.age_seconds) == (GO, 7 * 3_600)
    assert found.answer is WARN


@pytest.mark.parametrize("of_both, wanted", [(True, "1,800"), (False, "2,400")])
def test_what_the_target_uses_since_the_sweep_counts_where_it_is_more(
    bench: Bench, *, of_both: bool, wanted: str
) -> None:
    """Both had 1,200 then, it alone has 1,800 now. A record of before knows the lost one only."""
    bench.remember(hours_ago=1)
    item = dict(bench.gate.find_record(RECORD_PREFIX + STANDBY) or {})
    if not of_both:
        item["peaks_of"] = ""
        item["peaks"]["direct"]["requests"] = 600
        bench.gate.record(RECORD_PREFIX + STANDBY, item, once=False)
    bench.account.uses[STANDBY] = Use((Minute(1_800, 60_000, 6_000),), None, 600, 500)
    quota = named(bench.look(HOME), "quota-requests-per-minute/direct")
    assert quota.limit.startswith(f"{wanted} requests a minute")


@pytest.mark.parametrize("hours_ago, answer", [(26, GO), (27, NO_GO)])
def test_a_record_that_is_too_old_is_forgotten(
    bench: Bench, hours_ago: int, answer: Answer
) -> None:
    """A sweep that was missed is survived, two are not."""
    bench.remember(hours_ago)
    found = bench.look(HOME)
    assert named(found, "quota-tokens-per-minute/direct").answer is answer


def test_a_record_that_cannot_be_read_is_none(bench: Bench) -> None:
    """Whatever somebody left there, nothing is taken from it."""
    bench.remember(hours_ago=1)
    bench.ledger.items[RECORD_PREFIX + STANDBY]["preflight"] = '{"answer": "GO"}'
    assert named(bench.look(HOME), "quota-tokens-per-minute/direct").answer is NO_GO


@pytest.mark.parametrize(
    "method, name",
    [
        ("model", "model-lifecycle/direct"),
        ("inference_profile", "residency/direct"),
        ("invoke_rights", "invoke-rights/direct"),
        ("quota", "quota-requests-per-minute/direct"),
        ("key", "key/alias/hybrid-routing-pages"),
        ("guardrail", "guardrail/no-personal-data"),
        ("invocation_logging", "invocation-logging"),
    ],
)
def test_a_silent_control_plane_is_stood_in_for_when_a_region_is_lost(
    bench: Bench, method: str, name: str
) -> None:
    """At best as a warning, with the age of what is remembered; never for a move of choice."""
    bench.remember(hours_ago=3)
    bench.account.fails[method] = Transient("time-out")
    check = named(bench.look(HOME), name)
    assert (check.answer, check.age_seconds) == (WARN, 3 * 3_600)
    assert "time-out" in check.reason
    assert named(bench.look(), name).answer is NO_GO


@pytest.mark.parametrize("method", ["canaries", "ledger_version", "get_json", "use"])
def test_what_changes_by_the_minute_is_never_remembered(bench: Bench, method: str) -> None:
    """A canary of yesterday proves nothing of today."""
    bench.remember(hours_ago=3)
    bench.account.fails[method] = Transient("time-out")
    assert bench.look(HOME).answer is NO_GO


def test_what_was_no_go_yesterday_stays_so(bench: Bench) -> None:
    """A memory never makes an answer milder."""
    bench.account.destinations = (STANDBY, "us-east-1")
    bench.remember(hours_ago=3)
    bench.account.fails["inference_profile"] = Transient("time-out")
    assert named(bench.look(HOME), "residency/direct").answer is NO_GO


def test_a_rehearsal_asks_the_region_that_is_only_supposed_to_be_lost(bench: Bench) -> None:
    """It is judged as a loss, on what is so now, and remembers nothing."""
    bench.account.quotas[TOKENS] = 2 * 90_000 * 0.8
    found = bench.look(HOME, reachable=True)
    assert named(found, "quota-tokens-per-minute/direct").answer is WARN
    assert (HOME, "use") in {(region, method) for method, region in bench.account.asked}
    assert named(bench.look(), "quota-tokens-per-minute/direct").answer is NO_GO


# -- what is carried -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change, carries",
    [
        (lambda _account: None, 70),
        (lambda account: account.quotas.update({TOKENS: 61_560.0}), 27),
        (lambda account: account.quotas.update({TOKENS: None}), None),
        (lambda account: account.fails.update(quota=Transient("no")), None),
    ],
    ids=["proven capacity", "a narrow quota", "no such quota", "an unread quota"],
)
def test_the_narrowest_decides_what_is_carried(
    bench: Bench, change: Callable[[Account], None], carries: int | None
) -> None:
    """Of a quota that nobody knows nothing can be said in all."""
    change(bench.account)
    assert bench.look().carries_percent == carries


def test_a_model_that_nobody_uses_says_nothing_of_what_would_come(bench: Bench) -> None:
    """No metric in either region is no peak of zero; in one of them it may be so."""
    bench.account.uses[HOME] = Use((), None, None, None)
    assert named(bench.look(), "quota-tokens-per-minute/direct").answer is GO
    bench.account.uses[STANDBY] = Use((), None, None, None)
    found = bench.look()
    assert named(found, "quota-tokens-per-minute/direct").answer is NO_GO
    assert found.carries_percent is None


def test_requests_bind_where_tokens_do_not(bench: Bench) -> None:
    """Many small requests: either quota can be the one."""
    for region in (HOME, STANDBY):
        bench.account.uses[region] = Use((Minute(900_000, 9, 9),), None, None, None)
    found = bench.look()
    assert named(found, "quota-requests-per-minute/direct").answer is NO_GO
    assert named(found, "quota-tokens-per-minute/direct").answer is GO


def test_a_service_without_a_described_role_is_not_proven(profile: Profile) -> None:
    """Whose rights should the canary prove?"""
    section = profile.preflight.model_copy(update={"execution_role": None})
    found = Bench(profile.model_copy(update={"preflight": section})).look()
    assert {check.name for check in found.with_answer(NO_GO)} == {
        "canary/direct",
        "invoke-rights/direct",
    }


def test_copies_of_data_are_asked_in_the_target(bench: Bench) -> None:
    """As old as what was told; the copy of the other way is not asked."""
    found = bench.look(HOME)
    check = named(found, "data-lag/conversations")
    assert (check.answer, check.observed, check.age_seconds) == (GO, "12 s behind", 120)
    assert [name for name, _ in bench.account.asked].count("lag") == 1


def test_several_models_of_one_path_are_told_apart(profile: Profile) -> None:
    """Each by its inference profile; no check stands for two."""
    (model,) = profile.bedrock.models
    other = model.model_copy(update={"model": "amazon.nova", "profile": "eu.amazon.nova"})
    section = profile.bedrock.model_copy(update={"models": (model, other)})
    found = Bench(profile.model_copy(update={"bedrock": section})).look()
    names = [check.name for check in found.checks]
    assert len(names) == len(set(names))
    assert {"canary/eu.amazon.nova", f"canary/{model.profile}"} <= set(names)
