"""The zip file of the code that a template has as text: `index.py`, and `cfnresponse.py` if it imports that (TPL-A8)."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

_IMPORTS_CFNRESPONSE = re.compile(r"^[ \t]*import[ \t]+(?:[\w.]+[ \t]*,[ \t]*)*cfnresponse\b(?![ \t]+as\b)", re.MULTILINE)
"""AWS adds the module only for this form of an import statement."""


def zipped(text: str) -> bytes:
    """Returns the zip file of inline code. Equal texts give equal bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        # The default time of an entry, so that the same text gives the same bytes.
        file.writestr(zipfile.ZipInfo("index.py"), text)
        if _IMPORTS_CFNRESPONSE.search(text):
            file.writestr(zipfile.ZipInfo("cfnresponse.py"), Path(__file__).with_name("cfnresponse.py").read_bytes())
    return archive.getvalue()
