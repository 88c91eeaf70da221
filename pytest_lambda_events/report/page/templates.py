"""The templates of pages, beside this module in `html`."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


class Templates:
    """Fills templates in. Values are escaped. Each template is compiled once."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "html"),
            autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}

    def render(self, name: str, /, **values: object) -> str:
        """Returns a template with these values."""
        return self._environment.get_template(name).render(values)
