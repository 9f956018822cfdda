"""The lab's own operations, beside AWS's: look, let time pass, break a route, mend.

GET  /_lab                                        what there is
POST /_lab/time   {"seconds": 600}                only while time stands still
POST /_lab/break  {"route": "direct", "percent": 30}
POST /_lab/mend   {}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from autopilot.errors import BadInput, Problem
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.wire import Request, Response
from autopilot_lab.serve.settings import Clock
from autopilot_lab.serve.traffic import Traffic

SECONDS_MAX: Final = 7 * 24 * 3600
PERCENT_DEFAULT: Final = 30
_WHOLE: Final = 100
_ADVICE: Final = "docs/local.md describes the lab's own operations."

Operation = Callable[[Mapping[str, Any]], dict[str, Any]]


class Control:
    """Answers requests below /_lab with JSON: 200, or 400 with what was wrong."""

    def __init__(self, scheduler: Scheduler, clock: Clock, traffic: Traffic | None) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._traffic = traffic
        self._operations: Mapping[tuple[str, str], Operation] = {
            ("GET", "/_lab"): self._look,
            ("POST", "/_lab/time"): self._pass,
            ("POST", "/_lab/break"): self._break,
            ("POST", "/_lab/mend"): self._mend,
        }

    def answer(self, request: Request) -> Response:
        """Carry out a request."""
        path = urlsplit(request.url).path.rstrip("/")
        operation = self._operations.get((request.method, path))
        try:
            if operation is None:
                known = ", ".join(f"{method} {where}" for method, where in self._operations)
                raise _wrong("request", f"one of {known}", f"{request.method} {path}")
            return _json(200, operation(_given(request)))
        except BadInput as refused:
            return _json(400, {"refused": str(refused)})

    def _look(self, _given: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"clock": str(self._clock), "now": self._now()}
        if self._traffic is not None:
            found["routes"] = [str(route) for route in self._traffic.routes]
            found["broken"] = {str(route): n for route, n in self._traffic.broken.items()}
            found["allocation"] = self._traffic.service.routers[0].held.allocation.to_dict()
        return found

    def _pass(self, given: Mapping[str, Any]) -> dict[str, Any]:
        seconds = given.get("seconds")
        if not isinstance(seconds, int | float) or not 0 < seconds <= SECONDS_MAX:
            raise _wrong("seconds", f"a number up to {SECONDS_MAX}", repr(seconds))
        if self._clock is Clock.REAL:
            raise _wrong("--clock", "virtual: real time passes by itself", str(self._clock))
        self._scheduler.sleep(float(seconds))
        return {"now": self._now()}

    def _break(self, given: Mapping[str, Any]) -> dict[str, Any]:
        percent = given.get("percent", PERCENT_DEFAULT)
        if not isinstance(percent, int) or not 0 < percent <= _WHOLE:
            raise _wrong("percent", f"a whole number from 1 to {_WHOLE}", repr(percent))
        route = self._served().break_route(str(given.get("route", "")), percent)
        return {"route": str(route), "percent": percent}

    def _mend(self, _given: Mapping[str, Any]) -> dict[str, Any]:
        self._served().mend()
        return {"broken": {}}

    def _served(self) -> Traffic:
        if self._traffic is None:
            raise _wrong("--traffic", "a lab with traffic", "a lab without")
        return self._traffic

    def _now(self) -> str:
        return datetime.fromtimestamp(self._scheduler.now, UTC).isoformat(timespec="seconds")


def _given(request: Request) -> Mapping[str, Any]:
    try:
        given = json.loads(request.body or b"{}")
    except ValueError as error:
        raise _wrong("body", "JSON", str(error)) from error
    if not isinstance(given, dict):
        raise _wrong("body", "a JSON object", type(given).__name__)
    return given


def _wrong(key: str, expected: str, got: str) -> BadInput:
    return BadInput("the request", [Problem(key, expected, got)], _ADVICE)


def _json(status: int, answer: Mapping[str, Any]) -> Response:
    body = json.dumps(answer, indent=2).encode() + b"\n"
    return Response(status, {"content-type": "application/json"}, body)
