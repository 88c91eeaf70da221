"""Tags of functions and event source mappings."""

from __future__ import annotations

from collections.abc import Mapping

from ... import limits
from ..api_response import ApiResponse, Operation, Parameters
from ..errors import invalid_parameter, not_found
from .function_names import parse
from .region import Region
from .validation import not_simulated


def check_count(tags: Mapping[str, str]) -> None:
    """Raises 400 if a function or a mapping has too many tags."""
    if len(tags) > limits.TAGS:
        raise invalid_parameter("Number of tags exceeds resource tag limit.")


class Tags:
    """`TagResource`, `UntagResource` and `ListTags` of the functions and event source mappings of one region."""

    def __init__(self, region: Region) -> None:
        self._region = region

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {"TagResource": self.tag_resource, "UntagResource": self.untag_resource, "ListTags": self.list_tags}

    def tag_resource(self, parameters: Parameters) -> ApiResponse:
        """Returns 204. An existing tag gets the new value."""
        tags = self._tags(parameters)
        check_count({**tags, **parameters["Tags"]})
        tags.update(parameters["Tags"])
        return ApiResponse(204)

    def untag_resource(self, parameters: Parameters) -> ApiResponse:
        """Returns 204. A missing tag is not an error."""
        tags = self._tags(parameters)
        for key in parameters["TagKeys"]:
            tags.pop(key, None)
        return ApiResponse(204)

    def list_tags(self, parameters: Parameters) -> ApiResponse:
        """Returns all tags of a function or a mapping."""
        return ApiResponse(200, {"Tags": dict(self._tags(parameters))})

    def _tags(self, parameters: Parameters) -> dict[str, str]:
        """Returns the dictionary of tags. Raises 404 if the resource does not exist (ESM-58)."""
        arn = parameters["Resource"]
        if ":event-source-mapping:" in arn:
            if arn not in self._region.mapping_tags:
                raise not_found(f"Event source mapping not found: {arn}")
            return self._region.mapping_tags[arn]
        if ":function:" not in arn:
            raise not_simulated(f"A tag of {arn}")
        if parse(arn).qualifier is not None:
            raise invalid_parameter(
                "Tags on function aliases and versions are not supported. Please specify either a function name or an "
                "unqualified function ARN."
            )
        return self._region.function(self._region.reference(arn)).tags
