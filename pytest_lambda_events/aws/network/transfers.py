"""Transfers of S3 inside an environment."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.compat

from ...contexts import contextmanager
from ...patching import attribute_patched


@contextmanager
def transfers_by_botocore() -> Iterator[None]:
    """Transfers of S3 use botocore even if awscrt is installed, because the client of awscrt sends its requests itself."""
    if not botocore.compat.HAS_CRT:
        yield
        return
    from boto3.s3 import transfer

    with attribute_patched(transfer, "_should_use_crt", lambda *_, **__: False):
        yield
