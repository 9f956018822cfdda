"""Lambda: which version an invocation runs, and the code that version was published with.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaAlias, LambdaFunction
from moto.awslambda.utils import get_backend

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.function_code import CodeRegistry
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.strict.layer import Answer, StrictLayer

LATEST: Final = "$LATEST"
_PUBLISHING = ("CreateFunction", "PublishVersion", "UpdateFunctionCode")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The version that one invocation runs.

    `settings` are that version's, `latest` the function's own; `invoked_arn` is as it was named.
    """

    settings: LambdaFunction
    latest: LambdaFunction
    version: str
    invoked_arn: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Region, name and version."""
        return str(self.latest.region), str(self.latest.function_name), self.version


class Versions:
    """Resolves names, qualifiers and aliases; an alias with weights draws from the seed."""

    def __init__(self, seed: int, code: CodeRegistry) -> None:
        self._seed = seed
        self._code = code
        self._drawn: Counter[str] = Counter()

    def register(self, layer: StrictLayer) -> None:
        """Put the amendments in force."""
        layer.amend("lambda", _PUBLISHING, self.publish)
        layer.amend("lambda", ("DeleteFunction",), self.delete)

    def publish(self, asked: Asked, answer: Answer) -> wire.Response:
        """A published version keeps the code it was published with.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
        """
        response = answer()
        if not wire.error_code(response):
            made = json.loads(response.body)
            if made["Version"] != LATEST:
                self._code.publish(asked.call.region, made["FunctionName"], str(made["Version"]))
        return response

    def delete(self, asked: Asked, answer: Answer) -> wire.Response:
        """The code of a function goes with it; a version goes alone."""
        response = answer()
        region, plain, qualifier = _taken_apart(asked.call.region, asked.text("FunctionName"))
        qualifier = qualifier or asked.text("Qualifier")
        if qualifier:
            self._code.published.pop((region, plain, qualifier), None)
        elif not wire.error_code(response):
            self._code.remove(region, plain)
        return response

    def find(self, region: str, name: str) -> LambdaFunction:
        """The function or version of a name or ARN. Raises ResourceNotFoundException."""
        region, plain, qualifier = _taken_apart(region, name)
        return _find(region, f"{plain}:{qualifier}" if qualifier else plain)

    def arn(self, region: str, name: str) -> str:
        """The ARN that a function is invoked by. Raises ResourceNotFoundException."""
        region, plain, qualifier = _taken_apart(region, name)
        function_arn = str(_find(region, plain).function_arn)
        return f"{function_arn}:{qualifier}" if qualifier else function_arn

    def choose(self, region: str, name: str) -> Chosen:
        """The version that runs for a name, ARN or either with a qualifier.

        Raises ResourceNotFoundException.
        """
        region, plain, qualifier = _taken_apart(region, name)
        latest = _find(region, plain)
        named = _find(region, f"{plain}:{qualifier}") if qualifier else latest
        alias = _alias(region, plain, qualifier)
        version = str(named.version) if alias is None else self._draw(alias)
        settings = named if version == str(named.version) else _find(region, f"{plain}:{version}")
        return Chosen(settings, latest, version, self.arn(region, name))

    def _draw(self, alias: LambdaAlias) -> str:
        """One version of an alias: the additional one as often as its weight says."""
        config: Any = alias.routing_config or {}  # moto calls it a text; it is an object
        weights = config.get("AdditionalVersionWeights") or {}
        number, self._drawn[alias.arn] = self._drawn[alias.arn], self._drawn[alias.arn] + 1
        lot = random.Random(f"alias/{self._seed}/{alias.arn}/{number}").random()
        for version, weight in weights.items():
            if lot < float(weight):
                return str(version)
        return str(alias.function_version)


def _taken_apart(region: str, name: str) -> tuple[str, str, str]:
    """Region, plain name and qualifier ("" for none)."""
    if name.startswith("arn:"):
        region, name = name.split(":")[3], name.split(":function:", 1)[1]
    plain, _, qualifier = name.partition(":")
    return region, plain, qualifier


def _find(region: str, name: str) -> LambdaFunction:
    try:
        return get_backend(ACCOUNT, region).get_function(name)
    except UnknownFunctionException as missing:
        message = f"Function not found: {name}"
        raise AwsError("ResourceNotFoundException", message, 404) from missing


def _alias(region: str, plain: str, qualifier: str) -> LambdaAlias | None:
    if not qualifier:
        return None
    aliases = get_backend(ACCOUNT, region).list_aliases(plain)
    return next((one for one in aliases if one.name == qualifier), None)
