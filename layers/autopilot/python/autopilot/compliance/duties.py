"""Controls over models, records of the ledger, and what the profile promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from autopilot.compliance.control import (
    Control,
    Examine,
    Judgement,
    each,
    holds,
    judged,
    once,
    unread,
)
from autopilot.domain.assessment import Level, Observation, Verdict
from autopilot.domain.evidence.evidence import ByRegion, Evidence
from autopilot.domain.evidence.records import (
    Erasure,
    Records,
    Request,
    RestoreTried,
    RetentionReport,
    TrailState,
)
from autopilot.domain.evidence.running import ModelPlace, ModelUse
from autopilot.domain.evidence.storage import TrailInbox
from autopilot.domain.instants import day_of
from autopilot.domain.known import Unread

HOUR_MS: Final = 3_600_000
#: The journal is exported every minute; an hour is the recovery point objective.
JOURNAL_HOURS_MAX: Final = 1
#: The trail is sealed every minute, verified every day.
SEAL_HOURS_MAX: Final = 1
VERIFY_HOURS_MAX: Final = 26
#: An erasure takes minutes; Art. 12(3) gives a month, which a run that died must not use up.
ERASE_HOURS_MAX: Final = 24
#: Families of incidents that may be breaches of personal data: Art. 4(12).
BREACHES: Final = ("data", "security")


def _models(evidence: Evidence) -> ByRegion[ModelUse]:
    return evidence.account.models


def _places(evidence: Evidence) -> ByRegion[ModelPlace]:
    return evidence.account.model_places


def _resident(use: ModelUse, evidence: Evidence) -> Judgement | None:
    allowed = evidence.profile.regions.residency

    def judge(regions: Sequence[str]) -> Judgement:
        astray = [one for one in regions if one not in allowed]
        no = f"may be answered in {', '.join(astray)}, outside residency"
        return holds(not astray, f"answered in {', '.join(regions)}", no)

    return judged(use.answers_in, judge)


def _logging(place: ModelPlace, evidence: Evidence) -> Judgement | None:
    wanted = evidence.profile.compliance.model_logging

    def judge(on: bool) -> Judgement:  # noqa: FBT001 - what was read
        words = {True: "prompts and answers are logged", False: "no prompt or answer is logged"}
        return holds(on is wanted, words[on], f"{words[on]}, the profile says otherwise")

    return judged(place.logs_content, judge)


def _guarded(place: ModelPlace, evidence: Evidence) -> Judgement | None:
    wanted = evidence.profile.compliance.guardrails

    def judge(ready: Sequence[str]) -> Judgement:
        missing = [one for one in wanted if one not in ready]
        return holds(not missing, "all ready", f"not ready: {', '.join(missing)}")

    return judged(place.guardrails, judge) if wanted else None


def of_records(judge: Callable[[Records, Evidence], Sequence[Observation]]) -> Examine:
    """Examine what the ledger says."""

    def examine(evidence: Evidence) -> Sequence[Observation]:
        if isinstance(evidence.records, Unread):
            return [unread("ledger", evidence.records)]
        return judge(evidence.records.value, evidence)

    return examine


def _observed(subject: str, said: Judgement) -> Observation:
    return Observation(subject, said.verdict, said.said)


def _journal(records: Records, evidence: Evidence) -> Sequence[Observation]:
    oldest = records.journal_oldest_ms
    minutes = 0 if oldest is None else (evidence.now_ms - oldest) // 60_000
    late = f"an entry has waited for {minutes} min, at most {JOURNAL_HOURS_MAX * 60}"
    said = holds(minutes <= JOURNAL_HOURS_MAX * 60, "exported in time", late)
    return [_observed("journal", said)]


def _breaches(records: Records, evidence: Evidence) -> Sequence[Observation]:
    hours_max = evidence.profile.compliance.breach_hours
    ages = {one.incident: (evidence.now_ms - one.opened_ms) // HOUR_MS for one in records.breaches}
    found = [
        _observed(
            incident,
            holds(
                hours < hours_max,
                f"open for {hours} h, due after {hours_max}",
                f"open for {hours} h: the authority must be told within 72 h of awareness",
            ),
        )
        for incident, hours in ages.items()
    ]
    nothing = Observation("incidents", Verdict.PASS, "no incident is open that may be a breach")
    return found or [nothing]


def _verified(records: Records, evidence: Evidence) -> Sequence[Observation]:
    return [_observed(one.region, _verification(one, evidence)) for one in records.trails]


def _verification(trail: TrailState, evidence: Evidence) -> Judgement:
    if trail.verified_ms is None:
        return Judgement(Verdict.FAIL, "it has segments, and was never verified")
    if not trail.whole:
        return Judgement(Verdict.FAIL, "the last verification found damage")
    hours = (evidence.now_ms - trail.verified_ms) // HOUR_MS
    no = f"last verified {hours} h ago, at most {VERIFY_HOURS_MAX}"
    return holds(hours <= VERIFY_HOURS_MAX, f"verified {hours} h ago", no)


def _sealed(inbox: TrailInbox, evidence: Evidence) -> Judgement:
    if inbox.oldest_ms is None:
        return Judgement(Verdict.PASS, "nothing waits to be sealed")
    minutes = (evidence.now_ms - inbox.oldest_ms) // 60_000
    no = f"entries have waited for {minutes} min, at most {SEAL_HOURS_MAX * 60}"
    return holds(minutes <= SEAL_HOURS_MAX * 60, f"waiting for {minutes} min", no)


def _archived(records: Records, evidence: Evidence) -> Sequence[Observation]:
    return [_observed(one.region, _archiving(one, evidence)) for one in records.retention]


def _archiving(report: RetentionReport, evidence: Evidence) -> Judgement:
    hours = (evidence.now_ms - report.at_ms) // HOUR_MS
    if hours > VERIFY_HOURS_MAX:
        return Judgement(Verdict.FAIL, f"last archived {hours} h ago, at most {VERIFY_HOURS_MAX}")
    no = f"{report.waiting} packs were due and are not archived"
    return holds(not report.waiting, "everything that was due is archived", no)


def _limits(records: Records, _: Evidence) -> Sequence[Observation]:
    yes = "nothing is older than its limit"
    return [
        _observed(one.region, holds(not one.over, yes, f"{one.over} classes are over their limit"))
        for one in records.retention
    ]


def _erasures(records: Records, evidence: Evidence) -> Sequence[Observation]:
    def judge(erasure: Erasure) -> Judgement:
        hours = (evidence.now_ms - erasure.begun_ms) // HOUR_MS
        no = f"begun {hours} h ago, and not concluded"
        return holds(erasure.is_done or hours <= ERASE_HOURS_MAX, "in time", no)

    return [_observed(one.reference, judge(one)) for one in records.erasures]


def _requests(records: Records, evidence: Evidence) -> Sequence[Observation]:
    def judge(request: Request) -> Judgement:
        due = day_of(request.due_ms)
        in_time = not request.is_open or evidence.now_ms <= request.due_ms
        yes = f"open, due on {due}" if request.is_open else "answered"
        return holds(in_time, yes, f"was due on {due}, and is open")

    return [_observed(one.number, judge(one)) for one in records.requests]


def _restored(records: Records, evidence: Evidence) -> Sequence[Observation]:
    return [_observed("ledger", _restoring(records.restore, evidence))] if records.restore else []


def _restoring(restore: RestoreTried, evidence: Evidence) -> Judgement:
    """Art. 32(1)(d): a process for regularly testing; a backup that nobody restored is a hope."""
    days_max = evidence.profile.rehearsal.restore_days
    days = (evidence.now_ms - restore.at_ms) // (24 * HOUR_MS)
    if not restore.is_tried:
        no = f"recovery has been rehearsed for {days} days, and no restore was tried"
        return holds(days <= days_max, f"due within {days_max} days of the first rehearsal", no)
    if not restore.is_sound:
        return Judgement(Verdict.FAIL, "the copy that was restored last did not verify")
    no = f"last tried {days} days ago, at most {days_max}"
    return holds(days <= days_max, f"tried {days} days ago, and sound", no)


def _contacts(evidence: Evidence) -> Judgement:
    controller = evidence.profile.compliance.controller
    wanted = {
        "data_protection_officer": controller.data_protection_officer,
        "authority": controller.authority,
    }
    missing = [name for name, value in wanted.items() if not value]
    return holds(not missing, "named", f"the profile does not name {', '.join(missing)}")


def _notice(evidence: Evidence) -> Judgement:
    notice = evidence.profile.compliance.controller.notice
    return holds(bool(notice), notice, "the profile does not say how persons are told")


CONTROLS: Final = (
    Control(
        "models-resident",
        "Models answer only where data may be",
        "44",
        Level.HIGH,
        "Name an inference profile whose destinations are all in regions.residency.",
        each(_models, _resident),
    ),
    Control(
        "model-logging-decided",
        "Prompts and answers are logged only as decided",
        "25(2)",
        Level.HIGH,
        "aws bedrock delete-model-invocation-logging-configuration, or decide otherwise.",
        each(_places, _logging),
        "",
        "",
        ("bedrock_model_invocation_logging_enabled",),
    ),
    Control(
        "guardrails-ready",
        "Guardrails of the profile are ready",
        "25(1)",
        Level.MEDIUM,
        "Create the guardrail in each region that serves.",
        each(_places, _guarded),
        "",
        "",
        ("bedrock_guardrails_configured",),
    ),
    Control(
        "journal-exported",
        "Effects are exported to the trail in time",
        "5(2)",
        Level.HIGH,
        "Look at tend_ledger's log: it exports every minute.",
        of_records(_journal),
    ),
    Control(
        "trail-verified",
        "The trail is verified each day, and whole",
        "5(2)",
        Level.HIGH,
        "Start the verification by hand; damage is a security incident.",
        of_records(_verified),
    ),
    Control(
        "trail-sealed",
        "Events are sealed into the trail in time",
        "5(2)",
        Level.MEDIUM,
        "Look at the log of the function that seals.",
        each(lambda evidence: evidence.account.trail_inboxes, _sealed),
    ),
    Control(
        "trail-archived",
        "The trail is archived in time",
        "5(2)",
        Level.MEDIUM,
        "Start audit_archive by hand; the retention report names what was left.",
        of_records(_archived),
    ),
    Control(
        "limits-kept",
        "Nothing of the trail is kept beyond its limit",
        "5(1)(e)",
        Level.HIGH,
        "Look at the retention report: a hold, or an archiving that does not end.",
        of_records(_limits),
    ),
    Control(
        "erasures-concluded",
        "Erasures that have begun are concluded",
        "17(1)",
        Level.HIGH,
        "Start subject_erasure with the same request again: it goes on where it ended.",
        of_records(_erasures),
    ),
    Control(
        "requests-in-time",
        "Requests of persons are answered in time",
        "12(3)",
        Level.HIGH,
        "Carry it out; or tell the person why not (Art. 12(4)), and note that as an exception.",
        of_records(_requests),
    ),
    Control(
        "restore-tried",
        "A restore of the ledger is tried, and its copy is sound",
        "32(1)(d)",
        Level.MEDIUM,
        'Start ledger_restore with {"mode": "execute"}: it verifies a copy and removes it.',
        of_records(_restored),
    ),
    Control(
        "breaches-attended",
        "No incident that may be a breach is left open",
        "33(1)",
        Level.HIGH,
        "Decide whether it is a breach; tell the authority, and write down why not if not.",
        of_records(_breaches),
    ),
    Control(
        "breach-contacts",
        "Who is told of a breach is written down",
        "33(3)(b)",
        Level.MEDIUM,
        "Fill in compliance.controller of the profile.",
        once("profile", _contacts),
    ),
    Control(
        "persons-can-be-told",
        "How persons are told of a breach is written down",
        "34(1)",
        Level.MEDIUM,
        "Fill in notice in compliance.controller of the profile.",
        once("profile", _notice),
    ),
)
