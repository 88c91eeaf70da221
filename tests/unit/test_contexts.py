"""`contextmanager` and `ExitStack` behave like those of the standard library, also if code fails at any place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_lambda_events import contexts

Block = Callable[[Any, list[object]], object]


def run(library: Any, block: Block) -> list[object]:
    """Returns what happens in a block, with the error that it raises and those behind the error."""
    happened: list[object] = []
    try:
        happened.append(block(library, happened))
    except BaseException as error:
        seen: BaseException | None = error
        while seen is not None:
            happened.append(repr(seen))
            seen = seen.__context__
    return happened


def part(library: Any, happened: list[object], name: str, at_end: Exception | None = None, *, suppresses: bool = False) -> Any:
    """Returns a context manager that notes what happens to it."""

    def noted() -> Iterator[str]:
        happened.append(f"{name} begins")
        try:
            yield name
        except ValueError as error:
            happened.append(f"{name} gets {error!r}")
            if not suppresses:
                raise
        finally:
            happened.append(f"{name} ends")
            if at_end is not None:
                raise at_end

    return library.contextmanager(noted)()


def fail(error: Exception) -> None:
    raise error


def without_errors(library: Any, happened: list[object]) -> object:
    with library.ExitStack() as stack:
        stack.callback(happened.append, "called")
        return [stack.enter_context(part(library, happened, name)) for name in "ab"]


def block_fails(library: Any, happened: list[object]) -> object:
    with library.ExitStack() as stack:
        stack.enter_context(part(library, happened, "a"))
        stack.callback(happened.append, "called")
        stack.enter_context(part(library, happened, "b"))
        fail(ValueError("block"))
    return None


def parts_fail_at_their_ends(library: Any, happened: list[object]) -> object:
    with library.ExitStack() as stack:
        stack.enter_context(part(library, happened, "a", KeyError("a")))
        stack.enter_context(part(library, happened, "b"))
        stack.enter_context(part(library, happened, "c", ValueError("c")))
    return None


def block_and_a_part_fail(library: Any, happened: list[object]) -> object:
    with library.ExitStack() as stack:
        stack.enter_context(part(library, happened, "a", KeyError("a")))
        stack.enter_context(part(library, happened, "b"))
        fail(ValueError("block"))
    return None


def a_part_suppresses_the_error_of_the_block(library: Any, happened: list[object]) -> object:
    with library.ExitStack() as stack:
        stack.enter_context(part(library, happened, "a"))
        stack.enter_context(part(library, happened, "b", suppresses=True))
        fail(ValueError("block"))
    return "suppressed"


def a_part_suppresses_the_error_of_another_part(library: Any, happened: list[object]) -> object:
    with library.ExitStack() as stack:
        stack.enter_context(part(library, happened, "a"))
        stack.enter_context(part(library, happened, "b", suppresses=True))
        stack.enter_context(part(library, happened, "c", ValueError("c")))
    return "suppressed"


def a_stack_is_left_later(library: Any, happened: list[object]) -> object:
    with library.ExitStack() as stack:
        stack.enter_context(part(library, happened, "a"))
        other = stack.pop_all()
    happened.append("left")
    other.close()
    other.close()
    return None


def a_stop_of_an_iteration_leaves_a_block(library: Any, happened: list[object]) -> object:
    with part(library, happened, "a"):
        fail(StopIteration("block"))
    return None


@pytest.mark.parametrize(
    "block",
    [
        without_errors, block_fails, parts_fail_at_their_ends, block_and_a_part_fail,
        a_part_suppresses_the_error_of_the_block, a_part_suppresses_the_error_of_another_part, a_stack_is_left_later,
        a_stop_of_an_iteration_leaves_a_block,
    ],
)  # fmt: skip
def test_contexts_behave_like_those_of_the_standard_library(block: Block) -> None:
    happened = run(contexts, block)

    assert happened == run(contextlib, block)
    assert happened


def test_a_generator_that_yields_twice_is_refused() -> None:
    @contexts.contextmanager
    def twice() -> Iterator[None]:
        yield
        yield

    with pytest.raises(RuntimeError, match="generator did not stop"), twice():
        """Nothing happens in it."""
