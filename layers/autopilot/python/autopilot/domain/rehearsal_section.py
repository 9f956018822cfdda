"""The profile's section `rehearsal`: how often recovery has to be tried."""

from __future__ import annotations

from pydantic import Field

from autopilot.domain.section import Section


class RehearsalSection(Section):
    """When a rehearsal says GO. Every key has a default, so that the section may be left out.

    What recovery may take stands in `objectives`: `rto_minutes` and `rpo_minutes`.
    """

    restore_days: int = Field(
        92, ge=7, le=400, description="A restore of the ledger is tried at least this often."
    )
    verified_days: int = Field(
        2, ge=1, le=30, description="A trail is verified, and archived, at least this often."
    )
