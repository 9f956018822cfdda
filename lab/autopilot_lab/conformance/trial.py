"""Tries beliefs, one after the other, and says what came of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from autopilot_lab.conformance.belief import Assertion, Belief
from autopilot_lab.conformance.places import Place
from autopilot_lab.conformance.run import Run
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.verdicts import NotShown, Violated

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


class Verdict(StrEnum):
    """What a trial showed."""

    HELD = "held"
    VIOLATED = "violated"
    NOT_SHOWN = "not shown here"


@dataclass(frozen=True, slots=True)
class Result:
    """A belief's verdict, why, and what of the trial's resources could not be removed."""

    belief: Belief
    verdict: Verdict
    reason: str = ""
    leftovers: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        source = self.belief.source
        return {
            "id": self.belief.id,
            "statement": self.belief.statement,
            "verdict": str(self.verdict),
            "reason": self.reason,
            "gap": self.belief.gap is not None,
            "source": {"title": source.title, "address": source.address},
            "leftovers": list(self.leftovers),
        }


def try_all(beliefs: Sequence[Belief], place: Place) -> Iterator[Result]:
    """Try beliefs in order, each in a sandbox of its own; shared resources go at the end.

    What of the shared resources could not be removed is with the last result.
    """
    run, last = Run(place), None
    try:
        for belief in beliefs:
            if last is not None:
                yield last
            last = try_one(belief, run)
    finally:
        run.cleaner.clean()
    if last is not None:
        leftovers = (*last.leftovers, *run.cleaner.leftovers)
        yield Result(last.belief, last.verdict, last.reason, leftovers)


def try_one(belief: Belief, run: Run) -> Result:
    """Try one belief where the run is."""
    lab = run.place.is_lab
    if belief.assertion is None:
        return Result(belief, Verdict.NOT_SHOWN, f"documented only: {belief.untried}")
    if lab and belief.account_only:
        return Result(belief, Verdict.NOT_SHOWN, f"an account shows it: {belief.account_only}")
    sandbox = Sandbox(run)
    verdict, reason = _ask(belief.assertion, sandbox)
    if lab and belief.gap is not None:
        verdict, reason = _of_a_gap(belief, verdict, reason)
    return Result(belief, verdict, reason, tuple(sandbox.cleaner.leftovers))


def _ask(assertion: Assertion, sandbox: Sandbox) -> tuple[Verdict, str]:
    try:
        with sandbox:
            assertion(sandbox)
    except Violated as violation:
        return Verdict.VIOLATED, str(violation)
    except NotShown as unseen:
        return Verdict.NOT_SHOWN, str(unseen)
    except ClientError as error:
        denied = error.response["Error"]["Code"] in DENIED
        if denied and not sandbox.place.is_lab:
            return Verdict.NOT_SHOWN, f"these credentials may not try it: {error}"
        return Verdict.VIOLATED, f"unexpected: {error}"
    except Exception as error:  # noqa: BLE001 - the other beliefs are still tried
        return Verdict.VIOLATED, f"unexpected: {type(error).__name__}: {error}"
    return Verdict.HELD, ""


def _of_a_gap(belief: Belief, verdict: Verdict, reason: str) -> tuple[Verdict, str]:
    """A known gap is not news; one that has closed, or that shows otherwise, is."""
    if belief.gap is None or verdict is Verdict.NOT_SHOWN:
        return verdict, reason
    if verdict is Verdict.HELD:
        return verdict, "the gap has closed: remove its mark"
    if belief.gap.seen in reason:
        return Verdict.NOT_SHOWN, f"known gap of the lab: {belief.gap.lab}"
    return verdict, reason
