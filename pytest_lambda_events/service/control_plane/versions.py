"""Versions: immutable copies of `$LATEST` (FUN-06 to 08)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..api_response import ApiResponse, Operation, Parameters, page
from ..errors import invalid_parameter
from ..model import LATEST_PUBLISHED, Configuration, Function
from . import configuration
from .checks import check_latest, check_ready, check_revision
from .dependencies import Dependencies
from .region import Region
from .snapshots import Snapshots
from .validation import not_simulated


class Versions:
    """The operations on versions of one region."""

    def __init__(self, region: Region, dependencies: Dependencies) -> None:
        self._region = region
        self._dependencies = dependencies
        self._snapshots = Snapshots(region, dependencies)

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {"PublishVersion": self.publish_version, "ListVersionsByFunction": self.list_versions_by_function}

    def publish_version(self, parameters: Parameters, *, immediately: bool = False) -> ApiResponse:
        """Returns 201. If nothing has changed since the last version, that version is returned (FUN-08)."""
        reference = self._region.reference(parameters["FunctionName"])
        check_latest(reference.qualifier)
        function = self._region.function(reference)
        check_ready(function)
        check_revision(parameters, function.latest.revision_id)
        sha256 = function.latest.code.sha256
        if parameters.get("CodeSha256") not in (None, "", sha256):
            raise invalid_parameter(
                f"CodeSHA256 ({parameters['CodeSha256']}) is different from current CodeSHA256 in $LATEST ({sha256}). "
                "Please try again with the CodeSHA256 in $LATEST."
            )
        if parameters.get("PublishTo"):
            version = self.publish_latest(function, parameters.get("Description"))
        else:
            version = self.published(function, parameters.get("Description"), immediately=immediately)
        arn = self._region.arn(function.name, version.version)
        return ApiResponse(201, configuration.shown(version, arn, self._region.name))

    def published(self, function: Function, description: str | None, *, immediately: bool = False) -> Configuration:
        """Returns a version for the current `$LATEST`. With SnapStart it is Pending until its code is loaded."""
        current = function.versions.get(str(function.last_version))
        if current is not None and function.published_code_revision == function.latest.code_revision:
            return current
        uuid = self._dependencies.identifiers.uuid
        function.last_version += 1
        function.published_code_revision = function.latest.code_revision
        version = replace(
            function.latest,
            version=str(function.last_version),
            revision_id=uuid(),
            code_revision=uuid(),
            description=function.latest.description if description is None else description,
            last_modified=self._dependencies.last_modified,
        )
        if version.snap_start:
            version = self._snapshots.begin(function, version, immediately)
        function.versions[version.version] = version
        function.latest = replace(function.latest, revision_id=uuid())
        return version

    def publish_latest(self, function: Function, description: str | None) -> Configuration:
        """Publishes `$LATEST` as `$LATEST.PUBLISHED`, and replaces the previous one (FUN-73)."""
        if function.latest.durable is not None:
            raise not_simulated("$LATEST.PUBLISHED of a durable function", "Publish a version with a number.")
        uuid = self._dependencies.identifiers.uuid
        before = function.versions.get(LATEST_PUBLISHED)
        if before is not None:
            self._dependencies.environments.discard(before)
        function.versions[LATEST_PUBLISHED] = version = replace(
            function.latest,
            version=LATEST_PUBLISHED,
            revision_id=uuid(),
            code_revision=uuid(),
            description=function.latest.description if description is None else description,
            last_modified=self._dependencies.last_modified,
        )
        return version

    def is_initializing(self, function_name: str, version: str) -> bool:
        """Returns whether the code of a version with SnapStart is not loaded yet."""
        return self._snapshots.is_pending(function_name, version)

    def list_versions_by_function(self, parameters: Parameters) -> ApiResponse:
        """Returns `$LATEST` and all versions in order, without their states (FUN-07)."""
        function = self._region.function(self._region.reference(parameters["FunctionName"]))
        every = [function.latest, *function.versions.values()]
        return page(every, parameters, "Versions", shown=configuration.version_in_list)
