"""The types of resources: those that are created, and those that are refused (TPL-F0 to F5)."""

from __future__ import annotations

from collections.abc import Mapping

from .creators.buckets import BUCKETS
from .creators.buses import LOGS, SCHEDULING
from .creators.clusters import CLUSTERS
from .creators.created_type import CreatedType
from .creators.functions import LAMBDA
from .creators.http_apis import HTTP_APIS
from .creators.layers import LAYERS
from .creators.queues import MESSAGING
from .creators.rest_apis import REST_APIS
from .creators.roles import IAM
from .creators.stacks import NESTED
from .creators.state import STATE as OTHERS
from .creators.tables import TABLES

SIMULATED: Mapping[str, CreatedType] = {
    **LAMBDA, **LAYERS, **REST_APIS, **HTTP_APIS, **MESSAGING, **CLUSTERS, **TABLES, **BUCKETS, **SCHEDULING, **IAM, **NESTED,
}  # fmt: skip
"""Resources that deliver events, or decide about their delivery."""
STATE: Mapping[str, CreatedType] = {**LOGS, **OTHERS}
"""Resources that handlers read and write. They deliver nothing."""

REFUSED: Mapping[str, str] = {
    "AWS::IoT::TopicRule": "invokes functions asynchronously",
    "AWS::SES::ReceiptRule": "invokes functions asynchronously",
    "AWS::SES::ReceiptRuleSet": "has rules that invoke functions asynchronously",
    "AWS::Config::ConfigRule": "invokes functions asynchronously",
    "AWS::Logs::AccountPolicy": "invokes functions asynchronously",
    "AWS::SecretsManager::RotationSchedule": "invokes a function at times",
    "AWS::KinesisAnalytics::Application": "invokes a function for records",
    "AWS::KinesisAnalytics::ApplicationOutput": "invokes a function for records",
    "AWS::Transfer::Workflow": "invokes a function for files",
    "AWS::ApiGateway::UsagePlan": "limits the requests of each API key",
}
"""Types whose effects are not simulated, and these effects."""

WAITS_FOR_ANSWER = (
    "AWS::ElasticLoadBalancingV2::*", "AWS::Cognito::*",
    "AWS::AppSync::*", "AWS::StepFunctions::*", "AWS::KinesisFirehose::*", "AWS::S3ObjectLambda::*", "AWS::VpcLattice::*",
    "AWS::Lex::*", "AWS::Bedrock::*", "AWS::CloudFront::*", "AWS::BedrockAgentCore::*", "AWS::QBusiness::*",
    "AWS::Kendra::*", "AWS::Athena::*", "AWS::Connect::*",
)  # fmt: skip
"""Types that invoke a function and wait for its response. A test invokes the function itself."""
OF_APIS = ("AWS::ApiGateway::*", "AWS::ApiGatewayV2::*")
"""Types of APIs. Those that are not created, such as API keys and domain names, invoke no functions themselves."""
PLACEHOLDER_REASONS: Mapping[str, str] = {
    "AWS::ApiGateway::ApiKey": "requests need no API key here",
    "AWS::ApiGateway::UsagePlanKey": "requests need no API key here",
    "AWS::ApiGateway::DomainName": "domain names receive no requests here: send them to the API",
    "AWS::ApiGateway::BasePathMapping": "domain names receive no requests here: send them to the API",
    "AWS::ApiGatewayV2::DomainName": "domain names receive no requests here: send them to the API",
    "AWS::ApiGatewayV2::ApiMapping": "domain names receive no requests here: send them to the API",
    "AWS::WAFv2::WebACLAssociation": "requests are not filtered here",
}
"""Why types are not created, if the general reason does not fit."""
NEVER_DELIVER = (
    "AWS::IAM::*", "AWS::Logs::*", "AWS::CloudWatch::*", "AWS::EC2::*", "AWS::ApplicationAutoScaling::*",
    "AWS::CloudTrail::*", "AWS::CodeDeploy::*", "AWS::XRay::*", "AWS::ResourceGroups::*", "AWS::ServiceDiscovery::*",
    "AWS::Signer::*", "AWS::ServiceCatalogAppRegistry::*", "AWS::Synthetics::*",
)  # fmt: skip
"""Types that name functions, but do not invoke them."""
