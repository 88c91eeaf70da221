"""The page on the resources of templates, written from the tables of types. `generate.py` writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pytest_lambda_events.deployment.creators.created_type import CreatedType
from pytest_lambda_events.deployment.creators.framework_resources import FRAMEWORKS, INERT
from pytest_lambda_events.deployment.creators.functions import INERT_PROPERTIES
from pytest_lambda_events.deployment.resource_types import NEVER_DELIVER, OF_APIS, REFUSED, SIMULATED, STATE, WAITS_FOR_ANSWER

START = """\
# Resources of templates

<!-- Written by docs/reference/resource_page.py from the tables of types: change those, and run `make reference`. -->

This page lists what `lambda_events.deploy(...)` does with each type of resource in a template. `print(stack)` shows the
same for your template, with the names of the resources.

| treatment | what it means |
| --- | --- |
| `simulated` | The resource is created. It delivers events, or decides about their delivery. |
| `state` | The resource is created. Handlers can read and write it. It delivers nothing. |
| `placeholder` | The resource is not created. `Ref` and `Fn::GetAtt` give values that are made up, and equal in every run. |
| refused | What the resource delivers or limits is not simulated. `deploy` raises `NotSimulatedError`. |
| `ignored` | The resource is named in `ignore`. It is treated as a placeholder. |

## Simulated and state

Properties that are not in this table are passed to AWS's operation. Properties of the last column refuse the resource, before
anything is created.
`ignore=["Orders.DurableConfig"]` leaves such a property out, and creates the resource.

"""
REFUSED_TYPES = """
## Refused

"""
PLACEHOLDERS = """
## Placeholders

All other types are placeholders. Three groups are about functions:

"""


def resource_page() -> str:
    """Returns the page."""
    types = {**SIMULATED, **FRAMEWORKS, **STATE}
    rows = (_row(name, kind, "state" if name in STATE else "simulated") for name, kind in sorted(types.items()))
    refused = (f"| `{name}` | {reason} |" for name, reason in sorted(REFUSED.items()))
    return "".join(
        [
            START,
            _table(("type", "treatment", "without effect", "refused"), rows),
            f"\nFunctions show these properties, and nothing changes in a test: {_names(INERT_PROPERTIES)}.\n",
            REFUSED_TYPES,
            _table(("type", "why"), refused),
            "\nA type that is not on this page is refused too if it refers to a function of the template.\n",
            PLACEHOLDERS,
            *_groups(),
        ]
    )


def _groups() -> Iterator[str]:
    yield (
        "- Types that invoke a function and wait for its response. `stack.not_delivered` lists them, and a test invokes the "
        f"function itself: {_names(WAITS_FOR_ANSWER)}.\n"
    )
    yield f"- Types that name functions, and do not invoke them: {_names(NEVER_DELIVER)}.\n"
    yield f"- Parts of APIs that are not in the tables, such as API keys and domain names: {_names(OF_APIS)}.\n"
    yield (
        "- Custom resources. Their functions run with `run_custom_resources`. These have no effect here: "
        f"{_names(sorted(INERT))}.\n"
    )


def _row(name: str, kind: CreatedType, treatment: str) -> str:
    reasons: Mapping[str, str] = {**kind.only_elsewhere, **kind.refused}
    return f"| `{name}` | {treatment} | {_names(sorted(kind.not_applied))} | {_names(sorted(reasons))} |"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    titles = f"| {' | '.join(head)} |"
    return "\n".join([titles, f"|{' --- |' * len(head)}", *rows]) + "\n"
