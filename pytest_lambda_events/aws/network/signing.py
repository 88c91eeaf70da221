"""Credentials inside an environment: those that the simulated AWS issued, and fake ones instead of all others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet

import botocore.session
from botocore.auth import AUTH_TYPE_MAPS
from botocore.credentials import (
    CredentialResolver,
    Credentials,
    DeferredRefreshableCredentials,
    EnvProvider,
    ReadOnlyCredentials,
    RefreshableCredentials,
)
from botocore.signers import RequestSigner
from botocore.tokens import FrozenAuthToken

from ...contexts import contextmanager
from ...patching import attributes_patched

FAKE_CREDENTIALS = ("FOOBARKEY", "FOOBARSECRET")
"""The fake credentials of moto, so that their origin makes no difference."""
OF_A_HANDLER = "AKIAIOSFODNN7EXAMPLE"
"""The access key in the variables of a handler's process. No user or role has it."""


def account_of(access_key_id: str) -> str | None:
    """Returns the account whose user or assumed role has a key of the simulated AWS. None for any other key."""
    # Without moto's IAM, which is slow to load, there is no user and no role.
    iam: Any = sys.modules.get("moto.iam.models")
    for account_id, backends in [] if iam is None else list(iam.iam_backends.items()):
        for backend in list(backends.values()):
            if access_key_id in backend.access_keys:
                return str(account_id)
    return None


@contextmanager
def signed_with_fake_credentials(signs_for_real: WeakSet[Any]) -> Iterator[Callable[[Any], str | None]]:
    """Lets botocore sign with fake credentials. It neither looks for others nor refreshes its own.

    Yields a function that returns the access key with which a signer signs, or None if its credentials are refreshed.
    The signers in `signs_for_real` use their own credentials: their requests go to an allowed endpoint.
    """
    known = _Known()
    with attributes_patched(
        (RequestSigner, "get_auth_instance", _get_auth_instance(known, signs_for_real)),
        (RequestSigner, "get_auth", _get_auth_instance(known, signs_for_real)),
        (botocore.session.Session, "get_credentials", _get_credentials(known)),
        (CredentialResolver, "load_credentials", _load_credentials()),
        (RefreshableCredentials, "__init__", _init(known, RefreshableCredentials.__init__)),
        (DeferredRefreshableCredentials, "__init__", _init(known, DeferredRefreshableCredentials.__init__)),
        (RefreshableCredentials, "_refresh", _refresh(known)),
        (RefreshableCredentials, "get_frozen_credentials", _get_frozen_credentials(known)),
    ):
        yield known.access_key


class _Known:
    """Decides which credentials belong to the simulated AWS."""

    def __init__(self) -> None:
        self.fake = Credentials(*FAKE_CREDENTIALS)
        self.made_inside: WeakSet[Any] = WeakSet()

    def usable(self, credentials: Any) -> Any:
        """Returns the credentials to sign with instead of these."""
        return credentials if credentials is not None and self.is_simulated(credentials) else self.fake

    def access_key(self, signer: Any) -> str | None:
        """Returns the access key with which a signer signs, or None if that could refresh its credentials."""
        credentials = signer._credentials
        if credentials is None:
            return FAKE_CREDENTIALS[0]
        if isinstance(credentials, RefreshableCredentials) or not isinstance(credentials, (Credentials, ReadOnlyCredentials)):
            return None
        key: str | None = self.usable(credentials).access_key
        return key

    def is_simulated(self, credentials: Any) -> bool:
        """Returns whether the simulated AWS issued these credentials, or whether code that runs inside it refreshes them."""
        if isinstance(credentials, RefreshableCredentials):
            # Their properties would refresh them.
            return credentials in self.made_inside or _is_issued(credentials._access_key)  # type: ignore[attr-defined]
        return isinstance(credentials, (Credentials, ReadOnlyCredentials)) and _is_issued(credentials.access_key)


def _is_issued(access_key_id: str | None) -> bool:
    if access_key_id is None:
        return False
    return access_key_id in (FAKE_CREDENTIALS[0], OF_A_HANDLER) or account_of(access_key_id) is not None


def _get_auth_instance(known: _Known, signs_for_real: WeakSet[Any]) -> Callable[..., Any]:
    get_auth_instance = RequestSigner.get_auth_instance

    def signing(
        signer: Any, signing_name: Any, region_name: Any, signature_version: Any = None, request_credentials: Any = None,
        **more: Any,
    ) -> Any:  # fmt: skip
        kind: Any = AUTH_TYPE_MAPS.get(signature_version or signer._signature_version)
        for_real = signer in signs_for_real
        if kind is not None and kind.REQUIRES_TOKEN is True and not for_real:
            return kind(FrozenAuthToken("fake"))
        own = request_credentials or signer._credentials
        own = own if for_real and own is not None else known.usable(own)
        return get_auth_instance(signer, signing_name, region_name, signature_version, own, **more)

    return signing


def _get_credentials(known: _Known) -> Callable[..., Any]:
    def get_credentials(session: Any) -> Any:
        # The credentials are not stored in the session, which may be older than the environment and outlive it.
        return known.usable(session._credentials or session.get_component("credential_provider").load_credentials())

    return get_credentials


def _load_credentials() -> Callable[..., Any]:
    def load_credentials(resolver: Any) -> Any:
        """Reads environment variables only. Other sources lead out of the process, or to a developer's keys."""
        found = (provider.load() for provider in resolver.providers if isinstance(provider, EnvProvider))
        return next((credentials for credentials in found if credentials is not None), Credentials(*FAKE_CREDENTIALS))

    return load_credentials


def _init(known: _Known, init: Callable[..., None]) -> Callable[..., None]:
    def initialize(credentials: Any, *arguments: Any, **keywords: Any) -> None:
        known.made_inside.add(credentials)
        init(credentials, *arguments, **keywords)

    return initialize


def _refresh(known: _Known) -> Callable[..., None]:
    refresh = RefreshableCredentials._refresh  # type: ignore[attr-defined]

    def refresh_if_simulated(credentials: Any) -> None:
        if known.is_simulated(credentials):
            refresh(credentials)

    return refresh_if_simulated


def _get_frozen_credentials(known: _Known) -> Callable[..., Any]:
    get_frozen_credentials = RefreshableCredentials.get_frozen_credentials

    def frozen(credentials: Any) -> Any:
        return get_frozen_credentials(credentials) if known.is_simulated(credentials) else known.fake.get_frozen_credentials()

    return frozen
