"""Objects with an encoding of their own are the same with and without fast calls."""

from __future__ import annotations

import gzip
from typing import Any

import boto3
from both_ways import both_ways

from pytest_lambda_events import LambdaEvents


def test_objects_with_an_encoding_are_the_same() -> None:
    def scenario(lambda_events: LambdaEvents) -> Any:
        lambda_events.bucket("archive")
        s3 = boto3.client("s3")
        packed = gzip.compress(b"text", mtime=0)
        put = s3.put_object(Bucket="archive", Key="one", Body=packed, ContentEncoding="gzip")
        copied = s3.copy_object(
            Bucket="archive", Key="two", CopySource="archive/one", ContentEncoding="gzip", MetadataDirective="REPLACE"
        )
        got = s3.get_object(Bucket="archive", Key="two")
        return put, copied, got["ContentEncoding"], got["Body"].read()

    (_, _, encoding, body), fast = both_ways(scenario)

    assert (encoding, gzip.decompress(body)) == ("gzip", b"text")
    # The bucket is created by a client that other tests also use, and may have changed.
    assert [name for name in fast if name != "CreateBucket"] == ["GetObject"]
