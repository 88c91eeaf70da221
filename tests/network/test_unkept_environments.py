"""An environment that nobody keeps stays open: garbage collection does not let calls reach the network."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import gc, socket, weakref
import boto3
from pytest_lambda_events import LambdaEvents

def refused(*arguments):
    raise SystemExit("this script reached for the network")

socket.socket.connect = socket.getaddrinfo = refused
env = LambdaEvents()
kept = weakref.ref(env.__enter__())
del env
gc.collect()
sqs = boto3.client("sqs", "us-east-1", aws_access_key_id="AKIAREALREALREALREAL", aws_secret_access_key="secret")
print("open:", sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"])
kept().__exit__(None, None, None)
gc.collect()
print("closed:", kept())
"""


def test_an_environment_that_a_script_does_not_keep_stays_open_until_it_is_closed() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)

    assert ended.stdout.splitlines() == ["open: 200", "closed: None"], ended.stderr
