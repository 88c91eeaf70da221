from __future__ import annotations

from collections.abc import Iterator

import pytest
from bare_worlds import BareWorld, bare_world
from table_calls import TableCalls


@pytest.fixture
def bare() -> Iterator[BareWorld]:
    """A world with the default options."""
    with bare_world(table_state_change_seconds=1) as world:
        yield world


@pytest.fixture
def table(bare: BareWorld) -> TableCalls:
    """A table whose stream has both images."""
    return TableCalls(bare)
