"""What every test stands on: no real account in reach, and the same examples every time."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}

settings.register_profile(
    "steady",
    derandomize=True,  # a suite that is green stays green until something is changed
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", max_examples=1_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session", autouse=True)
def no_account() -> Iterator[None]:
    """A person's own AWS keys, settings and endpoints never reach a test."""
    with pytest.MonkeyPatch.context() as environment:
        for name in sorted(os.environ):
            if name.startswith("AWS_"):
                environment.delenv(name)
        for name, value in NO_ACCOUNT.items():
            environment.setenv(name, value)
        yield
