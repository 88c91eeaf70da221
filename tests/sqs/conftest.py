from __future__ import annotations

from collections.abc import Iterator

import pytest
from bare_environments import BareAws, bare_environment


@pytest.fixture
def bare() -> Iterator[BareAws]:
    """An environment with the default options."""
    with bare_environment() as environment:
        yield environment
