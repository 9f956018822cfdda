"""How far something long has come, on one line of standard error, where somebody can see it."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click


def counting(what: str) -> Callable[[int, int], None]:
    """What tells how many of `what` are done, and of how many; silent where nobody watches."""

    def tell(done: int, of: int) -> None:
        click.echo(f"\r{done} of {of} {what}", nl=done == of, err=True)

    return tell if sys.stderr.isatty() else _silence


def _silence(_done: int, _of: int) -> None:
    """Nobody watches."""
