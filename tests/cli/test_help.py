"""What `autopilot --help` tells somebody who has never seen it."""

from __future__ import annotations

from click.testing import CliRunner

from autopilot_cli.main import commands


def helped(*words: str) -> str:
    """What the command's help prints, in lines of any length joined."""
    result = CliRunner().invoke(commands, [*words, "--help"])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_every_command_is_listed_once_with_its_whole_sentence() -> None:
    """In the section of what it is for; none is cut off in the middle."""
    listed = helped()
    assert "..." not in listed
    for name, command in ((n, commands.get_command(None, n)) for n in commands.list_commands(None)):  # type: ignore[arg-type] - neither looks at it
        assert command is not None
        first = " ".join((command.help or "").split("\n\n")[0].split())
        assert listed.count(f"{name} {first}") == 1, name


def test_every_option_of_every_command_is_explained() -> None:
    """And those with a value say what it is, not only that it is text."""
    for name in commands.list_commands(None):  # type: ignore[arg-type] - it does not look at it
        assert " TEXT " not in helped(name), name
        command = commands.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        unexplained = [
            option.opts for option in command.params if not getattr(option, "help", option.name)
        ]
        assert unexplained == [], name
