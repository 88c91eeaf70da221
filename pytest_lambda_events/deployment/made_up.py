"""Values of resources that are not created (TPL-F4). They are equal in every run."""

from __future__ import annotations

from typing import Any

from ..templates.names import generated_name, generated_suffix
from ..templates.place import Place

_HEX = "0123456789abcdef"
_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
_IDS = {
    "AWS::EC2::VPC": "vpc-", "AWS::EC2::Subnet": "subnet-", "AWS::EC2::SecurityGroup": "sg-",
    "AWS::EC2::InternetGateway": "igw-", "AWS::EC2::NatGateway": "nat-", "AWS::EC2::RouteTable": "rtb-",
    "AWS::EC2::VPCEndpoint": "vpce-", "AWS::EC2::Instance": "i-", "AWS::EC2::EIP": "eipalloc-",
}  # fmt: skip
_ARNS = {
    "AWS::Lambda::CapacityProvider": "capacity-provider:",
    "AWS::Lambda::CodeSigningConfig": "code-signing-config:csc-{hex}",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "loadbalancer/app/{name}/{hex}",
    "AWS::ElasticLoadBalancingV2::Listener": "listener/app/{name}/{hex}/{hex}",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "listener-rule/app/{name}/{hex}/{hex}/{hex}",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "targetgroup/{name}/{hex}",
    "AWS::Batch::JobQueue": "job-queue/",
    "AWS::Batch::JobDefinition": "job-definition/{name}:1",
    "AWS::Batch::ComputeEnvironment": "compute-environment/",
    "AWS::ECS::TaskDefinition": "task-definition/{name}:1",
    "AWS::AppSync::GraphQLApi": "apis/",
    "AWS::CertificateManager::Certificate": "certificate/",
    "AWS::ACMPCA::CertificateAuthority": "certificate-authority/",
    "AWS::CodeStarConnections::Connection": "connection/",
    "AWS::StepFunctions::StateMachineAlias": "stateMachine:{name}:{name}",
    "AWS::StepFunctions::StateMachineVersion": "stateMachine:{name}:1",
}
"""What the ARN of a type has after the account: the part before the name, or all of it."""
_REF_IS_NO_ARN = ("AWS::Lambda::CapacityProvider",)
_SERVICES = {
    "elasticloadbalancingv2": "elasticloadbalancing", "certificatemanager": "acm", "acmpca": "acm-pca",
    "stepfunctions": "states", "codestarconnections": "codestar-connections", "kinesisfirehose": "firehose",
    "apigatewayv2": "apigateway", "amazonmq": "mq", "opensearchservice": "es", "opensearchserverless": "aoss",
    "docdb": "rds", "neptune": "rds", "efs": "elasticfilesystem", "bedrockagentcore": "bedrock-agentcore",
    "vpclattice": "vpc-lattice", "cognito": "cognito-idp",
}  # fmt: skip
"""The services in ARNs that differ from those in types."""
_ARNS_BY_NAME = {
    "QueueArn": "sqs:{place}:{name}", "TopicArn": "sns:{place}:{name}", "BucketArn": "s3:::{name}",
    "FunctionArn": "lambda:{place}:function:{name}", "RoleArn": "iam::{account}:role/{name}",
    "TableArn": "dynamodb:{place}:table/{name}", "EventBusArn": "events:{place}:event-bus/{name}",
    "BusArn": "events:{place}:event-bus/{name}", "KeyArn": "kms:{place}:key/{name}",
    "StateMachineArn": "states:{place}:stateMachine:{name}",
}  # fmt: skip
"""The ARNs of outputs of stacks and custom resources, by the ends of their names."""
_API_TYPES = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
LONGEST_NAME = 64


def made_up_ref(type_name: str, logical_id: str, place: Place) -> str:
    """Returns the value of `Ref`: a name, an id or an ARN, as the type has it."""
    if type_name in _ARNS and type_name not in _REF_IS_NO_ARN:
        return _arn(type_name, logical_id, place)
    return _made_up_name(type_name, logical_id, place)


def _made_up_name(type_name: str, logical_id: str, place: Place) -> str:
    if type_name in _IDS:
        return _IDS[type_name] + generated_suffix(place.stack_name, logical_id, length=17, characters=_HEX)
    if type_name in _API_TYPES:
        return generated_suffix(place.stack_name, logical_id, length=10, characters=_LOWER)
    return generated_name(place.stack_name, logical_id, LONGEST_NAME)


def made_up_attribute(type_name: str, logical_id: str, attribute: str, place: Place) -> Any:
    """Returns the value of `Fn::GetAtt`."""
    name, (service, _) = _made_up_name(type_name, logical_id, place), _split(type_name)
    host = f"{name.lower()}.invalid"
    if service in ("custom", "cloudformation"):
        form = next((form for ending, form in _ARNS_BY_NAME.items() if attribute.endswith(ending)), None)
        if form is not None:
            name = name.lower() if form.startswith("s3") else name
            where = f"{place.region}:{place.account_id}"
            return f"arn:{place.partition}:{form.format(place=where, account=place.account_id, name=name)}"
    if attribute.endswith("Arn"):
        return _arn(type_name, logical_id, place)
    if attribute.endswith("Url"):
        return f"https://{host}"
    if attribute.endswith(("Endpoint", "DnsName", "DNSName", "DomainName")):
        return host
    if attribute.endswith("Port"):
        return "5432"
    return f"{logical_id}.{attribute}"


def _arn(type_name: str, logical_id: str, place: Place) -> str:
    service, kind = _split(type_name)
    form = _ARNS.get(type_name, f"{kind}/")
    name = _made_up_name(type_name, logical_id, place)
    resource = form.format(name=name, hex=generated_suffix(place.stack_name, logical_id, length=17, characters=_HEX))
    resource = resource if "{" in form else resource + name
    return f"arn:{place.partition}:{_SERVICES.get(service, service)}:{place.region}:{place.account_id}:{resource}"


def _split(type_name: str) -> tuple[str, str]:
    """Returns the service and the kind of a type, in lower case."""
    parts = type_name.split("::")
    return (parts[1].lower(), parts[2].lower()) if len(parts) == 3 else ("custom", parts[-1].lower())
