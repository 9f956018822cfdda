"""`autopilot preflight`: whether the load could move to a region, asked where it would move to."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from autopilot.adapters import clients
from autopilot.adapters.answers import code_of
from autopilot.domain.preflight import Answer, Preflight
from autopilot.errors import BadInput, Problem, Transient
from autopilot_cli.connection import json_option, load_profile, profile_option
from autopilot_cli.exits import EXIT_NOT_HELD
from autopilot_cli.preflight_view import show

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile

#: The function that carries it out: its role is the one that a failover has, and it stands there.
FUNCTION: Final = "observe-service"
ANSWER_SECONDS: Final = 30  #: more than the function's own time-out


@click.command()
@click.option(
    "--to", "target", metavar="REGION", help="The region to move to.  [default: the standby]"
)
@click.option(
    "--lost", is_flag=True, help="Judge as if the other region were lost, and do not ask it."
)
@profile_option
@json_option
def preflight(*, target: str | None, lost: bool, profile_path: Path, as_json: bool) -> None:
    """Say GO, WARN or NO-GO to moving the whole load to a region; change nothing.

    The function in that region looks, with the rights and from the place that a failover has. It
    invokes the models a few times. The exit code is 1 on NO-GO.
    """
    profile = load_profile(profile_path)
    found = Preflight.from_json(_ask(profile, target or profile.regions.standby, lost=lost))
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        show(found, profile.service.name, Console())
    if found.answer is Answer.NO_GO:
        sys.exit(EXIT_NOT_HELD)


def _ask(profile: Profile, target: str, *, lost: bool) -> Any:
    regions = (profile.regions.home, profile.regions.standby)
    if target not in regions:
        problem = Problem("--to", f"one of {', '.join(regions)}", target)
        raise BadInput("the command", [problem], "Only a region that serves can be moved to.")
    name = f"{profile.service.name}-{FUNCTION}"
    message = {
        "runbook": "preflight",
        "operation": "check",
        "request": {"to": target, "lost": lost},
    }
    caller = clients.client("lambda", target, read_seconds=ANSWER_SECONDS)
    try:
        answer = caller.invoke(FunctionName=name, Payload=json.dumps(message).encode())
        said = json.loads(answer["Payload"].read())
    except ClientError as error:
        raise _unheard(name, target, error) from error
    except (BotoCoreError, ValueError) as error:
        message_ = f"{name} in {target} did not answer ({type(error).__name__}): that is no GO"
        raise Transient(message_) from error
    if answer.get("FunctionError"):
        raise Transient(f"{name} in {target} failed: {said.get('errorMessage', said)}")
    return said


def _unheard(name: str, target: str, error: ClientError) -> BadInput:
    problem = Problem(name, f"a function that you may invoke in {target}", str(error))
    advice = (
        "Deploy the stack there first (docs/deploy.md); AWS_ENDPOINT_URL names the lab."
        if code_of(error) == "ResourceNotFoundException"
        else "You need lambda:InvokeFunction on it; AWS_ENDPOINT_URL names the lab."
    )
    return BadInput("the command", [problem], advice)
