"""What the service says of itself: its paths, and the components of Bedrock Support Mode."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.health_score import Finding
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State

if TYPE_CHECKING:
    from autopilot.ports import EndpointAnswer
    from autopilot.procedures.health_sweep.scene import Scene

DETAILED: Final = "/health/detailed"
SUPPORT: Final = "/health/bedrock-support"
COMPONENTS: Final = (
    "BedrockSupportManager",
    "InfrastructureAuditor",
    "MetaMonitor",
    "ImplementationSupport",
)
_OK: Final = 200
_SERVER_ERRORS_FROM: Final = 500
#: Of what a service writes nothing else is repeated: no name, no address, no markup.
_WORD: Final = re.compile(r"[a-z][a-z_-]{0,31}")


def detailed(scene: Scene, answer: EndpointAnswer) -> Iterator[Finding]:
    """The state of every path, as the service sees it."""
    return _members("endpoints", DETAILED, answer, "paths", scene.profile.paths)


def support(answer: EndpointAnswer) -> Iterator[Finding]:
    """The state of the four components."""
    return _members("support", SUPPORT, answer, "components", COMPONENTS)


def _members(
    check: str, where: str, answer: EndpointAnswer, key: str, names: tuple[str, ...]
) -> Iterator[Finding]:
    """A finding for each name; one that is not in the answer is unknown."""
    if answer.status >= _SERVER_ERRORS_FROM:
        said = f"answered {answer.status}"
        yield Finding(check, where, State.UNHEALTHY, said, Severity.P2)
        return
    members = _mapping(_mapping(answer.body).get(key))
    if answer.status != _OK or not members:
        said = f"answered {answer.status} without {key}: expected 200 and a JSON object with them"
        yield Finding(check, where, State.UNKNOWN, said)
        return
    for name in names:
        yield _member(check, name, _mapping(members.get(name)).get("status"))


def _member(check: str, name: str, status: Any) -> Finding:
    if not isinstance(status, str):
        return Finding(check, name, State.UNKNOWN, "has no status in the answer")
    state = State.HEALTHY if status == "healthy" else State.UNHEALTHY
    said = f"says that it is {_printable(status)}"
    return Finding(check, name, state, said, Severity.P2)


def _printable(word: str) -> str:
    """What somebody else wrote, if it is a technical word."""
    return word if _WORD.fullmatch(word) else "something-else"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
