"""Tags of functions."""

from __future__ import annotations

from collections.abc import Mapping

from ... import limits
from ..answers import Answer, Operation, Parameters
from ..errors import invalid_parameter
from ..model import Function
from .arns import parse
from .region import Region
from .validation import not_simulated


def check_count(tags: Mapping[str, str]) -> None:
    """Raise 400 for more tags than a function may have."""
    if len(tags) > limits.TAGS:
        raise invalid_parameter("Number of tags exceeds resource tag limit.")


class Tags:
    """`TagResource`, `UntagResource` and `ListTags` of the functions of one region."""

    def __init__(self, region: Region) -> None:
        self._region = region

    @property
    def operations(self) -> Mapping[str, Operation]:
        """By the operation's name in the API."""
        return {"TagResource": self.tag_resource, "UntagResource": self.untag_resource, "ListTags": self.list_tags}

    def tag_resource(self, parameters: Parameters) -> Answer:
        """204; a tag that is there gets the new value."""
        function = self._function(parameters)
        tags = {**function.tags, **parameters["Tags"]}
        check_count(tags)
        function.tags = tags
        return Answer(204)

    def untag_resource(self, parameters: Parameters) -> Answer:
        """204; a tag that is not there is no error."""
        function = self._function(parameters)
        for key in parameters["TagKeys"]:
            function.tags.pop(key, None)
        return Answer(204)

    def list_tags(self, parameters: Parameters) -> Answer:
        """All tags of a function."""
        return Answer(200, {"Tags": dict(self._function(parameters).tags)})

    def _function(self, parameters: Parameters) -> Function:
        arn = parameters["Resource"]
        if ":function:" not in arn:
            raise not_simulated(f"A tag of {arn}")
        if parse(arn).qualifier is not None:
            raise invalid_parameter(
                "Tags on function aliases and versions are not supported. Please specify either a function name or an "
                "unqualified function ARN."
            )
        return self._region.function(self._region.reference(arn))
