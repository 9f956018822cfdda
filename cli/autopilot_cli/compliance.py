"""`autopilot compliance`: what the controls say, of our own stacks in the lab or of an account."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import click
from botocore.awsrequest import AWSRequest
from rich.console import Console
from rich.table import Table

from autopilot.adapters import clients
from autopilot.adapters.account.reader import AwsAccount
from autopilot.adapters.system_clock import SystemClock
from autopilot.compliance.check import assess, chosen
from autopilot.domain.assessment import Assessment, Day, Level, Verdict
from autopilot.domain.evidence.evidence import Evidence
from autopilot.errors import BadInput, Inconsistent, Problem, Transient
from autopilot.procedures.compliance_check.history import days_before
from autopilot.procedures.compliance_check.records import read_records
from autopilot.reports.compliance_forms import FORMS
from autopilot.reports.compliance_page import GLYPHS, headline
from autopilot_cli.connection import Connection, json_option, profile_option, table_option
from autopilot_cli.exits import EXIT_CONTROL_FAILED, EXIT_HELD

_THIS_MACHINE: Final = ("127.0.0.1", "::1", "localhost")
_COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.UNKNOWN: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
}


@click.command()
@click.option("--aws", is_flag=True, help="Check the account of your credentials, not the lab.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *FORMS, "register"]),
    default="table",
    show_default=True,
    help="register is the record of processing activities (Art. 30).",
)
@click.option("--control", "controls", multiple=True, metavar="ID", help="May be repeated.")
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in Level]),
    default=Level.LOW.value,
    show_default=True,
    help="The least weight that makes the exit code 3.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Write it into this file.")
@profile_option
@table_option
@json_option
def compliance(
    *,
    aws: bool,
    form: str,
    controls: Sequence[str],
    fail_on: str,
    output: Path | None,
    profile_path: Path,
    table: str | None,
    as_json: bool,
) -> None:
    """Judge an account by the compliance controls: our own stacks in the lab, or with --aws yours.

    Changes nothing. Exit code 0: everything holds, or weighs less than --fail-on. 3: a control
    fails or could not be judged. 2: the input was refused.
    """
    wanted = chosen(controls)
    if as_json and form != "table":
        problem = Problem("--json", "no --format beside it", form)
        raise BadInput("the command", [problem], "Leave one of them out; --json is --format json.")
    if form == "register":
        from autopilot_cli.register import write_register  # noqa: PLC0415 - reads the templates

        write_register(profile_path, output)
        sys.exit(EXIT_HELD)
    evidence, before = of_account(profile_path, table) if aws else _lab(profile_path)
    assessment = assess(evidence, wanted)
    _say(assessment, before, "json" if as_json else form, output)
    sys.exit(EXIT_CONTROL_FAILED if assessment.failing(Level(fail_on)) else EXIT_HELD)


def of_account(profile_path: Path, table: str | None) -> tuple[Evidence, Sequence[Day]]:
    """The account of the credentials in use, and the days that its ledger has."""
    connection = Connection.open(profile_path, table, read_only=True)
    home = connection.profile.regions.home
    account = str(clients.client("sts", home, read_only=True).get_caller_identity()["Account"])
    reader = AwsAccount(
        account=account,
        client=_client,
        profile=connection.profile,
    )
    return _evidence(reader, connection)


def _client(service: str, region: str) -> Any:
    """A client that can only read, also where S3 Control is a lab on this machine.

    S3 Control's host name begins with the account's number, and no address of this machine is
    called that; the number is in a header too.
    """
    made = clients.client(service, region, read_only=True)
    endpoint = str(made.meta.endpoint_url)
    if service == "s3control" and urlsplit(endpoint).hostname in _THIS_MACHINE:
        made.meta.events.register("before-sign.s3-control", partial(_address, endpoint))
    return made


def _address(endpoint: str, request: AWSRequest, **_others: object) -> None:
    scheme, _, *rest = urlsplit(str(request.url))
    request.url = urlunsplit((scheme, urlsplit(endpoint).netloc, *rest))


def _lab(profile_path: Path) -> tuple[Evidence, Sequence[Day]]:
    """The product in the lab, deployed from the templates of this project."""
    from autopilot_lab.drill.compliance import installed  # noqa: PLC0415 - loads on demand

    with installed(profile_path.read_text(encoding="utf-8")) as installation:
        reader = AwsAccount(
            account=installation.account,
            client=installation.aws.client,
            profile=installation.profile,
        )
        return _evidence(reader, Connection(installation.profile, installation.gate))


def _evidence(reader: AwsAccount, connection: Connection) -> tuple[Evidence, Sequence[Day]]:
    now_ms = SystemClock().now_ms()
    records = read_records(connection.gate, now_ms)
    evidence = Evidence(reader.read(), records, connection.profile, now_ms)
    return evidence, _days(connection, assess(evidence, ()).day)


def _days(connection: Connection, day: str) -> Sequence[Day]:
    try:
        return days_before(connection.gate, day)
    except (Transient, Inconsistent):
        return ()  # the findings say that the ledger could not be read


def _say(assessment: Assessment, before: Sequence[Day], form: str, output: Path | None) -> None:
    if form == "table":
        _show(assessment, Console())
        return
    text = FORMS[form](assessment, before)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
        click.echo(f"wrote {output}", err=True)


def _show(assessment: Assessment, console: Console) -> None:
    """As a person reads it in a terminal, worst first; in a pipe, fields between tabs."""
    if not console.is_terminal:
        for one in assessment.findings:
            click.echo(f"{one.id}\t{one.article}\t{one.verdict.value}\t{one.said}")
    else:
        console.print(_table(assessment))
    click.echo(f"{headline(assessment)}. Score {assessment.score} of 100.")


def _table(assessment: Assessment) -> Table:
    table = Table("", "control", "article", "weight", "what was seen", box=None, pad_edge=False)
    for one in assessment.findings:
        colour = _COLOURS[one.verdict]
        said = one.said.replace("[", r"\[")
        table.add_row(
            f"[{colour}]{GLYPHS[one.verdict]}[/]", one.id, one.article, one.level.value, said
        )
    return table
