"""The key with which SNS signs what it delivers. It is always the same, so a seed gives the same messages in every process."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric import rsa
from moto.sns.models import Subscription

_EXPONENT = 65_537
_FIRST_PRIME = (
    "dc9ed1b7337034f4517dd41347738acaf1a77b5f031177beeda017653e7f7b52abef299c0c7047880c6ffd6544771afebc63"
    "d0e2c99c5c6c6c22d32389bddb89ffca3135a39108209b60845df3c6126801f2f1c51ed9552bbbd1d7f7257ce2cccb4ffaa3"
    "ff89e8ea88fee55a82071238dfa4d8171cf90a4b39740abc231c3755"
)
_SECOND_PRIME = (
    "d97be558a2b00d6e69bc3ffd184b90bf107ce68fbf08d1bdcc70438ef23895b142650f5723c92d999be4ed4189f1827c5bcc"
    "46f920f4cb02a30f78e466027c1042dfcfcde0683b6d68ebd95583ccdc9326e8600a81645e1aff8a6332f8e60c7de242fd1a"
    "9306ebd1555a284578701556c618eb2aeaeeb6491feb11ff4aa5ce2f"
)
"""The factors of the key. It protects nothing, because moto also shows the certificate that belongs to it."""


@contextmanager
def messages_signed() -> Iterator[None]:
    """Lets all subscriptions sign with one key. moto creates a random key for each of them, which takes 20 ms and more."""
    if not hasattr(Subscription, "private_key"):
        yield
        return
    with mock.patch.object(Subscription, "private_key", _private_key):
        yield


def _private_key(subscription: Any) -> Any:
    return _key()


@functools.cache
def _key() -> Any:
    first, second = int(_FIRST_PRIME, 16), int(_SECOND_PRIME, 16)
    private = pow(_EXPONENT, -1, (first - 1) * (second - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=first, q=second, d=private, dmp1=private % (first - 1), dmq1=private % (second - 1), iqmp=pow(second, -1, first),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, first * second),
    )  # fmt: skip
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)
