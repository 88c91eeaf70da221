"""The account and region of a stack, and its pseudo parameters (TPL-30)."""

from __future__ import annotations

from typing import Any

from ..values import dataclass
from .names import stack_uuid


@dataclass(frozen=True)
class Place:
    """Where a stack is deployed. `known_id` is the ARN of a stack that has one already."""

    account_id: str
    region: str
    stack_name: str
    known_id: str = ""

    @property
    def partition(self) -> str:
        """The partition of the region, such as `aws`."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def stack_id(self) -> str:
        """The ARN of the stack. It is equal in every run."""
        if self.known_id:
            return self.known_id
        where = f"arn:{self.partition}:cloudformation:{self.region}:{self.account_id}"
        return f"{where}:stack/{self.stack_name}/{stack_uuid(self.stack_name)}"

    def pseudo_parameters(self) -> dict[str, Any]:
        """Returns the values of the pseudo parameters but `AWS::NoValue`."""
        return {
            "AWS::AccountId": self.account_id,
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com",
            "AWS::StackName": self.stack_name,
            "AWS::StackId": self.stack_id,
            "AWS::NotificationARNs": [],
        }
