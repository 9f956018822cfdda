"""Services at their baseline: in memory, or in a DynamoDB table that a module shares.

`test_stores` shows that the two do the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from tests.gate.service import Network, Service, create_table, make_client


@pytest.fixture(scope="module")
def replica() -> Iterator[Any]:
    """A DynamoDB client with the ledger table behind it."""
    with mock_aws():
        made = make_client()
        create_table(made)
        yield made


@pytest.fixture
def service() -> Service:
    """A service at its baseline, its ledger in memory."""
    return Service()


@pytest.fixture
def network(replica: Any) -> Network:
    """Calls of `networked`, watched and disturbed; the table is that of `replica`."""
    assert replica is not None
    return Network()


@pytest.fixture
def networked(replica: Any, network: Network) -> Service:
    """A service whose first replica can lose answers; the second one sees the same table."""
    first = make_client(network=network)
    return Service(first, replica)
