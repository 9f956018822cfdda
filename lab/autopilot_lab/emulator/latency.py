"""How long a call to AWS takes in the lab: a mean per service, spread by a seeded stream.

The means are assumptions of the model, in the range that clients inside a region see; nothing in
AWS promises them. Calls to another region pay a round trip more.
"""

from __future__ import annotations

import random

from autopilot_lab.emulator.calls import Call

MEAN_SECONDS = {
    "dynamodb": 0.008,
    "lambda": 0.020,
    "s3": 0.030,
    "stepfunctions": 0.025,
    "cloudwatch": 0.015,
    "sns": 0.020,
    "sqs": 0.010,
}
OTHER_MEAN_SECONDS = 0.020
CROSS_REGION_SECONDS = 0.025


class Latency:
    """Draws the time of each call from one stream, in the order of the calls."""

    def __init__(self, seed: int) -> None:
        self._stream = random.Random(f"latency/{seed}")

    def seconds(self, call: Call) -> float:
        """Seconds from sending `call` to its answer: three quarters fixed, one quarter a tail."""
        mean = MEAN_SECONDS.get(call.service, OTHER_MEAN_SECONDS)
        drawn = mean * (0.75 + 0.25 * self._stream.expovariate(1.0))
        far = call.caller_region not in ("", call.region)
        return drawn + (CROSS_REGION_SECONDS if far else 0.0)
