from __future__ import annotations

from collections.abc import Iterator

import pytest
from bare_environments import BareEnvironment, bare_environment
from table_calls import TableCalls


@pytest.fixture
def bare() -> Iterator[BareEnvironment]:
    """An environment with the default options."""
    with bare_environment(table_state_change_seconds=1) as environment:
        yield environment


@pytest.fixture
def table(bare: BareEnvironment) -> TableCalls:
    """A table whose stream has both images."""
    return TableCalls(bare)
