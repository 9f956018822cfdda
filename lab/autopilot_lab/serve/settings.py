"""What a served lab is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DEFAULT_PORT: Final = 4566


class Clock(StrEnum):
    """How time goes: with the real one, or only when told to."""

    REAL = "real"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class Settings:
    """A port of loopback (0: any that is free), a clock, whether there are clients, a seed."""

    port: int = DEFAULT_PORT
    clock: Clock = Clock.REAL
    traffic: bool = False
    seed: int = 0
