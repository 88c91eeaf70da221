"""Layers are answered by moto, however early in an environment its part for Lambda is loaded."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.awslambda import responses, utils

from pytest_lambda_events import LambdaEvents


def test_answers_that_kept_the_function_of_an_environment_reach_moto(
    lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    lambda_events.function(lambda event, context: None, name="charge")
    monkeypatch.setattr(responses, "get_backend", utils.get_backend)

    with pytest.raises(ClientError) as caught:
        boto3.client("lambda").get_layer_version_policy(LayerName="common", VersionNumber=1)

    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
