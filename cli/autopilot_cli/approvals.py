"""`autopilot approvals`, `approve` and `deny`: what waits for a person, and what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from autopilot.adapters.system_clock import SystemClock
from autopilot.errors import BadInput, Problem, Refused
from autopilot_cli.connection import json_option, load_profile, profile_option
from autopilot_cli.signed_url import ApprovalsUrl

yes_option = click.option("--yes", is_flag=True, help="Do not ask back.")
digest_option = click.option(
    "--digest",
    metavar="DIGEST",
    help="Of the plan you read; refused when the one that waits is another.",
)


@click.command()
@profile_option
@json_option
def approvals(*, profile_path: Path, as_json: bool) -> None:
    """List the runs that wait for a person: plan, digest, who asked, and how long is left."""
    listed = _url(profile_path).get()
    if as_json:
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    _show_list(listed["approvals"], Console())


@click.command()
@click.argument("approval", metavar="ID")
@digest_option
@yes_option
@click.option("--break-glass", is_flag=True, help="Approve alone; everybody is paged.")
@click.option("--reason", default="", metavar="WHY", help="Needed with --break-glass.")
@profile_option
@json_option
def approve(
    *,
    approval: str,
    digest: str | None,
    yes: bool,
    break_glass: bool,
    reason: str,
    profile_path: Path,
    as_json: bool,
) -> None:
    """Approve the plan of request ID, once, for the run that asks."""
    if break_glass and not reason.strip():
        problem = Problem("--reason", "why nobody else can approve", "nothing")
        raise BadInput("the command", [problem], "Everybody who is paged will read it.")
    said = _Said("break_glass" if break_glass else "approve", approval, digest, reason)
    _decide(said, profile_path, ask=not yes, as_json=as_json)


@click.command()
@click.argument("approval", metavar="ID")
@click.option("--reason", required=True, metavar="WHY", help="Who asked will read it.")
@digest_option
@yes_option
@profile_option
@json_option
def deny(
    *,
    approval: str,
    reason: str,
    digest: str | None,
    yes: bool,
    profile_path: Path,
    as_json: bool,
) -> None:
    """Deny the plan of request ID; this also takes back an approval that is not used yet."""
    said = _Said("deny", approval, digest, reason)
    _decide(said, profile_path, ask=not yes, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the person wrote on the command line."""

    decision: str
    approval: str
    digest: str | None
    reason: str

    def body(self, digest: str) -> dict[str, str]:
        """The request's body, for the plan with `digest`."""
        return {
            "decision": self.decision,
            "id": self.approval,
            "digest": digest,
            "reason": self.reason,
        }


def _decide(said: _Said, profile_path: Path, *, ask: bool, as_json: bool) -> None:
    """Show the plan, ask back, and send the decision on exactly that plan.

    A digest on the command line needs no list: a request that is approved can still be denied.
    """
    url = _url(profile_path)
    digest = said.digest if said.digest and not ask else _read(said, url, quiet=as_json)
    if ask and not click.confirm(f"{said.decision.replace('_', ' ')} this plan?", err=as_json):
        message = "nothing was decided"
        raise Refused(message)
    answer = url.post(said.body(digest))
    if as_json:
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    decided = answer["approval"]
    click.echo(f"{decided['id']} is {decided['status']}: {decided['detail']}.")


def _read(said: _Said, url: ApprovalsUrl, *, quiet: bool) -> str:
    """Show the plan that waits; return its digest, which must be the one that was named."""
    waiting = {one["id"]: one for one in url.get()["approvals"]}
    if said.approval not in waiting:
        expected = f"one of {', '.join(waiting)}" if waiting else "a request that is open"
        advice = "See `autopilot approvals`. To deny an approved one, give its --digest, and --yes."
        raise BadInput("the command", [Problem("ID", expected, said.approval)], advice)
    found = waiting[said.approval]
    digest = str(found["digest"])
    if said.digest not in (None, digest):
        advice = "The plan is another one now: read it, and decide on its digest."
        raise BadInput("the command", [Problem("--digest", digest, str(said.digest))], advice)
    if not quiet:
        _show_one(found)
    return digest


def _url(profile_path: Path) -> ApprovalsUrl:
    profile = load_profile(profile_path)
    regions = (profile.regions.home, profile.regions.standby)
    return ApprovalsUrl(service=profile.service.name, regions=regions)


def _show_list(listed: list[Mapping[str, Any]], console: Console) -> None:
    if not listed:
        console.print("Nothing waits for approval.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "runbook", "plan", "digest", "asked by", "expires in"):
        table.add_column(heading, overflow="fold")
    for one in listed:
        table.add_row(
            one["id"], one["runbook"], one["summary"], one["digest"], one["requester"], _left(one)
        )
    console.print(table)


def _show_one(one: Mapping[str, Any]) -> None:
    for name, text in (
        ("plan", one["summary"]),
        ("digest", one["digest"]),
        ("run", f"{one['run']} ({one['runbook']}) in {one['region']}"),
        ("asked by", one["requester"]),
        ("expires in", _left(one)),
    ):
        click.echo(f"{name:<11} {text}")


def _left(one: Mapping[str, Any]) -> str:
    seconds = max(0, (int(one["expires_ms"]) - SystemClock().now_ms()) // 1000)
    return f"{seconds // 60} min {seconds % 60} s"
