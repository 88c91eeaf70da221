"""The signatures of what SNS delivers, and the certificate that verifies them.

The key is always the same, so a seed gives the same messages in every process.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import math
from datetime import datetime, timezone
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from ...sources.push.topic_events import CERTIFICATE

_FIRST_PRIME = (
    "d08b6103a648e3b355b731baab6d2cb799d98cf4731ccd10d329f062aeae6c48"
    "9b303f29e54bc912e03e5b26d47a191e03bcb19c60988c21ec855e34fe65b881"
)
_SECOND_PRIME = (
    "cea1ba6d74d540009b472b559b05f4b0668c0363c8acad89be636b3950d12b62"
    "c08be3b692812c3a29e820b02ab71f6898eedbd82b07058440bb423335f7d933"
)
"""The factors of the key. It protects nothing, so it has only 1,024 bits."""
_MODULUS = int(_FIRST_PRIME, 16) * int(_SECOND_PRIME, 16)
_BYTES = 128
_PRIVATE_EXPONENT = 5
"""A small number, which signs in a tenth of the time of a usual one. The public exponent is large instead."""
_HASHES = {
    "1": (hashlib.sha1, bytes.fromhex("3021300906052b0e03021a05000414")),
    "2": (hashlib.sha256, bytes.fromhex("3031300d060960864801650304020105000420")),
}
"""The hash of each version of signatures, and what precedes it in a signature (RFC 8017, section 9.2)."""


@functools.lru_cache(maxsize=8)
def signature(text: str, version: str) -> str:
    """Returns the signature of a text: version 2 signs with SHA-256, version 1 with SHA-1 (PSH-23).

    The last ones are stored, because all subscriptions of a topic get the same signature.
    """
    digest, prefix = _HASHES["2" if version == "2" else "1"]
    content = prefix + digest(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    padded = b"\0\1" + b"\xff" * (_BYTES - 3 - len(content)) + b"\0" + content
    signed = pow(int.from_bytes(padded, "big"), _PRIVATE_EXPONENT, _MODULUS)
    return base64.b64encode(signed.to_bytes(_BYTES, "big")).decode()


def show_certificate(region_name: str) -> None:
    """Lets moto answer requests for the certificate in a Region."""
    backend: Any = sns_backends[DEFAULT_ACCOUNT_ID][region_name]
    if CERTIFICATE not in backend._message_public_keys:
        backend._message_public_keys[CERTIFICATE] = _certificate()


def certificate_at(path: str) -> bytes | None:
    """Returns the certificate if it has this path on the hosts of SNS; else None."""
    return _certificate() if path == f"/{CERTIFICATE}" else None


@functools.cache
def _certificate() -> bytes:
    """Returns the certificate, in PEM format. It is valid for all times that a virtual clock is likely to have."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    first, second = int(_FIRST_PRIME, 16), int(_SECOND_PRIME, 16)
    public = pow(_PRIVATE_EXPONENT, -1, math.lcm(first - 1, second - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=first, q=second, d=_PRIVATE_EXPONENT, dmp1=_PRIVATE_EXPONENT, dmq1=_PRIVATE_EXPONENT,
        iqmp=pow(second, -1, first), public_numbers=rsa.RSAPublicNumbers(public, _MODULUS),
    )  # fmt: skip
    key = numbers.private_key(unsafe_skip_rsa_key_validation=True)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(1990, 1, 1, tzinfo=timezone.utc))
        .not_valid_after(datetime(2200, 1, 1, tzinfo=timezone.utc))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)
