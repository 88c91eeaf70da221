"""Inside an environment calls are signed with fake credentials, and nobody looks for real ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import Credentials, DeferredRefreshableCredentials, RefreshableCredentials

from pytest_lambda_events import LambdaEvents

REAL = "AKIAREALREALREALREAL"
CONFIG = """
[profile static]
aws_access_key_id = AKIAREALREALREALREAL
aws_secret_access_key = secret

[profile process]
credential_process = {process}

[profile role]
role_arn = arn:aws:iam::999999999999:role/deploy
source_profile = static

[profile role_from_process]
role_arn = arn:aws:iam::999999999999:role/deploy
source_profile = process

[profile role_from_instance]
role_arn = arn:aws:iam::999999999999:role/deploy
credential_source = Ec2InstanceMetadata

[profile web_identity]
role_arn = arn:aws:iam::999999999999:role/deploy
web_identity_token_file = {token}

[profile sso]
sso_session = work
sso_account_id = 999999999999
sso_role_name = Developer

[sso-session work]
sso_region = eu-west-1
sso_start_url = https://work.awsapps.com/start

[profile none]
"""
PROFILES = (
    "static", "process", "role", "role_from_process", "role_from_instance", "web_identity", "sso", "none",
)  # fmt: skip


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the process of the profile `process` would write. No variable of the dependencies is set."""
    written = tmp_path / "ran"
    process = tmp_path / "process.py"
    process.write_text(f"open({str(written)!r}, 'w')\nprint('{{}}')\n")
    (tmp_path / "token").write_text("token")
    text = CONFIG.format(process=f"{sys.executable} {process}", token=tmp_path / "token")
    (tmp_path / "config").write_text(text)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return written


def credentials_of(session: boto3.Session) -> Credentials:
    found = session.get_credentials()
    assert found is not None
    return found


def signed(client: Any, operation: str = "list_queues") -> str:
    """The header `Authorization` with which a client sends a call."""
    seen: list[str] = []
    client.meta.events.register("before-send", lambda request, **more: seen.append(str(request.headers.get("Authorization"))))
    getattr(client, operation)()
    return seen[-1]


# ---------------------------------------------------------------------- profiles and other sources


@pytest.mark.parametrize("profile", PROFILES)
def test_a_client_of_any_profile_signs_with_fake_credentials(profile: str, ran: Path) -> None:
    early = boto3.Session(profile_name=profile)
    lazy = boto3.Session(profile_name=profile)
    client = early.client("sqs") if profile in ("static", "sso", "web_identity") else None

    with LambdaEvents():
        made_inside = boto3.Session(profile_name=profile).client("sqs")
        headers = [signed(one) for one in (client, lazy.client("sqs"), made_inside) if one is not None]

    assert all("Credential=FOOBARKEY/" in header for header in headers)
    assert not ran.exists()


def test_a_process_for_credentials_runs_neither_for_a_client_nor_for_a_session(ran: Path) -> None:
    session = boto3.Session(profile_name="process")

    with LambdaEvents():
        client = session.client("dynamodb")
        client.list_tables()
        credentials = credentials_of(session)

    assert credentials.access_key == "FOOBARKEY"
    assert not ran.exists()


def test_credentials_that_a_session_finds_inside_are_not_kept_in_it(ran: Path) -> None:
    session = boto3.Session(profile_name="static")

    with LambdaEvents():
        session.client("sqs").list_queues()

    assert credentials_of(session).access_key == REAL


def test_a_client_with_keys_of_its_own_has_them_again_afterwards(ran: Path) -> None:
    client = boto3.client("sqs", aws_access_key_id=REAL, aws_secret_access_key="secret")

    with LambdaEvents():
        header = signed(client)

    assert "Credential=FOOBARKEY/" in header
    assert client._request_signer._credentials.access_key == REAL


def test_a_token_of_a_developer_is_not_sent(ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "real-token")
    client = boto3.Session(profile_name="static").client("bedrock")

    with LambdaEvents():
        header = signed(client, "list_custom_models")

    assert header == "b'Bearer fake'"


def test_an_unsigned_client_stays_unsigned(ran: Path) -> None:
    client = boto3.Session(profile_name="static").client("sqs", config=Config(signature_version=botocore.UNSIGNED))

    with LambdaEvents():
        header = signed(client)

    assert header == "None"


# ---------------------------------------------------------------------- credentials that refresh themselves


def expired(refresh: Callable[[], dict[str, str]]) -> RefreshableCredentials:
    long_ago = datetime(2020, 1, 1, tzinfo=timezone.utc)
    return RefreshableCredentials(REAL, "secret", "token", long_ago, refresh, "custom")


def client_with(credentials: Any) -> Any:
    session = botocore.session.Session()
    session._credentials = credentials  # type: ignore[attr-defined]
    return session.create_client("dynamodb", region_name="us-east-1")


@pytest.mark.parametrize("make", [expired, lambda refresh: DeferredRefreshableCredentials(refresh, "custom")])
def test_credentials_made_before_are_not_refreshed(make: Callable[..., Any], ran: Path) -> None:
    refreshed: list[str] = []

    def refresh() -> dict[str, str]:
        refreshed.append("refreshed")
        return {}

    credentials = make(refresh)
    client = client_with(credentials)

    with LambdaEvents():
        header = signed(client, "list_tables")
        frozen = credentials.get_frozen_credentials()

    assert "Credential=FOOBARKEY/" in header
    assert frozen.access_key == "FOOBARKEY"
    assert refreshed == []


def assumed() -> dict[str, str]:
    """The credentials of a role in another account, as its own code would get them."""
    role = "arn:aws:iam::111122223333:role/reader"
    given = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return {
        "access_key": given["AccessKeyId"], "secret_key": given["SecretAccessKey"], "token": given["SessionToken"],
        "expiry_time": given["Expiration"].isoformat(),
    }  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        lambda: RefreshableCredentials.create_from_metadata(assumed(), assumed, "sts-assume-role"),
        lambda: DeferredRefreshableCredentials(assumed, "sts-assume-role"),
    ],
    ids=["at once", "deferred"],
)
def test_credentials_that_the_simulated_aws_issues_are_used_and_refreshed(make: Callable[[], Any], ran: Path) -> None:
    with LambdaEvents() as lambda_events:
        client = client_with(make())
        first = signed(client, "list_tables")
        lambda_events.advance(timedelta(hours=2))
        second = signed(client, "list_tables")

    assert "Credential=ASIA" in first
    assert "Credential=ASIA" in second
    assert first.split("/")[0] != second.split("/")[0]


def test_a_user_of_the_simulated_aws_is_who_calls(ran: Path) -> None:
    with LambdaEvents() as lambda_events:
        iam = lambda_events.client("iam")
        iam.create_user(UserName="ann")
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        sts = boto3.client(
            "sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"], region_name="us-east-1"
        )
        caller = sts.get_caller_identity()["Arn"]

    assert caller == "arn:aws:iam::123456789012:user/ann"


# ---------------------------------------------------------------------- handlers


def test_a_handler_that_has_lost_its_variables_asks_nobody_for_credentials(ran: Path) -> None:
    headers: list[str] = []

    def handler(event: Any, context: Any) -> None:
        os.environ.clear()
        headers.append(signed(boto3.Session(region_name="us-east-1").client("sqs")))

    with LambdaEvents() as lambda_events:
        lambda_events.function(handler).invoke({})

    assert len(headers) == 1
    assert "Credential=FOOBARKEY/" in headers[0]


@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost:1234/credentials"},
        {"AWS_WEB_IDENTITY_TOKEN_FILE": os.devnull, "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/ci"},
        {"AWS_PROFILE": "process"},
        {"AWS_DEFAULTS_MODE": "auto"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_variables_of_a_developer_lead_to_no_credentials(
    variables: dict[str, str], ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with LambdaEvents():
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        # Not by monkeypatch, which would put the value of inside back afterwards.
        del os.environ["AWS_ACCESS_KEY_ID"]
        header = signed(boto3.Session().client("sqs"))

    assert "Credential=FOOBARKEY/" in header
    assert not ran.exists()


def test_a_session_finds_real_credentials_again_afterwards(ran: Path) -> None:
    with LambdaEvents():
        session = boto3.Session(profile_name="static")
        inside = credentials_of(session).access_key

    assert (inside, credentials_of(session).access_key) == ("FOOBARKEY", REAL)
