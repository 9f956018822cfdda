"""`autopilot conformance`: try what we believe of AWS, in the lab or in an account."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from autopilot.errors import BadInput, Problem
from autopilot_cli.exits import EXIT_BAD_INPUT, EXIT_HELD, EXIT_NOT_HELD

if TYPE_CHECKING:
    from autopilot_lab.conformance.belief import Belief
    from autopilot_lab.conformance.places import Place
    from autopilot_lab.conformance.trial import Result

_COLOURS = {"held": "green", "violated": "bold red", "not shown here": "yellow"}


@click.command()
@click.option("--aws", is_flag=True, help="Try them in the account of your credentials.")
@click.option("--only", multiple=True, metavar="ID", help="Try this belief only; may be repeated.")
@click.option("--regions", metavar="HOME,STANDBY,OBSERVER", help="With --aws: where.")
@click.option("--yes", is_flag=True, help="With --aws: do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option(
    "--docs", is_flag=True, help="Write docs/beliefs.md and docs/fidelity.md; try nothing."
)
def conformance(
    *,
    aws: bool,
    only: Sequence[str],
    regions: str | None,
    yes: bool,
    as_json: bool,
    docs: bool,
) -> None:
    """Try every belief about AWS: in the lab, or with --aws in a sandbox account.

    Exit code 0: none was violated. 1: at least one was. 2: the input was refused.
    """
    if docs:
        _write_documents()
        return
    from autopilot_lab.conformance.catalogue import find  # noqa: PLC0415 - the lab loads on demand

    chosen = find(only)
    if not aws:
        _refuse_without_aws(regions=regions, yes=yes)
    place = _place(chosen, aws=aws, regions=regions, yes=yes)
    sys.exit(_try(chosen, place, aws=aws, as_json=as_json))


def _write_documents() -> None:
    from autopilot_lab.conformance.documents import write  # noqa: PLC0415 - the lab loads on demand

    for path in write():
        click.echo(f"wrote {path}")


def _refuse_without_aws(*, regions: str | None, yes: bool) -> None:
    given = [("--regions", regions is not None), ("--yes", yes)]
    problems = [Problem(name, "--aws beside it", "no --aws") for name, there in given if there]
    if problems:
        raise BadInput("the command", problems, "Add --aws to use an account, or leave these out.")


def _place(
    chosen: Sequence[Belief], *, aws: bool, regions: str | None, yes: bool
) -> AbstractContextManager[Place]:
    """Where to try them. With --aws, says what it will make and what it costs, and asks."""
    from autopilot_lab.conformance.places import (  # noqa: PLC0415 - the lab loads on demand
        REFERENCE_REGIONS,
        Regions,
        the_account,
        the_lab,
    )

    if not aws:
        return the_lab()
    account = the_account(Regions.parse(regions) if regions else REFERENCE_REGIONS)
    _announce(chosen, account)
    if not yes and not _agreed():
        click.echo("Nothing was made.", err=True)
        sys.exit(EXIT_BAD_INPUT)
    return nullcontext(account)


def _announce(chosen: Sequence[Belief], account: Place) -> None:
    from autopilot_lab.conformance.places import prices  # noqa: PLC0415 - the lab loads on demand

    click.echo(f"In account {account.account}, every name begins with {account.prefix}:", err=True)
    for belief in chosen:
        if belief.tried and belief.makes:
            click.echo(f"  {belief.id}: {', '.join(belief.makes)}", err=True)
    cost = prices([belief.cents for belief in chosen])
    click.echo(f"Estimated cost: at most {cost}, and what the calls themselves cost.", err=True)
    click.echo("Each is removed after its trial. KMS keys are deleted after 7 days.", err=True)


def _agreed() -> bool:
    try:
        return click.confirm("Go on?", default=False, err=True)
    except click.Abort:
        return False


def _try(
    chosen: Sequence[Belief], place: AbstractContextManager[Place], *, aws: bool, as_json: bool
) -> int:
    from autopilot_lab.conformance.trial import Verdict, try_all  # noqa: PLC0415 - as above

    results = []
    with place as here:
        for result in try_all(chosen, here):
            results.append(result)
            if aws:
                click.echo(f"{result.belief.id}: {_verdict(result)}", err=True)
    if as_json:
        click.echo(json.dumps(_to_dict(results), indent=2, ensure_ascii=False))
    else:
        _show(results)
    for leftover in (one for result in results for one in result.leftovers if aws):
        click.echo(f"could not be removed, remove it yourself: {leftover}", err=True)
    violated = any(result.verdict is Verdict.VIOLATED for result in results)
    return EXIT_NOT_HELD if violated else EXIT_HELD


def _to_dict(results: Sequence[Result]) -> dict[str, Any]:
    return {"summary": _counts(results), "beliefs": [result.to_dict() for result in results]}


def _counts(results: Sequence[Result]) -> dict[str, int]:
    counts = dict.fromkeys(_COLOURS, 0)
    for result in results:
        counts[str(result.verdict)] += 1
    return counts


def _show(results: Sequence[Result]) -> None:
    console = Console()
    if console.is_terminal:
        console.print(_table(results))
    else:
        for result in results:
            words = (result.belief.id, _verdict(result), result.belief.source.address)
            click.echo("\t".join(words))
    counts = ", ".join(f"{count} {name}" for name, count in _counts(results).items())
    click.echo(f"{len(results)} tried: {counts}")


def _table(results: Sequence[Result]) -> Table:
    table = Table("belief", "verdict", "source")
    for result in results:
        colour = _COLOURS[str(result.verdict)]
        verdict = f"[{colour}]{result.verdict}[/]"
        reason = f" ({_escaped(result.reason)})" if result.reason else ""
        table.add_row(result.belief.id, verdict + reason, result.belief.source.title)
    return table


def _verdict(result: Result) -> str:
    return f"{result.verdict} ({result.reason})" if result.reason else str(result.verdict)


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
