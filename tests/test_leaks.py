"""After a world everything is as before."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import boto3
from bare_worlds import BareWorld, bare_world
from process_state import PATCHED, fingerprint

from pytest_lambda_events.aws.process import process


def use(bare: BareWorld) -> None:
    """A bit of everything."""
    url = bare.queue()
    bare.run_handler(lambda: (time.sleep(5), boto3.client("sqs").send_message(QueueUrl=url, MessageBody="hello")))
    boto3.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)
    asyncio.run(asyncio.sleep(1))
    thread = threading.Thread(target=time.sleep, args=(3,))
    thread.start()
    thread.join()
    bare.run_handler(lambda: time.sleep(3600))


def test_a_world_leaves_the_process_as_it_was() -> None:
    with bare_world() as bare:
        use(bare)
    before = fingerprint()

    with bare_world(seed=1, account_id="111122223333", region_name="eu-west-1") as bare:
        use(bare)

    assert fingerprint() == before


def test_the_very_first_world_leaves_the_process_as_it_was(tmp_path: Path) -> None:
    story = tmp_path / "story.py"
    story.write_text(
        f"import sys\nsys.path[:0] = [{str(Path(__file__).parent)!r}]\n"
        "import moto.sqs.models, moto.logs.models, moto.sqs.responses\n"
        "from bare_worlds import bare_world\n"
        "from process_state import fingerprint\n"
        "before = fingerprint()\n"
        "with bare_world() as bare:\n"
        "    inside = fingerprint()\n"
        "after = fingerprint()\n"
        "assert inside != before\n"
        "pairs = [(key, value, after['attributes'].get(key)) for key, value in before['attributes'].items()]\n"
        "changed = [key for key, old, new in pairs if old != new]\n"
        "assert not changed, changed\n"
        "assert {key: value for key, value in after.items() if key != 'attributes'} == "
        "{key: value for key, value in before.items() if key != 'attributes'}\n"
    )

    done = subprocess.run([sys.executable, str(story)], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_comparison_sees_what_a_world_replaces() -> None:
    before = fingerprint()

    with bare_world():
        inside = fingerprint()

    attributes = {name for name, value in inside["attributes"].items() if before["attributes"].get(name) != value}  # type: ignore[attr-defined]
    assert {name.partition(".")[0] for name in attributes} >= {"asyncio", "botocore", "moto", "subprocess", "threading"}
    assert {key for key in before if inside[key] != before[key]} >= {
        "environ", "default session", "mocks", "freezers", "simulation", "sleep"
    }  # fmt: skip
    assert set(PATCHED) >= {"time", "datetime"}


def test_sessions_and_clients_do_not_pile_up() -> None:
    with bare_world() as bare:
        use(bare)
    before = len(process().sessions), len(process().clients), len(process().sleepers)

    with bare_world() as bare:
        use(bare)

    assert (len(process().sessions), len(process().clients), len(process().sleepers)) == before


def test_a_closed_world_is_collected() -> None:
    with bare_world() as bare:
        use(bare)
        simulation = weakref.ref(bare.simulation)

    del bare
    gc.collect()

    assert simulation() is None
