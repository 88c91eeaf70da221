from __future__ import annotations

from collections.abc import Iterator

import pytest
from bare_environments import BareAws, bare_environment
from table_calls import TableCalls


@pytest.fixture
def bare() -> Iterator[BareAws]:
    """An environment with the default options."""
    with bare_environment(table_state_change_seconds=1) as environment:
        yield environment


@pytest.fixture
def table(bare: BareAws) -> TableCalls:
    """A table whose stream has both images."""
    return TableCalls(bare)
