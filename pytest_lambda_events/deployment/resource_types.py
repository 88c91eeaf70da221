"""What happens to each type of resource: created, made up, or refused (TPL-F0 to F5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from fnmatch import fnmatchcase

from ..templates.template import Declared
from ..values import dataclass
from .creators.buckets import BUCKETS
from .creators.buses import LOGS, SCHEDULING
from .creators.created_type import CreatedType
from .creators.functions import LAMBDA
from .creators.layers import LAYERS
from .creators.queues import MESSAGING
from .creators.roles import IAM
from .creators.stacks import NESTED
from .creators.state import STATE as OTHERS
from .creators.tables import TABLES


class Treatment(Enum):
    """What happens to a resource of a template. The values are the words of the report."""

    SIMULATED = "simulated"
    STATE = "state"
    PLACEHOLDER = "placeholder"
    IGNORED = "ignored"
    LEFT_OUT = "left out"
    REFUSED = "refused"


@dataclass(frozen=True)
class Decision:
    """What happens to one resource, and why. The properties in `ignored` are not applied."""

    treatment: Treatment
    reason: str = ""
    creator: CreatedType | None = None
    ignored: tuple[str, ...] = ()


SIMULATED: Mapping[str, CreatedType] = {**LAMBDA, **LAYERS, **MESSAGING, **TABLES, **BUCKETS, **SCHEDULING, **IAM, **NESTED}
"""Resources that deliver events, or decide about their delivery."""
STATE: Mapping[str, CreatedType] = {**LOGS, **OTHERS}
"""Resources that handlers read and write. They deliver nothing."""

REFUSED: Mapping[str, str] = {
    "AWS::Pipes::Pipe": "polls a source and invokes functions",
    "AWS::IoT::TopicRule": "invokes functions asynchronously",
    "AWS::SES::ReceiptRule": "invokes functions asynchronously",
    "AWS::SES::ReceiptRuleSet": "has rules that invoke functions asynchronously",
    "AWS::Config::ConfigRule": "invokes functions asynchronously",
    "AWS::Logs::AccountPolicy": "invokes functions asynchronously",
    "AWS::SecretsManager::RotationSchedule": "invokes a function at times",
    "AWS::KinesisAnalytics::Application": "invokes a function for records",
    "AWS::KinesisAnalytics::ApplicationOutput": "invokes a function for records",
    "AWS::Transfer::Workflow": "invokes a function for files",
}
"""Types that would deliver events, and how."""

WAITS_FOR_ANSWER = (
    "AWS::ApiGateway::*", "AWS::ApiGatewayV2::*", "AWS::Lambda::Url", "AWS::ElasticLoadBalancingV2::*", "AWS::Cognito::*",
    "AWS::AppSync::*", "AWS::StepFunctions::*", "AWS::KinesisFirehose::*", "AWS::S3ObjectLambda::*", "AWS::VpcLattice::*",
    "AWS::Lex::*", "AWS::Bedrock::*", "AWS::CloudFront::*",
)  # fmt: skip
"""Types that invoke a function and wait for its response. A test invokes the function itself."""
NEVER_DELIVER = ("AWS::IAM::*", "AWS::Logs::*", "AWS::CloudWatch::*", "AWS::EC2::*")
"""Types that name functions, but do not invoke them."""


def decision_of(declared: Declared, ignore: Iterable[str], names_function: Callable[[Declared], str | None]) -> Decision:
    """Returns what happens to a resource.

    Args:
        declared: The resource.
        ignore: Logical ids, types, or patterns of types that become placeholders although they are refused. A property,
            such as `"Orders.DurableConfig"`, is left out.
        names_function: Returns the function that a resource refers to, if there is one.
    """
    if is_ignored(declared, ignore):
        return Decision(Treatment.IGNORED, "is in ignore")
    kind = declared.type
    for table, treatment in ((SIMULATED, Treatment.SIMULATED), (STATE, Treatment.STATE)):
        if kind in table:
            return _created(declared, ignore, treatment, table[kind])
    if kind in REFUSED:
        return Decision(Treatment.REFUSED, REFUSED[kind])
    if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
        return Decision(Treatment.PLACEHOLDER, "custom resources are not run")
    if _fits(kind, WAITS_FOR_ANSWER):
        return Decision(Treatment.PLACEHOLDER, "invokes functions and waits for the response: invoke the function in the test")
    function = None if _fits(kind, NEVER_DELIVER) else names_function(declared)
    if function is not None:
        return Decision(Treatment.REFUSED, f"refers to the function {function}, and its deliveries are not simulated")
    return Decision(Treatment.PLACEHOLDER, f"{kind} delivers no events")


def _created(declared: Declared, ignore: Iterable[str], treatment: Treatment, kind: CreatedType) -> Decision:
    """Returns the decision about a type that is created. A property that would deliver events is refused or ignored."""
    ignored = []
    for name, reason in kind.only_elsewhere.items():
        if name in declared.properties:
            return Decision(Treatment.REFUSED, f"has {name}: {reason}")
    for name, reason in kind.refused.items():
        if name not in declared.properties:
            continue
        if not is_ignored(declared, ignore, f".{name}"):
            return Decision(Treatment.REFUSED, f"has {name}: {reason}", ignored=(name,))
        ignored.append(name)
    return Decision(treatment, creator=kind, ignored=tuple(ignored))


def is_ignored(declared: Declared, ignore: Iterable[str], property_name: str = "") -> bool:
    """Returns whether a resource, or a property such as `.DurableConfig`, is named by logical id, type, or a pattern such as
    `AWS::Pipes::*`.
    """
    names = (f"{declared.logical_id}{property_name}", f"{declared.type}{property_name}")
    return any(one == names[0] or fnmatchcase(names[1], one) for one in ignore)


def _fits(kind: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(kind, pattern) for pattern in patterns)
