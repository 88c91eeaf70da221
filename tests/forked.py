"""Runs programs that need a process of their own, without loading boto3 and moto for each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SERVER = """
import json, os, sys, tempfile, traceback
import boto3, moto
from pytest_lambda_events import LambdaEvents

def run(program, arguments):
    sys.argv = ["-c", *arguments]
    exec(program, {"__name__": "__main__"})
    sys.stdout.flush()

for line in sys.stdin:
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if not child:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            try:
                run(*json.loads(line))
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(1)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        output.seek(0)
        print(json.dumps([status, output.read()]), flush=True)
"""


class Forks:
    """A process that has loaded boto3, moto without its services, and what `import pytest_lambda_events` loads.

    It has opened no environment. Each program runs in a fork of it.
    """

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server

    def printed(self, program: str, *arguments: str) -> Any:
        """Runs a program, and returns the value of the JSON in the last line that it prints."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps([program, arguments]) + "\n")
        self._server.stdin.flush()
        status, output = json.loads(self._server.stdout.readline())
        assert status == 0, output
        return json.loads(output.splitlines()[-1])


@contextmanager
def forks_of_one_process() -> Iterator[Forks]:
    """Starts the process, and ends it after the block."""
    with subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield Forks(server)
