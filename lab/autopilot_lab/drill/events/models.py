"""What AWS, or somebody, changes of the models and data that the service uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from autopilot.domain.sweep_section import BedrockModel
from autopilot_lab.drill.events.event import Fault
from autopilot_lab.drill.managed_models import LAG_SECONDS
from autopilot_lab.drill.stage import Stage
from autopilot_lab.drill.written import Duration, Percent, format_duration
from autopilot_lab.emulator.services.model_access import ModelAccess

_DAY_SECONDS: Final = 86_400
_WORDS: Final = {
    "no_access": "may not be invoked, though all that Bedrock says of access is well",
    "throttled": "turns every invocation away",
    "legacy": "is legacy, and ends in 40 days",
    "retired": "is past its end of life",
    "looks_unavailable": "looks unavailable, though invocations go through",
}


class ModelFault(Fault):
    """The models of a region cannot be used as before, or only seem so."""

    event: Literal["model_fault"]
    kind: Literal["no_access", "throttled", "legacy", "retired", "looks_unavailable"]
    region: str

    def sentence(self) -> str:
        """What a person would say."""
        return f"every model in {self.region} {_WORDS[self.kind]}"

    def play(self, stage: Stage, _number: int) -> None:
        """Change what the account may do, or what Bedrock says, and change it back."""
        changed = partial(self._changed, stage.instant(self.at))
        stage.do(self.at, self.event, partial(self._set, stage, changed))
        if self.until is not None:
            stage.do(self.until, self.event, partial(self._set, stage, ModelAccess))

    def _changed(self, at: float) -> ModelAccess:
        changes: dict[str, dict[str, Any]] = {
            "no_access": {"may_invoke": False},
            "throttled": {"is_throttled": True},
            "legacy": {"status": "LEGACY", "end_of_life": at + 40 * _DAY_SECONDS},
            "retired": {"status": "LEGACY", "end_of_life": at - _DAY_SECONDS, "may_invoke": False},
            "looks_unavailable": {"agreement": "NOT_AVAILABLE"},
        }
        return ModelAccess(**changes[self.kind])

    def _set(self, stage: Stage, state: Any) -> None:
        models = stage.installation.models
        for model in _models(stage):
            access = models.access(self.region, model)
            for name, value in asdict(state()).items():
                setattr(access, name, value)


class NoGuardrails(Fault):
    """The guardrails of a region are gone: requests that name one are refused."""

    event: Literal["no_guardrails"]
    region: str

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.region} has no guardrail any more"

    def play(self, stage: Stage, _number: int) -> None:
        """Remove them, and put them back."""
        back: list[Callable[[], None]] = []
        bedrock = stage.installation.aws.services.bedrock
        stage.do(self.at, self.event, lambda: back.append(bedrock.remove_guardrails(self.region)))
        if self.until is not None:
            stage.do(self.until, self.event, partial(_do_all, back))


class QuotaChanged(Fault):
    """A region's quotas for the service's models are no longer what they were."""

    event: Literal["quota"]
    region: str
    of: Literal["requests", "tokens"] = Field("requests", description="Each per minute.")
    percent: Percent = Field(description="Of what the quota was.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.region} has {self.percent:g} % of its quota of {self.of}"

    def play(self, stage: Stage, _number: int) -> None:
        """Lower or raise it, and put it back."""
        stage.do(self.at, self.event, partial(self._scale, stage, self.percent / 100))
        if self.until is not None:
            stage.do(self.until, self.event, partial(self._scale, stage, 100 / self.percent))

    def _scale(self, stage: Stage, factor: float) -> None:
        quotas = stage.installation.aws.services.quotas
        for model in _models(stage):
            code = model.requests_quota if self.of == "requests" else model.tokens_quota
            quotas.apply(self.region, code, factor * quotas.value(self.region, code))


class ProfileRouted(Fault):
    """Inference profiles have other destinations than before, wherever they are called."""

    event: Literal["profile_routed"]
    destinations: Annotated[tuple[str, ...], Field(min_length=1, max_length=12)] = Field(
        description="Regions that may answer from now on."
    )

    def sentence(self) -> str:
        """What a person would say."""
        return f"inference profiles are answered in {', '.join(self.destinations)}"

    def play(self, stage: Stage, _number: int) -> None:
        """Route them so, and as the catalogue says again."""
        known = stage.installation.aws.services.model_access.destinations
        for model in _models(stage):
            stage.do(
                self.at,
                self.event,
                partial(known.__setitem__, model.profile, self.destinations),
            )
            if self.until is not None:
                stage.do(self.until, self.event, partial(known.pop, model.profile, None))


class ReplicationLag(Fault):
    """Copies of the service's data fall behind; the profile's `preflight.copies` names them."""

    event: Literal["replication_lag"]
    region: str = Field(description="Where the copies are.")
    behind: Duration = Field(description="How far; told by S3 once a minute.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"copies of data in {self.region} are {format_duration(self.behind)} behind"

    def play(self, stage: Stage, _number: int) -> None:
        """Let S3 tell so, and that all is well again."""
        models = stage.installation.models
        names = [
            copy.name
            for copy in stage.installation.profile.preflight.copies
            if copy.region == self.region
        ]
        late = dict.fromkeys(names, float(self.behind))
        stage.do(self.at, self.event, partial(models.lag_seconds.update, late))
        if self.until is not None:
            well = dict.fromkeys(names, LAG_SECONDS)
            stage.do(self.until, self.event, partial(models.lag_seconds.update, well))


def _do_all(actions: Iterable[Callable[[], None]]) -> None:
    for action in actions:
        action()


def _models(stage: Stage) -> Iterator[BedrockModel]:
    yield from stage.installation.profile.bedrock.models
