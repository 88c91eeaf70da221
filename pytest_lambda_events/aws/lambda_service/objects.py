"""The part of S3 from which code is read."""

from __future__ import annotations

from moto.utilities.utils import get_partition

from ...service.control_plane.dependencies import ObjectMissing
from ..backends import late_backends

s3_backends = late_backends("s3")


class Objects:
    """The objects of moto's S3 that one account can name."""

    def __init__(self, account_id: str, region_name: str) -> None:
        self._account_id = account_id
        self._partition = get_partition(region_name)

    def get_object(self, bucket: str, key: str, version: str | None) -> bytes:
        """Returns the bytes of an object. Raises `ObjectMissing`."""
        from moto.s3.exceptions import MissingBucket

        try:
            found = s3_backends[self._account_id][self._partition].get_object(bucket, key, version)
        except MissingBucket:
            raise ObjectMissing("NoSuchBucket", "The specified bucket does not exist") from None
        if found is None:
            raise ObjectMissing("NoSuchKey", "The specified key does not exist.")
        return bytes(found.value)
