"""Which models an account may use, as Bedrock says it, and as it is.

GetFoundationModelAvailability is advice, not proof: it has been seen green where invocations were
denied, and red where they went through. Hence two settings that do not follow each other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(slots=True)
class ModelAccess:
    """What Bedrock says about a model in a region, and whether invocations really go through."""

    agreement: str = "AVAILABLE"
    authorization: str = "AUTHORIZED"
    entitlement: str = "AVAILABLE"
    may_invoke: bool = True


@dataclass(slots=True)
class AccessBook:
    """The access to models, by region and model id; granted everywhere unless set otherwise."""

    _known: dict[tuple[str, str], ModelAccess] = field(
        default_factory=lambda: defaultdict(ModelAccess)
    )

    def of(self, region: str, model_id: str) -> ModelAccess:
        """The access to a model; change it to change what Bedrock says and does."""
        return self._known[region, model_id]
