"""The checks of one model of the profile, in the target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from autopilot.domain.allocation import WHOLE
from autopilot.domain.inventory import Peak, ProfileFacts, together
from autopilot.domain.preflight import Check
from autopilot.procedures.preflight.checks import models, quotas
from autopilot.procedures.preflight.guardrails import first_guardrail
from autopilot.procedures.preflight.judged import warn
from autopilot.procedures.preflight.reading import Read

if TYPE_CHECKING:
    from autopilot.domain.inventory import CanaryFacts, Right, Use
    from autopilot.domain.sweep_section import BedrockModel
    from autopilot.ports.inventory import Inventory
    from autopilot.procedures.preflight.memory import Memory
    from autopilot.procedures.preflight.move import Move
    from autopilot.procedures.preflight.reading import Reader

_MINUTE_SECONDS: Final = 60
_HOUR_SECONDS: Final = 3_600
_KINDS: Final = {
    "requests a minute": "quota-requests-per-minute",
    "tokens a minute": "quota-tokens-per-minute",
    "tokens a day": "quota-tokens-per-day",
}


@dataclass
class ModelLook:
    """One model, with what was found of it on the way."""

    move: Move
    model: BedrockModel
    inventory: Inventory
    reader: Reader
    memory: Memory
    peak_now: Peak | None = None  #: of both regions together, when both were read now
    carries_percent: int | None = WHOLE  #: None once a quota could not be judged

    def of_this_minute(self) -> Iterator[Check]:
        """What nothing stands in for: it comes first, because the time is bounded."""
        yield self._canary()
        limit = f"none in {self.move.profile.preflight.throttle_minutes} min"
        yield self.reader.check(
            self._name("throttles"), limit, self._own_use, partial(quotas.throttles, self.move)
        )

    def of_these_days(self) -> Iterator[Check]:
        """What control planes say, which the last full sweep has seen as well."""
        yield from self._quotas(self._own_use)
        yield from self._destinations()
        yield from self._access()

    @cached_property
    def subject(self) -> str:
        """The model's path, or its inference profile where a path has several models."""
        described = self.move.profile.bedrock.models
        alone = sum(each.path == self.model.path for each in described) == 1
        return self.model.path if alone else self.model.profile

    def _name(self, kind: str) -> str:
        return f"{kind}/{self.subject}"

    # -- invocations -----------------------------------------------------------------------------

    def _canary(self) -> Check:
        section, move = self.move.profile.preflight, self.move
        limit = f"{section.canaries} of {section.canaries}"
        limit = f"{limit}, each within {move.profile.objectives.p95_latency_ms} ms"
        role = section.execution_role
        if role is None:
            return self._undescribed("canary", limit)
        found = self.reader.read(
            f"bedrock-runtime:Converse in {move.target}", partial(self._invoke, role)
        )
        return self.reader.check(
            self._name("canary"), limit, found, partial(models.canary, move, role)
        )

    def _invoke(self, role: str) -> Sequence[CanaryFacts]:
        section, target = self.move.profile.preflight, self.move.target
        guard = first_guardrail(section.guardrails, target)
        return self.inventory.canaries.canaries(
            target,
            self.model.profile,
            count=section.canaries,
            role=role,
            guardrail=None if guard is None else (guard.id, guard.version),
        )

    def _undescribed(self, kind: str, limit: str) -> Check:
        why = "the profile has no preflight.execution_role: whose rights shall be proven?"
        return Check.unread(
            self._name(kind), limit=limit, source="the profile of the service", reason=why
        )

    # -- quotas ----------------------------------------------------------------------------------

    @cached_property
    def _own_use(self) -> Read[Use]:
        return self._use(self.move.target)

    def _use(self, region: str) -> Read[Use]:
        section, move = self.move.profile.preflight, self.move
        return self.reader.read(
            f"cloudwatch:GetMetricData AWS/Bedrock in {region}",
            lambda: self.inventory.use.use(
                region,
                self.model.model,
                self.model.profile,
                since_ms=move.since(section.peak_hours * _HOUR_SECONDS),
                recent_ms=move.since(section.throttle_minutes * _MINUTE_SECONDS),
                until_ms=move.now_ms,
            ),
        )

    def _quotas(self, target_use: Read[Use]) -> Iterator[Check]:
        peak = self._peak_of_both(target_use)
        most = peak.value or _NO_USE
        for need in quotas.needs(self.model, most):
            name = self._name(_KINDS[need.unit])
            yield self._quota(name, need, self._allowed(need, peak), seen=most.has_metrics)

    def _allowed(self, need: quotas.Need, peak: Read[Peak]) -> Read[float | None]:
        """The quota, as old as what it is compared with."""
        region = self.move.target
        if peak.at_ms is None:
            return Read(peak.source, None, None, peak.why)
        quota = self.reader.read(
            f"servicequotas:GetServiceQuota {need.code} in {region}",
            lambda: self.inventory.quotas.quota(region, need.code),
        )
        if quota.at_ms is None:
            return quota
        return Read(f"{quota.source}; {peak.source}", quota.value, min(quota.at_ms, peak.at_ms))

    def _quota(
        self, name: str, need: quotas.Need, quota: Read[float | None], *, seen: bool
    ) -> Check:
        known = quota.at_ms is not None and quota.value is not None and seen
        self._lower(quotas.carries(self.move, need, quota.value or 0.0) if known else None)
        margin = self.move.profile.preflight.margin_percent
        whole = f"{need.whole:,} {need.unit}" if quota.at_ms is not None else "both regions' peaks"
        return self.reader.check(
            name,
            f"{whole}, and {margin} % more",
            quota,
            lambda said: quotas.fits(self.move, need, said) if seen else quotas.unseen(self.move),
            remembered=True,
        )

    def _lower(self, part: int | None) -> None:
        if part is None or self.carries_percent is None:
            self.carries_percent = None
        else:
            self.carries_percent = min(self.carries_percent, part)

    def _peak_of_both(self, own: Read[Use]) -> Read[Peak]:
        """Minute by minute; of a region that is lost as the last full sweep saw both."""
        if not self.move.is_asked:
            return self._remembered_peak(own)
        left = self._use(self.move.source)
        if left.at_ms is None or left.value is None:
            return Read(left.source, None, None, left.why)
        if own.at_ms is None or own.value is None:
            return Read(own.source, None, None, own.why)
        self.peak_now = self._peak(together(left.value, own.value))
        return Read(left.source, self.peak_now, min(left.at_ms, own.at_ms))

    def _remembered_peak(self, own: Read[Use]) -> Read[Peak]:
        """Both before the incident, or the target alone since then, whichever is more."""
        move, known = self.move, self.memory.peaks.get(self.subject)
        source = f"record preflight/{move.target}"
        if known is None:
            why = f"{move.source} is not asked, and no full sweep wrote its peak down"
            return Read(source, None, None, why)
        if own.at_ms is None or own.value is None:
            return Read(own.source, None, None, own.why)
        alone = self._peak(own.value)
        most = known.at_least(alone) if self.memory.of_both else known.plus(alone)
        return Read(source, most, move.since(self.memory.age_seconds))

    def _peak(self, use: Use) -> Peak:
        return Peak.of(
            use,
            burndown=self.model.output_burndown,
            output_tokens_max=self.model.output_tokens_max,
        )

    # -- where requests go -------------------------------------------------------------------------

    def _destinations(self) -> Iterator[Check]:
        move, model = self.move, self.model
        found = self._profile()
        yield self.reader.check(
            self._name("inference-profile"),
            "active, with this region as a source",
            found,
            lambda said: models.inference_profile(move, model, said),
            remembered=True,
        )
        if found.at_ms is not None and found.value is None:
            return  # there is none, and so nothing more to say of it
        known: Read[ProfileFacts] = Read(found.source, found.value, found.at_ms, found.why)
        yield self.reader.check(
            self._name("residency"),
            "regions.residency",
            known,
            lambda said: models.residency(move, said),
            remembered=True,
        )
        yield self.reader.check(
            self._name("shared-fate"),
            f"not {move.source}",
            known,
            lambda said: models.shared_fate(move, model, said),
            remembered=True,
        )
        yield self._rights(known)

    def _profile(self) -> Read[ProfileFacts | None]:
        region, name = self.move.target, self.model.profile
        if name != self.model.model:
            return self.reader.read(
                f"bedrock:GetInferenceProfile in {region}",
                lambda: self.inventory.models.inference_profile(region, name),
            )
        arn = f"arn:aws:bedrock:{region}::foundation-model/{name}"
        alone = ProfileFacts(arn, models.ACTIVE, (arn,))
        return self.reader.read("the profile of the service", lambda: alone)

    def _rights(self, known: Read[ProfileFacts]) -> Check:
        role = self.move.profile.preflight.execution_role
        limit = "the profile and every destination"
        if role is None:
            return self._undescribed("invoke-rights", limit)
        return self.reader.check(
            self._name("invoke-rights"),
            limit,
            self._allowed_to(role, known),
            partial(models.rights, role),
            remembered=True,
        )

    def _allowed_to(self, role: str, known: Read[ProfileFacts]) -> Read[Sequence[Right] | None]:
        if known.value is None:
            return Read(known.source, None, None, known.why)
        facts = known.value
        resources = tuple(dict.fromkeys((facts.arn, *facts.model_arns)))
        return self.reader.read(
            "iam:SimulatePrincipalPolicy",
            lambda: self.inventory.rights.invoke_rights(role, facts.arn, resources),
        )

    # -- access to the model -----------------------------------------------------------------------

    def _access(self) -> Iterator[Check]:
        region, model = self.move.target, self.model.model
        facts = self.reader.read(
            f"bedrock:GetFoundationModel in {region}",
            lambda: self.inventory.models.model(region, model),
        )
        yield self.reader.check(
            self._name("model-lifecycle"),
            f"ACTIVE, for {self.move.profile.preflight.end_of_life_days} days",
            facts,
            partial(models.lifecycle, self.move, self.model),
            remembered=True,
        )
        said = self.reader.read(
            f"bedrock:GetFoundationModelAvailability in {region}",
            lambda: self.inventory.models.availability(region, model),
            decides=False,
        )
        yield self.reader.advice(
            self._name("model-availability"),
            "advice only",
            said,
            models.availability,
            warn("no answer", f"advice only; the canary is the proof ({said.why})"),
        )


_NO_USE: Final = Peak(0, 0, 0, has_metrics=False)
