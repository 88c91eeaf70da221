"""Clients, resources and sessions that are older than moto are in the environment too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MAKERS = {
    "client": "made = boto3.client('sqs', region_name='us-east-1')\ndef urls(): return made.list_queues()['QueueUrls']",
    "dual_stack": "from botocore.config import Config\n"
    "made = boto3.client('sqs', region_name='us-east-1', config=Config(use_dualstack_endpoint=True, use_fips_endpoint=True))\n"
    "def urls(): return made.list_queues()['QueueUrls']",
    "own_address": "made = boto3.client('sqs', region_name='us-east-1', endpoint_url='http://localhost:4566')\n"
    "def urls(): return made.list_queues()['QueueUrls']",
    "real_keys": "keys = {'aws_access_key_id': 'AKIAREALREALREALREAL', 'aws_secret_access_key': 'secret'}\n"
    "made = boto3.client('sqs', region_name='us-east-1', **keys)\n"
    "def urls(): return made.list_queues()['QueueUrls']",
    "resource": "made = boto3.resource('sqs', region_name='us-east-1')\ndef urls(): return [q.url for q in made.queues.all()]",
    "session": "made = boto3.Session(region_name='us-east-1')\n"
    "def urls(): return made.client('sqs').list_queues()['QueueUrls']",
    "default_session": "boto3.setup_default_session(region_name='us-east-1')\nmade = boto3.DEFAULT_SESSION\n"
    "def urls(): return made.client('sqs').list_queues()['QueueUrls']",
    "botocore_session": "import botocore.session\nmade = botocore.session.Session()\n"
    "def urls(): return made.create_client('sqs', region_name='us-east-1').list_queues()['QueueUrls']",
    "boto3_itself": "boto3.client('sqs', region_name='us-east-1')\n"
    "def urls(): return boto3.client('sqs', region_name='us-east-1').list_queues()['QueueUrls']",
}
"""Modules that make something as they are imported, and use it when they are called."""

STORY = """
import importlib, json, socket, sys

def refuse(*arguments, **keywords):
    raise AssertionError("a call left for the network")

socket.getaddrinfo = socket.socket.connect = refuse
modules = {name: importlib.import_module("makes_" + name) for name in sys.argv[1:]}
assert "moto" not in sys.modules
IMPORT_HERE
from bare_environments import bare_environment

def outcome(urls):
    try:
        return urls()
    except BaseException as error:
        return repr(error)

found = []
for _ in range(2):
    with bare_environment() as bare:
        bare.queue()
        found.append({name: outcome(module.urls) for name, module in modules.items()})
print(json.dumps(found))
"""


@pytest.fixture(scope="module", params=["", "import moto"], ids=["we load moto", "the user loads moto"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """What each maker's module sees in two environments, one after the other, in a process of its own."""
    folder: Path = tmp_path_factory.mktemp("early")
    for name, code in MAKERS.items():
        (folder / f"makes_{name}.py").write_text(f"import boto3\n{code}\n")
    (folder / "story.py").write_text(STORY.replace("IMPORT_HERE", request.param))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"PYTHONPATH": os.pathsep.join([str(folder), str(Path(__file__).parent)]), "HOME": str(folder)}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, str(folder / "story.py"), *MAKERS]
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
    environments: list[dict[str, object]] = json.loads(output)
    return environments


@pytest.mark.parametrize("maker", list(MAKERS))
def test_what_was_made_before_moto_was_loaded_is_in_every_environment(maker: str, found: list[dict[str, object]]) -> None:
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"

    assert [environment[maker] for environment in found] == [[url], [url]]
