"""The settings of fronts, for behaviour of AWS that is inferred or that captures contradict."""

from __future__ import annotations

from typing import NamedTuple


class FrontSettings(NamedTuple):
    """The selected behaviour.

    With `converts_bodies` HTTP APIs send the JSON of a body that is not text (HTP-3M). With `urls_need_both` callers of a
    function URL need the permission to invoke the function too (HTP-5F).
    """

    converts_bodies: bool = False
    urls_need_both: bool = False
