"""The entry point: `autopilot COMMAND`. Each command lives in a module of its own.

A command's module is imported when the command is called: the AWS SDK and the lab take longer to
load than most commands take to run.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Final

import click

from autopilot.errors import AutopilotError, BadInput
from autopilot_cli.exits import EXIT_BAD_INPUT, EXIT_NOT_HELD

#: The module of each command; the command has its own name there.
_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ack": "acknowledge",
        "approvals": "approvals",
        "approve": "approvals",
        "assure": "assure",
        "audit": "audit",
        "compliance": "compliance",
        "conformance": "conformance",
        "dashboards": "dashboards",
        "deny": "approvals",
        "drill": "drill",
        "initialise": "operate",
        "local": "local",
        "preflight": "preflight",
        "rehearsal": "rehearsal",
        "resume": "operate",
        "status": "operate",
        "stop": "operate",
    }
)


#: How the help lists them, in the order in which they are needed; one that is not here comes last.
_SECTIONS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "See and decide": ("status", "ack", "approvals", "approve", "deny", "stop", "resume"),
        "Look ahead": ("preflight", "rehearsal", "drill", "local"),
        "Prove": ("audit", "assure", "conformance"),
        "Begin": ("initialise",),
    }
)
_SUMMARY_CHARACTERS: Final = 120


class LazyCommands(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of all commands."""
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """One command, or None when there is none of that name."""
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"autopilot_cli.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands in sections, each with its whole first sentence."""
        named = {name for names in _SECTIONS.values() for name in names}
        others = [name for name in self.list_commands(ctx) if name not in named]
        for title, names in {**_SECTIONS, "More": others}.items():
            found = ((name, self.get_command(ctx, name)) for name in names)
            rows = [(n, c.get_short_help_str(_SUMMARY_CHARACTERS)) for n, c in found if c]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="runbook-autopilot", prog_name="autopilot")
def commands() -> None:
    """Carry out, watch and rehearse the runbooks of a hybrid-routing service.

    Exit code 0: done, or everything held. 1: done, and the answer is no. 2: nothing was done, and
    the message says what to give instead. `compliance` and `audit verify` have more codes.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; bad input ends with 2 and says what was expected, got, and to do.

    `arguments` are the process's own unless given. Always ends with `SystemExit`.
    """
    try:
        commands.main(arguments, prog_name="autopilot", standalone_mode=True)
    except BadInput as refused:
        _explain(refused)
        sys.exit(EXIT_BAD_INPUT)
    except AutopilotError as answer:
        click.echo(f"autopilot: {answer}", err=True)
        sys.exit(EXIT_NOT_HELD)
    except Exception as error:
        if (refusal := _of_aws(error)) is None:
            raise
        _explain(refusal)
        sys.exit(EXIT_BAD_INPUT)


def _of_aws(error: Exception) -> BadInput | None:
    """What AWS or its SDK refused, explained; None for an error that is neither's."""
    if "botocore" not in sys.modules:
        return None
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see above

    from autopilot_cli.connection import explain_refusal  # noqa: PLC0415

    return explain_refusal(error) if isinstance(error, BotoCoreError | ClientError) else None


def _explain(refused: BadInput) -> None:
    click.echo(f"autopilot: {refused.what} was refused", err=True)
    for problem in refused.problems:
        click.echo(f"  {problem.key}", err=True)
        click.echo(f"    expected  {problem.expected}", err=True)
        click.echo(f"    got       {problem.got}", err=True)
    click.echo(refused.advice, err=True)
