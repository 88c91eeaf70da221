"""The region of an environment, and that of clients which modules make while pytest imports them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsConfig, LambdaEventsError
from pytest_lambda_events.option_defaults import OUR_DEFAULT, RegionOfProcess
from pytest_lambda_events.plugin.aws_files import has_region_in_files
from pytest_lambda_events.plugin.startup import AWS_FILES, set_default_region

APP = """
import boto3

orders = boto3.client("sqs")

def handler(event, context):
    url = orders.get_queue_url(QueueName="orders")["QueueUrl"]
    return orders.send_message(QueueUrl=url, MessageBody="7")["MD5OfMessageBody"]
"""
STORY = """
import os

import boto3
import pytest
from app import handler, orders
from pytest_lambda_events import LambdaEvents

def test_a_client_of_import_time_works_in_the_region_of_the_environment(lambda_events):
    lambda_events.queue("orders")
    assert lambda_events.config.region_name == orders.meta.region_name == "us-east-1"
    assert lambda_events.function(handler).invoke({}).payload
    assert len(lambda_events.queues["orders"].messages) == 1

def test_variables_of_one_test_win_over_the_default(monkeypatch):
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    with LambdaEvents() as environment:
        assert environment.config.region_name == "eu-north-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    with LambdaEvents() as environment:
        assert environment.config.region_name == "eu-west-3"
"""
CONFTEST = """
import os
import app
early = dict(os.environ)

def pytest_configure():
    # Workers inherit what the controller has set.
    assert "PYTEST_XDIST_WORKER" in os.environ or "AWS_DEFAULT_REGION" not in early
    assert "AWS_CONFIG_FILE" not in os.environ
"""
RUN = """
import os, sys
import pytest
code = pytest.main(sys.argv[1:])
assert not {"AWS_DEFAULT_REGION", "LAMBDA_EVENTS_DEFAULT_REGION"} & os.environ.keys(), "not undone"
sys.exit(code)
"""


def test_modules_may_make_clients_at_import_without_any_region(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_story.py").write_text(STORY)

    variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = [sys.executable, "-c", RUN, "-q", "-p", "pytest_lambda_events.plugin", "-p", "xdist", "-n1"]
    done = subprocess.run(run, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)

    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_region_that_was_changed_meanwhile_is_not_undone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    monkeypatch.delenv(OUR_DEFAULT, raising=False)
    undo = set_default_region("eu-west-1")
    assert os.environ["AWS_DEFAULT_REGION"] == os.environ[OUR_DEFAULT] == "eu-west-1"

    os.environ["AWS_DEFAULT_REGION"] = "eu-west-2"
    undo()

    assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-2"
    assert OUR_DEFAULT not in os.environ


def test_variables_set_by_a_fixture_or_conftest_become_the_region_without_an_option(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    pytester.makeconftest("import os\nos.environ['AWS_DEFAULT_REGION'] = 'eu-west-1'")
    pytester.makepyfile(
        """
        import os
        import boto3
        import pytest
        from pytest_lambda_events import LambdaEvents

        @pytest.fixture
        def london(monkeypatch):
            monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")

        def test_conftest(lambda_events):
            assert lambda_events.config.region_name == boto3.client("sqs").meta.region_name == "eu-west-1"
            assert lambda_events.queue("orders").arn.split(":")[3] == "eu-west-1"

        def test_own():
            with LambdaEvents() as environment:
                assert environment.config.region_name == "eu-west-1"

        def test_fixture(london, lambda_events):
            assert lambda_events.config.region_name == "eu-west-2"

        @pytest.mark.lambda_events(region_name="eu-west-3")
        def test_marker(london, lambda_events):
            assert lambda_events.config.region_name == "eu-west-3"

        def test_wrong(monkeypatch):
            monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-wst-1")
            with pytest.raises(Exception, match="AWS_DEFAULT_REGION='eu-wst-1' is not .* Did you mean 'eu-west-1'"):
                LambdaEvents().__enter__()
            with LambdaEvents(region_name="eu-north-1") as environment:
                assert environment.config.region_name == "eu-north-1"
        """
    )
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")

    result = pytester.runpytest()

    result.assert_outcomes(passed=5)


def test_a_variable_that_names_no_region_is_refused_where_an_environment_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_REGION", "Frankfurt")
    environment = LambdaEvents()

    with pytest.raises(LambdaEventsError) as refused, environment:
        pass

    assert str(refused.value) == (
        "The environment variable AWS_REGION='Frankfurt' is not an AWS region that botocore knows. Pass the name of a region, "
        "such as 'us-east-1'."
    )


@pytest.mark.parametrize(
    ("variables", "region", "variable"),
    [
        ({}, "us-east-1", ""),
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1", "AWS_REGION"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2", "AWS_DEFAULT_REGION"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": ""}, "eu-west-1", "AWS_REGION"),
        ({OUR_DEFAULT: "eu-west-3", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3", ""),
        ({OUR_DEFAULT: "eu-west-3", "AWS_DEFAULT_REGION": "eu-west-3", "AWS_REGION": "eu-west-1"}, "eu-west-1", "AWS_REGION"),
        ({OUR_DEFAULT: "eu-west-3", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2", "AWS_DEFAULT_REGION"),
    ],
)
def test_the_variable_that_boto3_reads_wins(variables: dict[str, str], region: str, variable: str) -> None:
    found = RegionOfProcess.of(variables)

    assert (found, found.variable) == (region, variable)


def test_a_copy_of_the_options_takes_the_region_of_its_own_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    options = LambdaEventsConfig()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")

    assert options.region_name == "eu-west-1"
    assert LambdaEventsConfig(region_name=options.region_name).region_name == "eu-west-2"
    assert LambdaEventsConfig(region_name="eu-west-1").region_name == "eu-west-1"


@pytest.mark.parametrize(
    ("text", "profile", "has_region"),
    [
        ("[default]\nregion = eu-west-1\n", {}, True),
        ("[default]\noutput = json\n[profile shop]\nregion = eu-west-1\n", {}, False),
        ("[profile shop]\nregion = eu-west-1\n", {"AWS_PROFILE": "shop"}, True),
        ("[profile 'my shop']\nregion = eu-west-1\n", {"AWS_DEFAULT_PROFILE": "my shop", "AWS_PROFILE": "other"}, True),
        ("region = nowhere\n", {}, True),
        (None, {}, False),
    ],
)
def test_the_region_of_the_active_profile_is_found(
    text: str | None, profile: dict[str, str], has_region: bool, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    if text is not None:
        config.write_text(text)

    variables = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"), **profile}

    assert has_region_in_files(variables, AWS_FILES) is has_region
