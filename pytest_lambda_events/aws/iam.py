"""IAM, as far as functions need roles."""

from __future__ import annotations

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition


class Roles:
    """The roles of moto's IAM; those of another partition than the region's do not count."""

    def __init__(self, region_name: str) -> None:
        self._partition = get_partition(region_name)

    def role_exists(self, arn: str) -> bool:
        """Whether there is a role of this ARN, in whichever account it names."""
        parts = arn.split(":")
        if len(parts) != 6 or parts[1] != self._partition:
            return False
        return any(role.arn == arn for role in iam_backends[parts[4]][self._partition].get_roles())
