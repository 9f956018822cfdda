"""Every source of chance that AWS identifiers come from, put under one seed.

moto draws from a generator of its own; botocore and most libraries from `uuid.uuid4` and the
shared `random` module. `uuid.uuid4` reads `os.urandom`, so that seeding this one function makes
identifiers equal in every process, whoever imported what and when.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core import base_backend
from moto.moto_api._internal import mock_random


@contextmanager
def seeded_ids(seed: int) -> Iterator[None]:
    """Draw all identifiers from `seed` until the exit, which restores what was there before."""
    stream = random.Random(f"identifiers/{seed}")
    real_urandom, shared_state = os.urandom, random.getstate()
    moto_stores: Any = base_backend
    real_uuid4 = moto_stores.uuid4
    os.urandom = stream.randbytes
    # moto tells its stores apart by such an id and keeps them from one seed to the next.
    moto_stores.uuid4 = lambda: uuid.UUID(bytes=real_urandom(16), version=4)
    random.seed(f"shared/{seed}")
    mock_random.seed(f"moto/{seed}")
    try:
        yield
    finally:
        os.urandom = real_urandom
        moto_stores.uuid4 = real_uuid4
        random.setstate(shared_state)
