"""Which models an account may use, as Bedrock says it, and as it is; what AWS changes of them.

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
    is_throttled: bool = False  #: every invocation is turned away, whoever used the quota up
    status: str = ""  #: of its lifecycle, when it is not the catalogue's
    end_of_life: float | None = None  #: in Unix seconds, when it is not the catalogue's


@dataclass(slots=True)
class AccessBook:
    """The access to models, by region and model id; granted everywhere unless set otherwise."""

    _known: dict[tuple[str, str], ModelAccess] = field(
        default_factory=lambda: defaultdict(ModelAccess)
    )
    #: The destinations of an inference profile, when they are not the catalogue's.
    destinations: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, region: str, model_id: str) -> ModelAccess:
        """The access to a model; change it to change what Bedrock says and does."""
        return self._known[region, model_id]
