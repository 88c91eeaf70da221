"""The CDK application that wrote `cdk.out` with aws-cdk-lib 2.275.0. Its handler is in the asset."""

from __future__ import annotations

import sys

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs

app = cdk.App(analytics_reporting=False, outdir="cdk.out")
stack = cdk.Stack(app, "Approvals")
queue = sqs.Queue(stack, "Orders", visibility_timeout=cdk.Duration.minutes(20))
function = lambda_.Function(
    stack,
    "Approve",
    runtime=lambda_.Runtime.PYTHON_3_13,
    handler="approvals.handler",
    code=lambda_.Code.from_asset(sys.argv[1]),
    timeout=cdk.Duration.seconds(30),
    durable_config=lambda_.DurableConfig(execution_timeout=cdk.Duration.minutes(10), retention_period=cdk.Duration.days(7)),
)
alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
alias.add_event_source(sources.SqsEventSource(queue, batch_size=5))
app.synth()
