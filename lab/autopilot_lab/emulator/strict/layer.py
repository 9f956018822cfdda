"""The place on the call path where rules stand: after authorisation, before any service answers.

A rule looks at a call and raises `AwsError`, or does nothing. An amendment is given the rest of
the path as a function, and may change what it answers.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.calls import Call

ANY: Final = "*"

_OF_THE_BODY = frozenset({"content-length", "x-amz-crc32"})

Answer = Callable[[], wire.Response]

#: Raises `AwsError` when AWS would refuse the call.
Rule = Callable[[Asked], None]

#: Answers the call, mostly by way of the function it is given.
Amendment = Callable[[Asked, Answer], wire.Response]


class StrictLayer:
    """The rules and amendments in force, by service and operation, in the order they were put."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str], list[Rule]] = defaultdict(list)
        self._amendments: dict[tuple[str, str], list[Amendment]] = defaultdict(list)

    def refuse(self, service: str, operations: Iterable[str], rule: Rule) -> None:
        """Put a rule before operations; `ANY` of a service comes before its own ones."""
        for operation in operations:
            self._rules[service, operation].append(rule)

    def amend(self, service: str, operations: Iterable[str], amendment: Amendment) -> None:
        """Put an amendment around operations; the first one put is the outermost."""
        for operation in operations:
            self._amendments[service, operation].append(amendment)

    def answer(self, call: Call, request: wire.Request, answer: Answer) -> wire.Response:
        """Answer a call under its rules. Raises `AwsError`."""
        key = (call.service, call.operation)
        rules = (*self._rules.get((call.service, ANY), ()), *self._rules.get(key, ()))
        amendments = self._amendments.get(key, ())
        if not rules and not amendments:
            return answer()
        asked = Asked(call, request)
        for rule in rules:
            rule(asked)
        for amendment in reversed(amendments):
            answer = _around(amendment, asked, answer)
        return answer()


def with_json(response: wire.Response, body: Mapping[str, Any]) -> wire.Response:
    """The same answer with another JSON body, and without the headers that measured the old one."""
    headers = {
        name: value for name, value in response.headers.items() if name.lower() not in _OF_THE_BODY
    }
    return replace(response, headers=headers, body=json.dumps(body).encode())


def _around(amendment: Amendment, asked: Asked, answer: Answer) -> Answer:
    return lambda: amendment(asked, answer)
