"""The one Lambda operation that moto does not answer here: Invoke.

Its request is taken apart by hand, because the payload is the whole body and the rest are headers
(https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from autopilot_lab.emulator.lambda_async import AsyncInvocations
from autopilot_lab.emulator.lambda_runner import LambdaRunner
from autopilot_lab.emulator.wire import Request, Response


class LambdaInvoke:
    """Answers Invoke, for any client."""

    def __init__(self, runner: LambdaRunner, queue: AsyncInvocations) -> None:
        self._runner = runner
        self._queue = queue

    def answer(self, request: Request, region: str, caller: str) -> Response:
        """Run or queue the function that the request names."""
        split = urlsplit(request.url)
        name = unquote(split.path.split("/functions/", 1)[1].rsplit("/invocations", 1)[0])
        qualifier = parse_qs(split.query).get("Qualifier", [""])[0]
        if qualifier and not name.endswith(f":{qualifier}"):
            name = f"{name}:{qualifier}"
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            self._runner.function(region, name)
            return Response(204)
        if kind == "Event":
            self._queue.accept(region, name, request.body, caller=caller)
            return Response(202)
        return self._run(region, name, request.body, caller)

    def _run(self, region: str, name: str, payload: bytes, caller: str) -> Response:
        outcome = self._runner.invoke(region, name, payload, caller=caller)
        headers: dict[str, Any] = {
            "content-type": "application/json",
            "x-amz-executed-version": outcome.executed_version,
            "x-amzn-requestid": outcome.request_id,
        }
        if outcome.function_error:
            headers["x-amz-function-error"] = outcome.function_error
        return Response(200, headers, outcome.payload)
