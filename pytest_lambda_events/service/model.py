"""The data of the Lambda service: functions, their versions, aliases and settings.

Configurations are immutable. A change creates a new one, so a running attempt keeps the one with which it started (ASY-46),
and a published version keeps its own (DLQ-06).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from ..values import dataclass

LATEST = "$LATEST"
LATEST_PUBLISHED = "$LATEST.PUBLISHED"


@dataclass(frozen=True, slots=True)
class Code:
    """Code of a function: the bytes of a zip file, a folder of the project or one package in it, or a callable of the test.

    `import_hint` is added to the message if its import fails.
    """

    sha256: str
    size: int
    zip_file: bytes | None = None
    folder: Path | None = None
    package: str = ""
    handler: Callable[..., object] | None = None
    import_hint: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A container image with its `ImageConfig`. A callable of the test runs instead."""

    uri: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """A version of a layer: the bytes of a zip file or a folder of the project. A layer of another account has neither.

    With `has_modules`, the folder itself has the modules. Otherwise they are in its folder `python/`.
    """

    arn: str
    code_size: int = 0
    zip_file: bytes | None = None
    folder: Path | None = None
    has_modules: bool = False

    @property
    def has_content(self) -> bool:
        """Returns whether the simulated AWS has the files of the layer."""
        return self.zip_file is not None or self.folder is not None


@dataclass(frozen=True, slots=True)
class DurableConfig:
    """The settings of a durable function. The timeout is in seconds (DUR-01)."""

    execution_timeout: int
    retention_period_in_days: int
    kms_key_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """The configuration of `$LATEST` at one time, or of a published version.

    `timeout` is in seconds, `memory_size` and `ephemeral_storage_size` in MB. `revision_id` changes with every change of the
    resource (RUN-73). `code_revision` is equal for configurations with interchangeable execution environments: it changes with
    code and settings, not with state, so warm environments survive only a change of state. `inherit_environment` are patterns
    of variables of the test process. None means the value of the options. `inert` are the settings without an effect, in the
    form of a response.
    """

    function_name: str
    function_arn: str
    runtime: str
    role: str
    handler: str
    code: Code
    revision_id: str
    last_modified: str
    code_revision: str
    version: str = LATEST
    description: str = ""
    timeout: int = 3
    memory_size: int = 128
    environment: Mapping[str, str] | None = None
    dead_letter_target_arn: str | None = None
    architectures: tuple[str, ...] = ("x86_64",)
    ephemeral_storage_size: int = 512
    tracing_mode: str = "PassThrough"
    log_format: str = "Text"
    log_group: str = ""
    application_log_level: str | None = None
    system_log_level: str | None = None
    layers: tuple[Layer, ...] = ()
    inherit_environment: tuple[str, ...] | None = None
    snap_start: bool = False
    has_tenants: bool = False
    durable: DurableConfig | None = None
    image: Image | None = None
    inert: Mapping[str, Any] = field(default_factory=dict)
    kms_key_arn: str | None = None
    state: str = "Active"
    state_reason: str | None = None
    state_reason_code: str | None = None
    last_update_status: str | None = "Successful"
    last_update_status_reason: str | None = None
    last_update_status_reason_code: str | None = None

    @property
    def is_managed(self) -> bool:
        """Returns whether it runs on Managed Instances."""
        return "CapacityProviderConfig" in self.inert

    @property
    def is_snapshot(self) -> bool:
        """Returns whether its execution environments are restored from a snapshot."""
        return self.snap_start and self.version != LATEST


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for a version, and with `weights` (version to share) for a second one."""

    name: str
    function_version: str
    revision_id: str
    description: str = ""
    weights: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class EventInvokeConfig:
    """The settings of one qualifier for asynchronous invocation. None is AWS's default (ASY-20).

    `last_modified` is in seconds since the epoch.
    """

    maximum_retry_attempts: int | None = None
    maximum_event_age_in_seconds: int | None = None
    on_success: str | None = None
    on_failure: str | None = None
    last_modified: float = 0.0


@dataclass(frozen=True, slots=True)
class ProvisionedConcurrency:
    """Provisioned concurrency of one version or alias. `last_modified` is ISO 8601 text."""

    requested: int
    last_modified: str
    allocated: int = 0
    available: int = 0
    status: str = "IN_PROGRESS"
    status_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """The resource policy of one qualifier: statements by their `Sid`, as AWS writes them (PRM-05)."""

    statements: Mapping[str, Mapping[str, object]]
    revision_id: str


@dataclass(frozen=True, slots=True)
class FunctionUrlConfig:
    """The URL of a function or an alias. `cors` is written as in the API. The times are ISO 8601 text."""

    url_id: str
    auth_type: str
    cors: Mapping[str, Any] | None
    creation_time: str
    last_modified_time: str

    def host(self, region_name: str) -> str:
        """Returns the host name of the URL in a region."""
        return f"{self.url_id}.lambda-url.{region_name}.on.aws"


@dataclass(slots=True)
class Function:
    """A function with all its settings. The keys of the tables are qualifiers, including `$LATEST`. The policy and the URL of
    the function itself have an empty key.

    `published_code_revision` is that of `$LATEST` when it was last published. While it is unchanged, publishing again returns
    the same version (FUN-08).
    """

    name: str
    arn: str
    latest: Configuration
    versions: dict[str, Configuration] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    event_invoke_configs: dict[str, EventInvokeConfig] = field(default_factory=dict)
    provisioned: dict[str, ProvisionedConcurrency] = field(default_factory=dict)
    reserved_concurrent_executions: int | None = None
    recursive_loop: str = "Terminate"
    tags: dict[str, str] = field(default_factory=dict)
    policies: dict[str, ResourcePolicy] = field(default_factory=dict)
    url_configs: dict[str, FunctionUrlConfig] = field(default_factory=dict)
    last_version: int = 0
    published_code_revision: str | None = None
    code_signing_config_arn: str = ""
    runtime_management: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def event_invoke_config(self, qualifier: str | None) -> EventInvokeConfig:
        """Returns the configuration of the qualifier in the invocation, without inheritance. It may have only defaults
        (ASY-23).
        """
        return self.event_invoke_configs.get(qualifier or LATEST, EventInvokeConfig())

    def has(self, qualifier: str | None) -> bool:
        """Returns whether the qualifier exists. None and `$LATEST` always exist."""
        return qualifier in (None, LATEST) or qualifier in self.versions or qualifier in self.aliases

    def configuration(self, version: str) -> Configuration | None:
        """Returns the configuration of a version, also of `$LATEST`."""
        return self.latest if version == LATEST else self.versions.get(version)


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a call: the function, the qualifier of the call (None if it had none) and the configuration that runs."""

    function: Function
    qualifier: str | None
    configuration: Configuration

    @property
    def invoked_arn(self) -> str:
        """Returns the ARN, with the qualifier only if the call had one (RUN-62)."""
        return self.function.arn if self.qualifier is None else f"{self.function.arn}:{self.qualifier}"

    @property
    def qualified_arn(self) -> str:
        """Returns the ARN as records show it, always with a qualifier (DST-17)."""
        return f"{self.function.arn}:{self.qualifier or LATEST}"
