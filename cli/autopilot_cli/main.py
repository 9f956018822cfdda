"""The entry point: `autopilot COMMAND`. Each command lives in a module of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from botocore.exceptions import BotoCoreError, ClientError

from autopilot.errors import AutopilotError, BadInput
from autopilot_cli.acknowledge import ack
from autopilot_cli.assure import assure
from autopilot_cli.audit import audit
from autopilot_cli.conformance import conformance
from autopilot_cli.connection import explain_refusal
from autopilot_cli.drill import drill
from autopilot_cli.exits import EXIT_BAD_INPUT, EXIT_NOT_HELD
from autopilot_cli.local import local
from autopilot_cli.operate import initialise, resume, status, stop


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="runbook-autopilot", prog_name="autopilot")
def commands() -> None:
    """Carry out, watch and rehearse the runbooks of a hybrid-routing service."""


commands.add_command(ack)
commands.add_command(assure)
commands.add_command(audit)
commands.add_command(drill)
commands.add_command(conformance)
commands.add_command(local)
for command in (status, stop, resume, initialise):
    commands.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; bad input ends with 2 and says what was expected, got, and to do.

    `arguments` are the process's own unless given. Always ends with `SystemExit`.
    """
    try:
        commands.main(arguments, prog_name="autopilot", standalone_mode=True)
    except BadInput as refused:
        _explain(refused)
        sys.exit(EXIT_BAD_INPUT)
    except (BotoCoreError, ClientError) as error:
        _explain(explain_refusal(error))
        sys.exit(EXIT_BAD_INPUT)
    except AutopilotError as answer:
        click.echo(f"autopilot: {answer}", err=True)
        sys.exit(EXIT_NOT_HELD)


def _explain(refused: BadInput) -> None:
    click.echo(f"autopilot: {refused.what} was refused", err=True)
    for problem in refused.problems:
        click.echo(f"  {problem.key}", err=True)
        click.echo(f"    expected  {problem.expected}", err=True)
        click.echo(f"    got       {problem.got}", err=True)
    click.echo(refused.advice, err=True)
