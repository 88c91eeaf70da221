"""Reads OpenAPI definitions with API Gateway's extensions: Swagger 2.0 and OpenAPI 3.0 (HTP-70)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...http.definitions import ANY
from ...values import dataclass

Document = Mapping[str, Any]

_METHODS = {
    **{name: name.upper() for name in ("get", "put", "post", "delete", "options", "head", "patch", "trace")},
    "x-amazon-apigateway-any-method": ANY,
}
_INTEGRATION = "x-amazon-apigateway-integration"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_NONE, _IAM = "NONE", "AWS_IAM"
_KINDS = {"awsSigv4": _IAM, "cognito_user_pools": "COGNITO_USER_POOLS", "custom": "CUSTOM"}


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path. `authorization_type` is AWS's, and `authorizer` the name of a security scheme if it has one."""

    path: str
    method: str
    integration: Mapping[str, Any] | None
    authorization_type: str = _NONE
    authorizer: str | None = None
    scopes: Sequence[str] = ()
    is_default: bool = False
    needs_key: bool = False


@dataclass(frozen=True, slots=True)
class Scheme:
    """A security scheme that is an authorizer. `header` is the header that has the token of a TOKEN authorizer."""

    name: str
    settings: Mapping[str, Any]
    header: str


class Definition:
    """An OpenAPI definition."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._schemes = {**_map(document.get("securityDefinitions")), **self._component("securitySchemes")}

    @property
    def title(self) -> str | None:
        """Returns the name of the API."""
        title = _map(self._document.get("info")).get("title")
        return None if title is None else str(title)

    @property
    def description(self) -> str:
        """Returns the description of the API."""
        return str(_map(self._document.get("info")).get("description") or "")

    @property
    def version(self) -> str | None:
        """Returns the version of the definition."""
        version = _map(self._document.get("info")).get("version")
        return None if version is None else str(version)

    @property
    def cors(self) -> Mapping[str, Any] | None:
        """Returns the CORS configuration of an HTTP API."""
        return self._document.get("x-amazon-apigateway-cors")

    @property
    def binary_media_types(self) -> Sequence[str] | None:
        """Returns the binary media types of a REST API, or None if the definition does not set them."""
        return self._document.get("x-amazon-apigateway-binary-media-types")

    @property
    def gateway_responses(self) -> Mapping[str, Mapping[str, Any]]:
        """Returns the gateway responses of a REST API by their types."""
        return _map(self._document.get("x-amazon-apigateway-gateway-responses"))

    @property
    def paths(self) -> Sequence[str]:
        """Returns the paths, also those without methods."""
        return list(_map(self._document.get("paths")))

    def operations(self) -> Iterator[Operation]:
        """Yields the methods of all paths."""
        for path, item in _map(self._document.get("paths")).items():
            for name, written in _map(self._resolved(item)).items():
                method = _METHODS.get(name.lower())
                if method is not None:
                    yield self._operation(path, method, _map(self._resolved(written)))

    def schemes(self) -> Iterator[Scheme]:
        """Yields the security schemes that are authorizers."""
        for name, scheme in self._schemes.items():
            settings = self._resolved(_map(scheme).get(_AUTHORIZER))
            if isinstance(settings, Mapping):
                yield Scheme(name, settings, str(scheme.get("name") or "Authorization"))

    def _operation(self, path: str, method: str, written: Mapping[str, Any]) -> Operation:
        integration = self._resolved(written.get(_INTEGRATION))
        security = written.get("security", self._document.get("security"))
        required = [(name, scopes) for one in security or () for name, scopes in _map(one).items()]
        name, scopes = next((one for one in required if not self._is_key(one[0])), (_NONE, ()))
        kind, authorizer = self._authorization(name)
        if _map(written.get("x-amazon-apigateway-auth")).get("type") == _IAM:
            kind, authorizer = _IAM, None
        return Operation(
            path, method, integration if isinstance(integration, Mapping) else None, kind, authorizer, tuple(scopes or ()),
            is_default=_is_true(written.get("isDefaultRoute")) or path in ("$default", "/$default"),
            needs_key=any(self._is_key(one) for one, _ in required),
        )  # fmt: skip

    def _authorization(self, name: str) -> tuple[str, str | None]:
        """Returns the type of authorization, and the name of the authorizer, of a security scheme."""
        scheme = _map(self._schemes.get(name))
        kind = _KINDS.get(str(scheme.get("x-amazon-apigateway-authtype")), "CUSTOM")
        if _AUTHORIZER in scheme:
            is_jwt = _map(self._resolved(scheme[_AUTHORIZER])).get("type") == "jwt"
            return "JWT" if is_jwt else kind, name
        return (_IAM, None) if kind == _IAM or name == "sigv4" else (_NONE, None)

    def _is_key(self, name: str) -> bool:
        """Returns whether a security scheme asks for an API key."""
        scheme = _map(self._schemes.get(name))
        own = {"x-amazon-apigateway-authtype", _AUTHORIZER} & scheme.keys()
        return not own and scheme.get("type") == "apiKey" and str(scheme.get("name")).lower() == "x-api-key"

    def _component(self, name: str) -> Mapping[str, Any]:
        return _map(_map(self._document.get("components")).get(name))

    def _resolved(self, value: Any) -> Any:
        """Returns what a reference such as `#/components/x-amazon-apigateway-integrations/orders` stands for."""
        if not isinstance(value, Mapping) or not isinstance(value.get("$ref"), str):
            return value
        found: Any = self._document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = _map(found).get(part.replace("~1", "/").replace("~0", "~"))
        return found


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
