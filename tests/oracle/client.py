"""Runs `python -m awslambdaric` against a local Runtime API and collects what it answers (RUN-90 to 92)."""

from __future__ import annotations

import os
import queue
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

DEADLINE_SECONDS = 30
INVOCATIONS = "/2018-06-01/runtime/invocation/"


@dataclass(frozen=True)
class Event:
    """One invocation that the client is given."""

    request_id: str
    payload: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What the client posted: `kind` is `response` or `error`, `cause` what it tells X-Ray."""

    kind: str
    body: bytes
    content_type: str
    cause: str = ""


@dataclass(frozen=True)
class Run:
    """One life of the client: answers by request id, `init` for a load error; `status` is None if it did not end."""

    answers: Mapping[str, Answer]
    status: int | None
    output: str


class _Api(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, events: Sequence[Event]) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        for event in events:
            self.events.put(event)
        self.answers: dict[str, Answer] = {}
        self.is_idle = threading.Event()
        self.is_over = threading.Event()


class _Connection(socketserver.StreamRequestHandler):
    """Reads header lines of any length: the cause of an error, with its stack, is sent in a header (RUN-92, 94)."""

    server: _Api

    def handle(self) -> None:
        while line := self.rfile.readline():
            method, path, _ = line.decode().split(" ", 2)
            headers = dict(self._headers())
            if headers.get("expect", "").lower() == "100-continue":
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = self.rfile.read(int(headers.get("content-length", 0)))
            if method == "GET":
                self._next()
            else:
                cause = headers.get("lambda-runtime-function-xray-error-cause", "")
                self._take(path, Answer(path.rpartition("/")[2], body, headers.get("content-type", ""), cause))

    def _headers(self) -> Sequence[tuple[str, str]]:
        lines = iter(lambda: self.rfile.readline().decode("latin-1").strip(), "")
        return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def _next(self) -> None:
        try:
            event = self.server.events.get_nowait()
        except queue.Empty:
            self.server.is_idle.set()
            self.server.is_over.wait(DEADLINE_SECONDS)
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": event.request_id,
            "Lambda-Runtime-Deadline-Ms": str(round((time.time() + 3) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:charge",
            **event.headers,
        }
        self._send(200, headers, event.payload)

    def _take(self, path: str, answer: Answer) -> None:
        request_id = path.removeprefix(INVOCATIONS).split("/")[0] if path.startswith(INVOCATIONS) else "init"
        self.server.answers[request_id] = answer
        self._send(202, {"Content-Type": "application/json"}, b'{"status":"OK"}')

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status} OK", f"Content-Length: {len(body)}", *(f"{k}: {v}" for k, v in headers.items())]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def run_client(handler: str, folder: Path, events: Sequence[Event], variables: Mapping[str, str]) -> Run:
    """Let the client load `handler` in `folder` and answer the events, until it waits for more or ends by itself."""
    with _Api(events) as api:
        threading.Thread(target=api.serve_forever, args=(0.01,), daemon=True).start()
        environment = {**variables, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_address[1]}"}
        environment |= {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "awslambdaric", handler]
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            ended = threading.Thread(target=lambda: (process.wait(), api.is_idle.set()), daemon=True)
            ended.start()
            api.is_idle.wait(DEADLINE_SECONDS)
            status = process.poll()
            process.kill()
            output = process.stdout.read() if process.stdout is not None else b""
            ended.join()
        api.is_over.set()
        api.shutdown()
        return Run(dict(api.answers), status, output.decode())
