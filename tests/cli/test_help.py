"""What `autopilot --help` tells somebody who has never seen it."""

from __future__ import annotations

import click
from click.testing import CliRunner

from autopilot_cli.main import commands


def helped(*words: str) -> str:
    """What the command's help prints, in lines of any length joined."""
    result = CliRunner().invoke(commands, [*words, "--help"])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def every_command() -> list[tuple[str, click.Command]]:
    """By name."""
    context = click.Context(commands)
    found = (
        (name, commands.get_command(context, name)) for name in commands.list_commands(context)
    )
    return [(name, command) for name, command in found if command is not None]


def test_every_command_is_listed_once_with_its_whole_sentence() -> None:
    """In the section of what it is for; none is cut off in the middle."""
    listed = helped()
    for name, command in every_command():
        summary = command.get_short_help_str(1000)
        assert listed.count(f"{name} {summary}") == 1, name


def test_every_option_of_every_command_is_explained() -> None:
    """And those with a value say what it is, not only that it is text."""
    for name, command in every_command():
        assert " TEXT " not in helped(name), name
        options = [one for one in command.params if isinstance(one, click.Option)]
        assert [one.opts for one in options if not one.help] == [], name
