"""ledger_restore: people have stopped everything, and the ledger is put back from its backup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autopilot.gate.restoring import STEP
from autopilot_lab.assurance.aftermath import Aftermath
from autopilot_lab.assurance.bench import Bench, reference_profile
from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.cases.quiet import keep_the_service_quiet
from autopilot_lab.drill.profiles import with_changes
from autopilot_lab.emulator.strict.table_recovery import LATEST_SECONDS

RUN: Final = "by-hand-restore"
#: What was written last can be restored by then.
RESTORABLE_AFTER_SECONDS: Final = LATEST_SECONDS + 20.0
_OLD, _RESTORED = 1, 2  #: epochs


def described() -> str:
    """The reference profile, with nobody to be waited for: approvals have cases of their own."""
    return with_changes(reference_profile(), "approvals.ledger_restore.needed = false")


def _begin(bench: Bench) -> None:
    keep_the_service_quiet(bench)
    bench.aws.run(RESTORABLE_AFTER_SECONDS)
    bench.installation.gate.engage_lever(by="anna", reason="the ledger is wrong")
    request = {"mode": "execute", "action": "restore", "reason": "assurance"}
    bench.installation.start_run("ledger_restore", request, region=bench.home, name=RUN)


def _old_or_restored(aftermath: Aftermath) -> list[str]:
    """The ledger is the old one or the restored one, whole; and the lever is engaged in both."""
    item, found = aftermath.item, []
    if not item["lever"]["engaged"]:
        found.append("automation may act although people stopped it")
    if item["epoch"] not in (_OLD, _RESTORED):
        found.append(f"epoch {item['epoch']}: it was put back more than once")
    restored = item["epoch"] == _RESTORED
    if restored != _is_restored(item):
        found.append(f"half of it is put back: {dict(item)}")
    if _succeeded(aftermath) and not restored:
        found.append("the run says that it is back, and it is not")
    return found


def _is_restored(item: Mapping[str, Any]) -> bool:
    return (
        item["fence"] >= STEP
        and item["turns"]["count"] >= STEP
        and item["last_effect"]["act"] == "restore"
        and not item["standing"]
        and not item["lease"]["holder"]
    )


def _succeeded(aftermath: Aftermath) -> bool:
    return any(run.status == "SUCCEEDED" for run in aftermath.runs_of("ledger_restore"))


CASES: Final = (
    Case(
        name="put_back",
        begin=_begin,
        owns=lambda caller, invoker: RUN in caller or RUN in invoker,
        run=RUN,
        by_hand=True,
        check=_old_or_restored,
        from_seconds=RESTORABLE_AFTER_SECONDS,
        horizon_seconds=5_400.0,
        described=described,
    ),
)
