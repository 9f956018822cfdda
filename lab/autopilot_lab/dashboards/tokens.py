"""What Bedrock would have published about the requests of a drill's clients.

The simulated service answers requests without calling any model, so the metrics of the models it
would have called are made from its requests here, for the dashboards. How many tokens a request
takes is an assumption of the simulated clients, as their latency is.
"""

from __future__ import annotations

from typing import Final

from autopilot.domain.profile import Profile
from autopilot_lab.emulator.metrics import Metrics, Statistics, metric_id
from autopilot_lab.emulator.world.series import PERIOD_SECONDS, Series

INPUT_TOKENS: Final = 620  #: of a request
OUTPUT_TOKENS: Final = 180
_NAMESPACE: Final = "AWS/Bedrock"


def publish_tokens(metrics: Metrics, series: Series, profile: Profile, start: float) -> None:
    """Publish the tokens of every request to a path that has a model, under what it names."""
    named = {model.path: model.profile for model in profile.bedrock.models}
    for sample in series.samples:
        at = start + sample.end_seconds - PERIOD_SECONDS
        for route, requests in sample.route_requests.items():
            if route.path in named:
                about = {"ModelId": named[route.path]}
                for name, tokens in (("Input", INPUT_TOKENS), ("Output", OUTPUT_TOKENS)):
                    metric = metric_id(_NAMESPACE, f"{name}TokenCount", about)
                    counted = Statistics(requests, requests * tokens, tokens, tokens)
                    metrics.publish(route.region, metric, at, counted)
