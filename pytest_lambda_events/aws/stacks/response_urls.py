"""The destination of a custom resource's response: a bucket of the environment, the test's own server, or none."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from moto.s3.models import s3_backends
from urllib3.connection import HTTPConnection
from urllib3.poolmanager import PoolManager

from ...errors import NotSimulatedError
from ..process import process

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")
_S3_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?")


def local_only(pools: Any) -> Any:
    """Returns `pools`, an `urllib3.PoolManager` that no longer connects to other machines.

    A replacement of urllib3 or of a part of it by the test is not changed.
    """
    if isinstance(pools, PoolManager):
        find = pools.connection_from_pool_key

        def connection_from_pool_key(*positional: Any, **keywords: Any) -> Any:
            return _closed(find(*positional, **keywords))

        pools.connection_from_pool_key = connection_from_pool_key  # type: ignore[method-assign]
    return pools


def _closed(pool: Any) -> Any:
    """Returns a connection pool that reaches only buckets of the environment and servers of this machine."""
    if not issubclass(pool.ConnectionCls, HTTPConnection) or hasattr(pool, "sends"):
        return pool
    pool.sends = pool.urlopen

    def urlopen(method: str, url: str, body: Any = None, *positional: Any, **keywords: Any) -> Any:
        stored = _stored(pool.host, url, body) if method == "PUT" else None
        return stored or pool.sends(method, url, body, *positional, **keywords)

    pool.urlopen = urlopen
    pool.ConnectionCls = _refusing(pool.ConnectionCls)
    return pool


def _refusing(kind: type[HTTPConnection]) -> type[HTTPConnection]:
    class Refusing(kind):  # type: ignore[misc, valid-type]
        """A connection that can be opened only to this machine."""

        def _new_conn(self) -> Any:
            if self.host in _LOOPBACK:
                return super()._new_conn()
            message = (
                f"cfnresponse.send sends its response to {self.host}, which is not simulated. Nothing was sent. "
                "Replace urllib3.PoolManager.request in the test, or set ResponseURL to the presigned URL of an "
                "object in a bucket of this environment."
            )
            simulation = process().simulation
            raise NotSimulatedError(message) if simulation is None else simulation.record_misuse(message, NotSimulatedError)

    return Refusing


def _stored(host: str, url: str, body: Any) -> urllib3.HTTPResponse | None:
    """Puts an object into a bucket of the environment, if the URL names one. Returns the response of S3."""
    place = _S3_HOST.fullmatch(host)
    path = unquote(urlsplit(url).path).lstrip("/")
    if place is None:
        return None
    bucket, key = (place["bucket"], path) if place["bucket"] else path.partition("/")[::2]
    if bucket not in s3_backends.bucket_accounts:
        return None
    partition, account_id = s3_backends.bucket_accounts[bucket]
    s3_backends[account_id][partition].put_object(bucket, key, body.encode() if isinstance(body, str) else body or b"")
    return urllib3.HTTPResponse(body=b"", status=200)
