"""The two places a belief can be tried in: the lab, and an account of AWS."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from autopilot.errors import BadInput, Problem
from autopilot_lab.emulator.cloud import REGIONS, EmbeddedAws
from autopilot_lab.emulator.function_code import FunctionCode

LAB_STARTS_AT: Final = 1_700_000_000.0
ROLE_SETTLES_SECONDS: Final = 12.0
REGIONS_NEEDED: Final = 3


@dataclass(frozen=True, slots=True)
class Regions:
    """Home and standby hold replicas, the observer's region the witness: one region set."""

    home: str
    standby: str
    observer: str

    @classmethod
    def parse(cls, text: str) -> Regions:
        """Read `home,standby,observer`. Raises `BadInput`."""
        names = [name.strip() for name in text.split(",")]
        if len(names) != REGIONS_NEEDED or not all(names) or len(set(names)) != len(names):
            raise BadInput(
                "the regions",
                [Problem("--regions", "three different regions: HOME,STANDBY,OBSERVER", text)],
                f"Give three regions of one set, such as {','.join(REGIONS)}.",
            )
        return cls(*names)


REFERENCE_REGIONS: Final = Regions(*REGIONS)


class Place(Protocol):
    """Where beliefs are tried. Times are in seconds."""

    @property
    def is_lab(self) -> bool:
        """Whether this is the lab."""

    @property
    def regions(self) -> Regions:
        """The three regions."""

    @property
    def account(self) -> str:
        """The account's twelve digits."""

    @property
    def prefix(self) -> str:
        """What every name made here begins with; unique to this run."""

    def client(self, service: str, region: str) -> Any:
        """A boto3 client."""

    def wait(self, seconds: float) -> None:
        """Let time pass there."""

    def role_is_new(self) -> None:
        """Wait until a role that was just made can be assumed everywhere."""

    def function_is_new(self, region: str, name: str, source: str) -> None:
        """Make a function that was just created ready to run its source text."""


class Lab:
    """The embedded AWS, in virtual time."""

    is_lab = True
    prefix = "belief"
    regions = REFERENCE_REGIONS

    def __init__(self, aws: EmbeddedAws, folder: Path) -> None:
        self._aws = aws
        self._folder = folder
        self.client: Callable[[str, str], Any] = aws.client
        self.account = str(self.client("sts", self.regions.home).get_caller_identity()["Account"])

    def wait(self, seconds: float) -> None:
        """Let virtual time pass."""
        self._aws.run(seconds)

    def role_is_new(self) -> None:
        """Do nothing: the lab's roles are known everywhere at once."""

    def function_is_new(self, region: str, name: str, source: str) -> None:
        """Put the source where the lab loads code from, for it does not unpack archives."""
        folder = self._folder / region / name
        folder.mkdir(parents=True)
        (folder / "app.py").write_text(source, "utf-8")
        self._aws.code.functions[region, name] = FunctionCode(folder, "app.handler")


@contextmanager
def the_lab() -> Iterator[Lab]:
    """A fresh lab, for as long as the block runs."""
    with (
        tempfile.TemporaryDirectory(prefix="conformance-") as folder,
        EmbeddedAws(LAB_STARTS_AT, seed=1) as aws,
    ):
        yield Lab(aws, Path(folder))


class Account:
    """A real account. Nothing in it is touched but what a run makes."""

    is_lab = False

    def __init__(self, *, regions: Regions, account: str, run: str) -> None:
        self.regions = regions
        self.account = account
        self.prefix = f"belief-{run}"
        self.client: Callable[[str, str], Any] = cache(_account_client)

    def wait(self, seconds: float) -> None:
        """Wait in real time."""
        time.sleep(seconds)

    def role_is_new(self) -> None:
        """Wait for the new role to be known to the services."""
        time.sleep(ROLE_SETTLES_SECONDS)

    def function_is_new(self, region: str, name: str, source: str) -> None:  # noqa: ARG002
        """Wait for the function to become active."""
        self.client("lambda", region).get_waiter("function_active_v2").wait(FunctionName=name)


def the_account(regions: Regions) -> Account:
    """The account of the caller's credentials. Raises `BadInput` when there are none that work."""
    if boto3.Session().get_credentials() is None:
        raise _no_account("no credentials were found")
    try:
        identity = _account_client("sts", regions.home).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise _no_account(str(error)) from error
    return Account(regions=regions, account=identity["Account"], run=uuid.uuid4().hex[:8])


def _account_client(service: str, region: str) -> Any:
    make: Any = boto3.client  # stubs know each service by its literal name only
    retries = Config(retries={"mode": "standard", "max_attempts": 5})
    return make(service, region_name=region, config=retries)


def _no_account(got: str) -> BadInput:
    return BadInput(
        "--aws",
        [Problem("credentials", "credentials of a sandbox account", got)],
        "Sign in to a sandbox account (aws sso login, or AWS_PROFILE), and try again. "
        "Without --aws the beliefs are tried in the lab, which needs no account.",
    )


def prices(cents: Sequence[int]) -> str:
    """The sum of these US cents, as a person reads it."""
    return f"${sum(cents) / 100:.2f}"
