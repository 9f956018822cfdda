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
from autopilot.domain.evidence.evidence import ByRegion, Evidence, Records
from autopilot.domain.evidence.running import ModelPlace, ModelUse
from autopilot.domain.known import Unread

HOUR_MS: Final = 3_600_000
#: The journal is exported every minute; an hour is the recovery point objective.
JOURNAL_HOURS_MAX: Final = 1
#: The trail is sealed every minute, verified every day.
SEAL_HOURS_MAX: Final = 1
VERIFY_HOURS_MAX: Final = 26
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
    def judge(region: str, at_ms: int) -> Judgement:
        hours = (evidence.now_ms - at_ms) // HOUR_MS
        if region in records.trail_damaged:
            return Judgement(Verdict.FAIL, "the last verification found damage")
        no = f"last verified {hours} h ago, at most {VERIFY_HOURS_MAX}"
        return holds(hours <= VERIFY_HOURS_MAX, f"verified {hours} h ago", no)

    verified = records.trail_verified_ms or {}
    return [_observed(region, judge(region, at)) for region, at in verified.items()]


def _sealed(records: Records, evidence: Evidence) -> Sequence[Observation]:
    def judge(at_ms: int) -> Judgement:
        minutes = (evidence.now_ms - at_ms) // 60_000
        no = f"last sealed {minutes} min ago, at most {SEAL_HOURS_MAX * 60}"
        return holds(minutes <= SEAL_HOURS_MAX * 60, f"sealed {minutes} min ago", no)

    sealed = records.trail_sealed_ms or {}
    return [_observed(region, judge(at)) for region, at in sealed.items()]


def _erasures(records: Records, evidence: Evidence) -> Sequence[Observation]:
    if records.erasures_due_ms is None:
        return []
    overdue = [
        Observation(request, Verdict.FAIL, "a person asked for erasure and has no answer in time")
        for request, due in records.erasures_due_ms.items()
        if due < evidence.now_ms
    ]
    waiting = len(records.erasures_due_ms)
    return overdue or [Observation("requests", Verdict.PASS, f"{waiting} wait, none is overdue")]


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
        of_records(_sealed),
    ),
    Control(
        "erasures-answered",
        "Requests of persons are answered in time",
        "17(1)",
        Level.HIGH,
        "Carry the erasure out, or tell the person why not: Art. 12(3) and (4).",
        of_records(_erasures),
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
