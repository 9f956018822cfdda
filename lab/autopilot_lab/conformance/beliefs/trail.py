"""What the trail is built on: signatures by KMS, lists of versions, conditional writes, batches."""

from __future__ import annotations

import json
from typing import Final

from autopilot_lab.conformance.belief import Belief, belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import CONDITIONAL_WRITES, guide, operation
from autopilot_lab.conformance.verdicts import check, equal, refused
