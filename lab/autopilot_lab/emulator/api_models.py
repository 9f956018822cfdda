"""botocore's API models, found and read once for the whole process.

A function makes a session of its own, as it should, and every session searches for and parses
megabytes of models again. On AWS that happens once in a cold start; here dozens of cold starts
share one process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.loaders import create_loader

_LOADERS: dict[str | None, Any] = {}


def _shared_loader(search_path: str | None = None) -> Any:
    if search_path not in _LOADERS:
        _LOADERS[search_path] = create_loader(search_path)
    return _LOADERS[search_path]


@contextmanager
def shared_models() -> Iterator[None]:
    """Let all botocore sessions made until the exit share their loader."""
    sessions: Any = botocore.session
    own = sessions.create_loader
    sessions.create_loader = _shared_loader
    try:
        yield
    finally:
        sessions.create_loader = own
