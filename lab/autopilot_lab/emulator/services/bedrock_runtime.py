"""bedrock-runtime: Converse and InvokeModel, answered by the world, with the metrics of each call.

Errors and statuses are the API model's; metrics those of
https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html: throttled
requests count as neither invocations nor errors, and `ModelId` has whatever spelling the caller
used, bare id, profile id or ARN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import CallPath, Operation
from autopilot_lab.emulator.calls import Call, ReadTimedOut
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.metrics import Metrics, Statistics, metric_id
from autopilot_lab.emulator.services.contract import own_whole
from autopilot_lab.emulator.services.invocation_bodies import (
    Asked,
    answer_body,
    ask_body,
    asked_in,
    converse_answer,
)
from autopilot_lab.emulator.services.model_access import AccessBook
from autopilot_lab.emulator.services.model_catalogue import Model, find_model, find_profile
from autopilot_lab.emulator.services.model_serving import (
    Invocation,
    ModelHost,
    Served,
    always_well,
    tokens,
)
from autopilot_lab.emulator.services.validation import validate

SERVICE = "bedrock-runtime"
NAMESPACE = "AWS/Bedrock"

#: Error code → HTTP status, as botocore's model of the service has them.
STATUSES: Mapping[str, int] = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}
SERVER_ERRORS_FROM = 500


@dataclass(frozen=True, slots=True)
class _Target:
    """The model that a call means, and how it was named."""

    model: Model
    profile_id: str
    spelling: str


class BedrockRuntime:
    """Answers invocations. `host` is the world's side, and may be replaced at any time."""

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        metrics: Metrics,
        access: AccessBook,
        has_guardrail: Callable[[str, str, str], bool],
    ) -> None:
        self._scheduler = scheduler
        self._metrics = metrics
        self._access = access
        self._has_guardrail = has_guardrail
        self.host: ModelHost = always_well

    def register(self, calls: CallPath) -> None:
        """Take this service's place on the call path."""
        nothing: Mapping[str, Operation] = {}
        own_whole(calls, SERVICE, nothing, elsewhere=("Converse", "InvokeModel"))
        calls.own_wire(SERVICE, "Converse", self._answering("Converse", self.converse))
        calls.own_wire(SERVICE, "InvokeModel", self._answering("InvokeModel", self.invoke))

    def converse(self, params: dict[str, Any], call: Call) -> dict[str, Any]:
        """Answer a conversation, with the tokens it took."""
        target = self._find(str(params["modelId"]), call.region)
        self._require_guardrail(params.get("guardrailConfig") or {}, call.region)
        asked = asked_in(params)
        served = self._serve(target, asked, call)
        return converse_answer(asked, served)

    def invoke(self, params: dict[str, Any], call: Call) -> dict[str, Any]:
        """Answer a request in the model's own format."""
        target = self._find(str(params["modelId"]), call.region)
        asked = ask_body(target.model, params.get("body") or b"")
        served = self._serve(target, asked, call)
        body = answer_body(target.model, asked, served)
        return {"body": body, "contentType": "application/json"}

    def _require_guardrail(self, config: Mapping[str, Any], region: str) -> None:
        """Raises ValidationException for a guardrail that the region does not have."""
        named = str(config.get("guardrailIdentifier") or "")
        if named and not self._has_guardrail(region, named, str(config["guardrailVersion"])):
            message = "The guardrail identifier or version provided in the request does not exist."
            raise AwsError("ValidationException", message)

    # -- serving ---------------------------------------------------------------------------------

    def _find(self, identifier: str, region: str) -> _Target:
        """Raises `AwsError` where no model answers to a name, or not to this kind of name."""
        profile = find_profile(identifier, region)
        model = profile.model if profile else find_model(identifier, region)
        if model is None:
            raise AwsError("ValidationException", "The provided model identifier is invalid.")
        if profile is None and not model.on_demand:
            message = (
                f"Invocation of model ID {identifier} with on-demand throughput isn\u2019t "
                "supported. Retry your request with the ID or ARN of an inference profile that "
                "contains this model."
            )
            raise AwsError("ValidationException", message)
        if model.output != "TEXT":
            message = f"the lab answers for models of text only, and {model.id} makes embeddings"
            raise AwsError("ValidationException", message)
        return _Target(model, profile.id if profile else "", identifier)

    def _serve(self, target: _Target, asked: Asked, call: Call) -> Served:
        region, model = call.region, target.model
        started = self._scheduler.now
        access = self._access.of(region, model.id)
        if access.is_throttled:
            self._fail(region, target, "ThrottlingException")
        if not access.may_invoke:
            self._count(region, target, "Invocations", "InvocationClientErrors")
            message = "You don't have access to the model with the specified model ID."
            raise AwsError("AccessDeniedException", message, 403)
        count = tokens(asked.prompt)
        invocation = Invocation(
            region, model.id, target.profile_id, asked.prompt, count, asked.output_tokens_max
        )
        served = self.host(invocation)
        self._pass(served.seconds, call)
        if served.error:
            self._fail(region, target, served.error)
        self._succeed(region, target, count, served, (self._scheduler.now - started) * 1000)
        return served

    def _pass(self, seconds: float, call: Call) -> None:
        """Let the model take its time; a client that waits less sees no answer."""
        if self._scheduler.current is not None:
            self._scheduler.sleep(min(seconds, call.read_seconds))
            if seconds > call.read_seconds:
                raise ReadTimedOut

    def _fail(self, region: str, target: _Target, code: str) -> None:
        status = STATUSES[code]
        if code == "ThrottlingException":
            self._count(region, target, "InvocationThrottles")
            message = "Too many requests, please wait before trying again."
        elif status >= SERVER_ERRORS_FROM:
            self._count(region, target, "Invocations", "InvocationServerErrors")
            message = "The service could not answer. Try again."
        else:
            self._count(region, target, "Invocations", "InvocationClientErrors")
            message = "The model could not answer the request."
        raise AwsError(code, message, status)

    def _succeed(
        self, region: str, target: _Target, count: int, served: Served, milliseconds: float
    ) -> None:
        self._count(region, target, "Invocations")
        if target.model.is_legacy:
            self._count(region, target, "LegacyModelInvocations")
        used = count + served.output_tokens * target.model.burndown
        for name, value in (
            ("InvocationLatency", milliseconds),
            ("InputTokenCount", float(count)),
            ("OutputTokenCount", float(served.output_tokens)),
            ("EstimatedTPMQuotaUsage", float(used)),
        ):
            self._publish(region, target, name, value)

    # -- metrics ---------------------------------------------------------------------------------

    def _count(self, region: str, target: _Target, *names: str) -> None:
        for name in names:
            self._publish(region, target, name, 1.0)

    def _publish(self, region: str, target: _Target, name: str, value: float) -> None:
        identity = metric_id(NAMESPACE, name, {"ModelId": target.spelling})
        statistics = Statistics.of_values([value], [1.0])
        self._metrics.publish(region, identity, self._scheduler.now, statistics)

    # -- the wire --------------------------------------------------------------------------------

    def _answering(
        self, name: str, method: Callable[[dict[str, Any], Call], dict[str, Any]]
    ) -> Callable[[Call, wire.Request], wire.Response]:
        def answer(call: Call, request: wire.Request) -> wire.Response:
            decoded = wire.decode(SERVICE, name, request)
            params = {key: value for key, value in decoded.items() if value is not None}
            validate(SERVICE, name, params, code="ValidationException")
            return wire.encode(SERVICE, name, request, method(params, call))

        return answer
