"""`autopilot local`: the embedded AWS over HTTP, with the product installed in it."""

from __future__ import annotations

import gc
import http.client
import json
import re
from contextlib import suppress
from typing import Any, Final

import click

from autopilot.errors import BadInput, Problem

PORT_DEFAULT: Final = 4566
PORT_MAX: Final = 65_535
_HOST: Final = "127.0.0.1"
_ANSWER_SECONDS: Final = 600
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION: Final = re.compile(r"(?:\d+[smhd])+")


@click.group(invoke_without_command=True)
@click.option(
    "--port",
    type=click.IntRange(0, PORT_MAX),
    default=PORT_DEFAULT,
    show_default=True,
    help="Port on this machine; 0 takes a free one.",
)
@click.option(
    "--clock",
    type=click.Choice(["real", "virtual"]),
    default="real",
    show_default=True,
    help="Whether time goes by itself, or only when told to.",
)
@click.option("--traffic", is_flag=True, help="Have clients send requests to the service.")
@click.pass_context
def local(context: click.Context, *, port: int, clock: str, traffic: bool) -> None:
    """Serve the embedded AWS on this machine, for the AWS CLI, boto3 and others.

    Nothing outside this machine is reached, and nothing of it is kept after Ctrl-C.
    The commands below speak to a lab that runs already.
    """
    context.obj = port
    if context.invoked_subcommand is None:
        _serve(port, clock, traffic=traffic)


@local.command("pass")
@click.argument("duration")
@click.pass_obj
def pass_time(port: int, duration: str) -> None:
    """Let DURATION (90s, 10m, 1h30m) pass in a lab whose clock is virtual."""
    answer = _ask(port, "time", {"seconds": _seconds(duration)})
    click.echo(f"It is {answer['now']} in the lab.")


@local.command("break")
@click.argument("route")
@click.option(
    "--percent",
    type=click.IntRange(1, 100),
    default=30,
    show_default=True,
    help="How many of the route's requests fail.",
)
@click.pass_obj
def break_route(port: int, route: str, percent: int) -> None:
    """Break ROUTE (region/path, or a path at home) in a lab with traffic."""
    answer = _ask(port, "break", {"route": route, "percent": percent})
    click.echo(f"{answer['percent']} % of the requests to {answer['route']} fail from now on.")


@local.command()
@click.pass_obj
def mend(port: int) -> None:
    """Let every broken route work again."""
    _ask(port, "mend", {})
    click.echo("Every route works again.")


def _serve(port: int, clock: str, *, traffic: bool) -> None:
    click.echo("Installing the product into the embedded AWS; this takes a few seconds.")
    with suppress(KeyboardInterrupt):  # while it starts; afterwards Ctrl-C makes `serve` return
        from autopilot_lab.serve.lab import serve  # noqa: PLC0415 - the lab loads on demand
        from autopilot_lab.serve.settings import Clock, Settings  # noqa: PLC0415

        serve(Settings(port, Clock(clock), traffic), click.echo)
    gc.freeze()  # or the interpreter would look through all of the lab once more before it ends
    click.echo("\nStopped; nothing of it remains.")


def _ask(port: int, operation: str, given: dict[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection(_HOST, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("POST", f"/_lab/{operation}", json.dumps(given))
        answer = connection.getresponse()
        told: dict[str, Any] = json.loads(answer.read())
    except (OSError, ValueError) as error:
        problem = Problem("--port", "the port of a lab that runs", f"{port}: {error}")
        raise BadInput("the command", [problem], "Start one with: autopilot local") from None
    finally:
        connection.close()
    if "refused" in told:
        raise click.ClickException(told["refused"])
    return told


def _seconds(duration: str) -> int:
    if not _DURATION.fullmatch(duration):
        problem = Problem("DURATION", "a duration such as 90s, 10m or 1h30m", duration)
        raise BadInput("the command", [problem], "Try: autopilot local pass 10m")
    return sum(
        int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", duration)
    )
