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
_API_TYPES = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
LONGEST_NAME = 64


def made_up_ref(type_name: str, logical_id: str, place: Place) -> str:
    """Returns the value of `Ref`."""
    if type_name in _IDS:
        return _IDS[type_name] + generated_suffix(place.stack_name, logical_id, length=17, characters=_HEX)
    if type_name in _API_TYPES:
        return generated_suffix(place.stack_name, logical_id, length=10, characters=_LOWER)
    return generated_name(place.stack_name, logical_id, LONGEST_NAME)


def made_up_attribute(type_name: str, logical_id: str, attribute: str, place: Place) -> Any:
    """Returns the value of `Fn::GetAtt`."""
    name = made_up_ref(type_name, logical_id, place)
    parts = type_name.split("::")
    service, kind = (parts[1].lower(), parts[2].lower()) if len(parts) == 3 else ("custom", parts[-1].lower())
    host = f"{name.lower()}.invalid"
    if attribute.endswith("Arn"):
        return f"arn:{place.partition}:{service}:{place.region}:{place.account_id}:{kind}/{name}"
    if attribute.endswith("Url"):
        return f"https://{host}"
    if attribute.endswith(("Endpoint", "DnsName", "DNSName", "DomainName")):
        return host
    if attribute.endswith("Port"):
        return "5432"
    return f"{logical_id}.{attribute}"
