"""The head of a trail in the ledger: moved by comparison, by one writer, in every store."""

from __future__ import annotations

import pytest

from autopilot.domain.trail_head import Announced, TrailHead
from tests.gate.service import Network, Service

FIRST = TrailHead().after(size=1, root="aa", note="x", announced=(Announced("00", 5),))


@pytest.mark.parametrize("where", ["service", "networked"])
def test_a_head_moves_from_what_was_read_only(where: str, request: pytest.FixtureRequest) -> None:
    """Two that read the same: the second one's change is not made."""
    service: Service = request.getfixturevalue(where)
    anchor = service.gate.anchor("eu-central-1")
    assert anchor.read() == TrailHead()
    assert anchor.swap(TrailHead(), FIRST)
    assert not anchor.swap(TrailHead(), TrailHead().after(holder="other"))
    assert anchor.read() == FIRST
    assert anchor.swap(FIRST, FIRST.after(holder="me", announced=()))
    assert anchor.read().announced == ()
    assert service.gate.anchor("eu-west-1").read() == TrailHead()


def test_a_change_whose_answer_was_lost_counts_as_applied(
    networked: Service, network: Network
) -> None:
    """The store tries again, is refused by its own change, and finds it standing there."""
    network.lose_answers = 1
    anchor = networked.gate.anchor("eu-central-1")
    assert anchor.swap(TrailHead(), FIRST)
    assert anchor.read() == FIRST
