"""How the operator's commands reach the ledger: the profile names it, AWS credentials open it."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from botocore.exceptions import BotoCoreError, ClientError

from autopilot.adapters import clients
from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
from autopilot.adapters.system_clock import SystemClock
from autopilot.domain.profile import Profile
from autopilot.errors import BadInput, Problem, Transient
from autopilot.gate.gate import Gate
from autopilot.gate.rails import Rails

PROFILE_VARIABLE: Final = "AUTOPILOT_PROFILE"
PROFILE_PATH: Final = Path("layers/profile/profile/profile.toml")

profile_option = click.option(
    "--profile",
    "profile_path",
    type=click.Path(path_type=Path),
    envvar=PROFILE_VARIABLE,
    default=PROFILE_PATH,
    show_default=True,
    help="The profile of the service.",
)
table_option = click.option(
    "--table", metavar="NAME", help="The ledger's table.  [default: the service's name and -ledger]"
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object and nothing else."
)


@dataclass(frozen=True)
class Connection:
    """A service, and the gate over its ledger."""

    profile: Profile
    gate: Gate

    @classmethod
    def open(cls, profile_path: Path, table: str | None, *, read_only: bool) -> Connection:
        """Read the profile; ask the home region's replica first, then the standby's.

        Nothing is sent yet. With `read_only` the clients cannot send a change.
        """
        profile = load_profile(profile_path)
        ledger = DynamoDbLedger(
            clients=[
                clients.client("dynamodb", region, read_only=read_only)
                for region in (profile.regions.home, profile.regions.standby)
            ],
            table=table or f"{profile.service.name}-ledger",
            service=profile.service.name,
        )
        return cls(profile, Gate(ledger, SystemClock(), rails=lambda: Rails.of(profile)))


def caller(region: str) -> str:
    """Who acts, for the record: the AWS principal of the credentials in use.

    Where AWS does not answer, the local user's name, marked as unproven: a person who pulls the
    stop lever in an outage is not held up by an identity service.
    """
    try:
        return str(clients.client("sts", region).get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return f"{getpass.getuser()} (unproven)"


def explain_no_answer(error: Transient) -> BadInput:
    """What to do when the ledger did not answer."""
    return BadInput(
        "the command",
        [Problem("ledger", "an answer of at least one replica", str(error))],
        f"Check that {_identity()} may read the table, and AWS_ENDPOINT_URL if you use the lab.",
    )


def explain_refusal(error: BotoCoreError | ClientError) -> BadInput:
    """What to do when AWS refused the call, or it could not even be signed."""
    if isinstance(error, ClientError):
        call = f"AWS: {error.operation_name}"
        problem = Problem(call, "an answer", str(error))
        advice = (
            f"Check what {_identity()} may do, that --table and the profile name what was"
            " deployed, and AWS_ENDPOINT_URL if you use the lab."
        )
    else:
        problem = Problem("AWS", "credentials and a configuration that can sign a call", str(error))
        advice = (
            "Set AWS_PROFILE (or sign in), or for the lab the variables that"
            " `autopilot local` prints."
        )
    return BadInput("the command", [problem], advice)


def _identity() -> str:
    return os.environ.get("AWS_PROFILE", "the identity of the default credentials")


def load_profile(path: Path) -> Profile:
    """The service's profile; raise `BadInput` when there is none at `path`, or it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problem = Problem("--profile", "a readable TOML file", f"{path}: {error.strerror}")
        advice = f"Run from the project's folder, or set {PROFILE_VARIABLE}."
        raise BadInput("the command", [problem], advice) from None
    return Profile.load(text)
