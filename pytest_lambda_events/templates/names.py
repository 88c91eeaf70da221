"""Physical names, and values that are made up for resources that are not created (TPL-82, 83, F4)."""

from __future__ import annotations

import functools
import hashlib
import string
import uuid

_CHARACTERS = string.ascii_uppercase + string.digits
SUFFIX = 12
"""The number of characters at the end of a generated name."""


@functools.lru_cache(maxsize=4_096)
def generated_suffix(*parts: str, length: int = SUFFIX, characters: str = _CHARACTERS) -> str:
    """Returns characters that are equal in every run for the same parts."""
    number = int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest(), "big")
    text = []
    for _ in range(length):
        number, index = divmod(number, len(characters))
        text.append(characters[index])
    return "".join(text)


def generated_name(stack_name: str, logical_id: str, limit: int, *, ending: str = "", replacement: int = 0) -> str:
    """Returns the name of a resource whose template names none: `<stack>-<LogicalId>-<12 characters>`.

    If it is longer than `limit`, first the name of the stack and then the logical id is shortened. A resource that replaces
    another one has other characters at the end.
    """
    suffix = generated_suffix(stack_name, logical_id, *([str(replacement)] if replacement else []))
    room = limit - len(ending) - len(suffix) - 2
    for_stack = max(room - len(logical_id), room // 2 if len(logical_id) > room else 1)
    stack, own = stack_name[:for_stack], logical_id
    own = own[: room - len(stack)]
    return f"{stack}-{own}-{suffix}{ending}"


def stack_uuid(stack_name: str) -> str:
    """Returns the UUID in the id of a stack. It is equal in every run."""
    return str(uuid.UUID(hashlib.sha256(stack_name.encode()).hexdigest()[:32]))
