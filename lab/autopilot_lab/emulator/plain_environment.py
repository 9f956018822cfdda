"""What a shell exports for AWS's clients has no say in the lab.

A terminal that has pointed its clients at a served lab would otherwise point the lab's own there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def plain_environment() -> Iterator[None]:
    """Take every AWS_ variable away, and AWS's configuration files, until the exit."""
    hidden = {name: text for name, text in os.environ.items() if name.startswith("AWS_")}
    for name in hidden:
        del os.environ[name]
    files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    os.environ.update(files)
    try:
        yield
    finally:
        for name in files:
            os.environ.pop(name, None)
        os.environ.update(hidden)
