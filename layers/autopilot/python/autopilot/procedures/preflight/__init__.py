"""Whether traffic may move to a region: the failover's first phase, and a part of the sweep."""

from autopilot.procedures.preflight.looking import preflight_of

__all__ = ["preflight_of"]
