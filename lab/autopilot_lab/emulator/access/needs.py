"""A call, as authorisation sees it, and the rights that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.conditions import Context
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.moto_backend import ACCOUNT

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Need:
    """One right: an action on a resource ("*" where the action has no resource type).

    `context` holds the condition keys of the service; the global ones come later.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(slots=True)
class Asked:
    """A call and its request on the wire; parameters are parsed when somebody looks."""

    call: Call
    request: wire.Request
    _params: dict[str, Any] | None = None
    _form: dict[str, str] | None = None

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters, as the API names them."""
        if self._params is None:
            self._params = wire.decode(self.call.service, self.call.operation, self.request)
        return self._params

    def arn(self, service: str, rest: str) -> str:
        """The ARN of something in the region that is called."""
        return f"arn:aws:{service}:{self.call.region}:{ACCOUNT}:{rest}"

    def text(self, name: str) -> str:
        """A parameter, or ""."""
        return str(self._named().get(name) or "")

    def _named(self) -> Mapping[str, Any]:
        """The parameters that stand by themselves; a form is read without its API model."""
        if not self.request.headers.get("content-type", "").startswith(_FORM):
            return self.params
        if self._form is None:
            self._form = dict(parse_qsl(self.request.body.decode()))
        return self._form
