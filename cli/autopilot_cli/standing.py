"""How the service stands, from its ledger: as data, and as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autopilot.adapters.system_clock import SystemClock
from autopilot.gate.ledger import LedgerView
from autopilot_cli.connection import Connection

_BAR_WIDTH: Final = 25
_NARROW_BAR_WIDTH: Final = 10
_WIDE_COLUMNS: Final = 100  #: from here on the long bar leaves room for the rest


def status_of(connection: Connection) -> dict[str, Any]:
    """Everything an operator asks first, as plain JSON. Instants are Unix milliseconds."""
    view = connection.gate.read()
    now_ms = SystemClock().now_ms()
    lease = view.lease
    return {
        "service": connection.profile.service.name,
        "now_ms": now_ms,
        "lever": {
            "engaged": view.lever.engaged,
            "reason": view.lever.reason,
            "by": view.lever.by,
            "at_ms": view.lever.at_ms,
        },
        "lease": {
            "holder": lease.holder,
            "runbook": lease.runbook,
            "fence": view.fence,
            "expires_ms": lease.expires_ms,
            "alive": bool(lease.holder) and lease.expires_ms > now_ms,
        },
        "epoch": view.epoch,
        "version": view.version,
        "allocation": view.allocation.to_dict(),
        "baseline": connection.profile.baseline().to_dict(),
        "contained": _contained(view, now_ms),
        "incidents": [*_incidents(connection)],
        "standing_plans": _standing(view, now_ms),
        "budgets": {
            kind: {
                "runs": budget.runs if budget.window_ends_ms > now_ms else 0,
                "window_ends_ms": budget.window_ends_ms,
            }
            for kind, budget in sorted(view.budgets.items())
        },
        "journal_waiting": sum(1 for _ in view.journal()),
    }


def _contained(view: LedgerView, now_ms: int) -> dict[str, Any] | None:
    if view.dwell.until_ms <= now_ms:
        return None
    return {"route": view.dwell.route, "until_ms": view.dwell.until_ms}


def _incidents(connection: Connection) -> Iterator[dict[str, Any]]:
    """Those that are open, with how they stand and who has taken them."""
    gate = connection.gate
    for claim in gate.find_incidents():
        if not claim.is_open:
            continue
        present = gate.find_record(f"incident/{claim.incident}") or {}
        taken = gate.find_record(f"ack/{claim.incident}") or {"at_ms": 0}
        opened_ms = int(present.get("opened_ms", claim.opened_ms))
        counts = int(taken["at_ms"]) >= opened_ms  # opened again, it wants a new answer
        yield {
            "incident": claim.incident,
            "severity": str(present.get("severity", "")),
            "situation": str(present.get("situation", "")),
            "opened_ms": opened_ms,
            "taken_by": str(taken["by"]) if counts else "",
        }


def _standing(view: LedgerView, now_ms: int) -> dict[str, Any]:
    return {
        str(route): {
            "target": plan.target.to_dict(),
            "usable": plan.for_version == view.version and plan.expires_ms > now_ms,
            "expires_ms": plan.expires_ms,
        }
        for route, plan in sorted(view.standing.items())
    }


def show_status(found: Mapping[str, Any], console: Console) -> None:
    """Print the status: the lever first, because it decides whether anything else moves."""
    lines: list[Text | str] = [
        Text(f"{found['service']}, version {found['epoch']}.{found['version']}", "bold"),
        _lever_line(found["lever"]),
        _lease_line(found["lease"], found["now_ms"]),
    ]
    if contained := found["contained"]:
        until = _clock(contained["until_ms"])
        lines.append(f"contained   {contained['route']}; nothing moves back before {until}")
    lines += [line for incident in found["incidents"] for line in _incident_lines(incident)]
    lines.append(f"journal     {found['journal_waiting']} entries wait for export")
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)
    console.print(
        _routes(found, _BAR_WIDTH if console.width >= _WIDE_COLUMNS else _NARROW_BAR_WIDTH)
    )


def _incident_lines(incident: Mapping[str, Any]) -> Iterator[Text]:
    known = [incident["severity"], incident["situation"].replace("_", " ")]
    what = " ".join(part for part in known if part) or "not looked at yet"
    since = _clock(incident["opened_ms"])
    yield Text(f"incident    {incident['incident']}: {what}, since {since}", "bold")
    if by := incident["taken_by"]:
        yield Text(f"            taken by {by}")
    else:
        yield Text(f"            nobody has taken it: autopilot ack {incident['incident']}")


def _lever_line(lever: Mapping[str, Any]) -> Text:
    if not lever["engaged"]:
        return Text("stop lever  free")
    said = f"ENGAGED by {lever['by']} at {_clock(lever['at_ms'])}: {lever['reason']}"
    return Text(f"stop lever  {said}", "bold red")


def _lease_line(lease: Mapping[str, Any], now_ms: int) -> str:
    if not lease["holder"]:
        return f"lease       free, fence {lease['fence']}"
    left = (lease["expires_ms"] - now_ms) // 1000
    life = f"for {left} s more" if lease["alive"] else f"dead for {-left} s, the reaper ends it"
    return f"lease       {lease['holder']} ({lease['runbook']}), fence {lease['fence']}, {life}"


def _routes(found: Mapping[str, Any], bar_width: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("route", "share", "", "baseline", "prepared for an alarm"):
        table.add_column(heading, justify="right" if heading in {"share", "baseline"} else "left")
    for route, percent in found["allocation"].items():
        bar = "█" * round(percent * bar_width / 100)
        plan = found["standing_plans"].get(route)
        usable = "nothing" if plan is None else _prepared(route, percent, plan)
        baseline = f"{found['baseline'].get(route, 0)} %"
        table.add_row(route, f"{percent} %", bar.ljust(bar_width, "·"), baseline, usable)
    return table


def _prepared(route: str, percent: int, plan: Mapping[str, Any]) -> str:
    if not plan["usable"]:
        return "expired"
    moved = percent - plan["target"].get(route, 0)
    return f"{moved} points move off, valid until {_clock(plan['expires_ms'])}"


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).strftime("%H:%M:%SZ")
