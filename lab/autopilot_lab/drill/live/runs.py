"""Follows the executions of all machines through the log of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from autopilot.reports.machine import machine_of
from autopilot.reports.model import Machine
from autopilot_lab.drill.evidence import Run, StateEntered
from autopilot_lab.emulator.event_log import Event
from autopilot_lab.emulator.states import Engine, Execution

#: Runbooks that only look, every few minutes: news when they fail.
ROUTINE: Final = frozenset({"health_sweep"})


@dataclass
class _Followed:
    """One execution and the states it has entered."""

    execution: Execution
    runbook: str
    states: list[StateEntered] = field(default_factory=list)

    def as_run(self, start: float) -> Run:
        execution, ended = self.execution, self.execution.stopped_at
        return Run(
            name=execution.name,
            runbook=self.runbook,
            region=execution.machine.region,
            started_at=execution.started_at - start,
            ended_at=None if ended is None else ended - start,
            status=execution.status,
            error=execution.error or "",
            cause=execution.cause or "",
            output=execution.output.value if execution.output else None,
            states=tuple(self.states),
        )

    @cached_property
    def machine(self) -> Machine:
        return machine_of(self.runbook, self.execution.machine.definition.raw)


class Runs:
    """Every run so far, in order of its start."""

    def __init__(self, engine: Engine, *, service: str, start: float) -> None:
        """`start` is the drill's own, in Unix seconds."""
        self._engine = engine
        self._prefix = f"{service}-"
        self._start = start
        self._followed: dict[tuple[str, str, str], _Followed] = {}

    def heed(self, event: Event) -> None:
        """Take in that an execution began, or entered a state."""
        key = (event["region"], event["machine"], event["execution"])
        if key not in self._followed:
            self._followed[key] = self._find(key)
        if event["kind"] == "state":
            at = event["t"] - self._start
            self._followed[key].states.append(StateEntered(at, key[2], event["state"]))

    def _find(self, key: tuple[str, str, str]) -> _Followed:
        region, name, run = key
        machine = next(m for m in self._engine.machines(region) if m.name == name)
        execution = next(e for e in self._engine.list(machine.arn) if e.name == run)
        return _Followed(execution, name.removeprefix(self._prefix).replace("-", "_"))

    @property
    def all(self) -> Sequence[Run]:
        """As evidence has them."""
        return [followed.as_run(self._start) for followed in self._followed.values()]

    @property
    def routine(self) -> int:
        """How many runs only looked, and ended well."""
        return sum(not _is_news(followed) for followed in self._followed.values())

    @property
    def changes(self) -> int:
        """How often a run that is news has begun or ended."""
        news = [f.execution for f in self._followed.values() if _is_news(f)]
        return len(news) + sum(not execution.running for execution in news)

    def to_look_at(self) -> tuple[Run, Machine] | None:
        """The run that is news: begun last of those that go on, else ended last."""
        news = [followed for followed in self._followed.values() if _is_news(followed)]
        if not news:
            return None
        shown = max(news, key=lambda f: (f.execution.running, _instant(f.execution)))
        return shown.as_run(self._start), shown.machine


def _is_news(followed: _Followed) -> bool:
    status = followed.execution.status
    return followed.runbook not in ROUTINE or status not in ("RUNNING", "SUCCEEDED")


def _instant(execution: Execution) -> float:
    return execution.started_at if execution.stopped_at is None else execution.stopped_at
