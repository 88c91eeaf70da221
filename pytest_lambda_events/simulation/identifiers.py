"""Ids that look random and are the same in every run with the same seed."""

from __future__ import annotations

import random
import uuid


class Identifiers:
    """The one source of ids of a simulated AWS: request ids, revision ids, log stream names, trace ids."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"identifiers {seed}")

    def uuid(self) -> str:
        """A lower-case version 4 UUID."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def hex(self, length: int) -> str:
        """`length` lower-case hexadecimal digits."""
        return f"{self._random.getrandbits(4 * length):0{length}x}"
