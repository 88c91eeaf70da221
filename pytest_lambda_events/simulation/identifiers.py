"""Ids that look random and are the same in every run with the same seed."""

from __future__ import annotations

import random
import uuid


class Identifiers:
    """The only source of ids of a simulated AWS: request ids, revision ids, log stream names, trace ids."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"identifiers {seed}")

    def uuid(self) -> str:
        """Returns a version 4 UUID in lower case."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def hex(self, length: int) -> str:
        """Returns `length` hexadecimal digits in lower case."""
        return f"{self._random.getrandbits(4 * length):0{length}x}"
