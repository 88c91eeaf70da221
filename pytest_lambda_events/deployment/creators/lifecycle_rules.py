"""The lifecycle rules of a bucket (TPL-W9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CONDITIONS = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")
_EXPIRATION = {
    "ExpirationInDays": "Days", "ExpirationDate": "Date", "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}  # fmt: skip
_LISTS = {
    "Transitions": ("Transition", {"TransitionInDays": "Days", "TransitionDate": "Date"}),
    "NoncurrentVersionTransitions": ("NoncurrentVersionTransition", {"TransitionInDays": "NoncurrentDays"}),
}
"""The lists of a rule: the properties for a single item, and the names of their members in the API."""
_EXPIRING = ("ExpirationInDays", "ExpirationDate", "NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays")


def lifecycle_rules(written: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the rules of a template in the form of `PutBucketLifecycleConfiguration`."""
    return [_rule(one) for one in written.get("Rules") or ()]


def expires_objects(written: Mapping[str, Any]) -> bool:
    """Returns whether an enabled rule of a template deletes objects after a time."""
    return any(
        rule.get("Status") == "Enabled" and any(name in rule for name in _EXPIRING) for rule in written.get("Rules") or ()
    )


def _rule(written: Mapping[str, Any]) -> dict[str, Any]:
    rule = {"ID": written.get("Id"), "Status": written.get("Status"), "Filter": _filter(written)}
    expiration = _renamed({name: one for name, one in written.items() if name in _EXPIRATION}, _EXPIRATION)
    noncurrent = written.get("NoncurrentVersionExpiration")
    if "NoncurrentVersionExpirationInDays" in written:
        noncurrent = {"NoncurrentDays": written["NoncurrentVersionExpirationInDays"]}
    lists = {name: _items(written, name, *_LISTS[name]) for name in _LISTS}
    rule |= {
        "Expiration": expiration, "NoncurrentVersionExpiration": noncurrent, **lists,
        "AbortIncompleteMultipartUpload": written.get("AbortIncompleteMultipartUpload"),
    }  # fmt: skip
    return {name: one for name, one in rule.items() if one or name == "Filter"}


def _items(written: Mapping[str, Any], name: str, single: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    found = written.get(name) or ([written[single]] if single in written else [])
    return [_renamed(one, names) for one in found]


def _filter(written: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the filter of a rule. Several conditions are in `And`, as the API wants them."""
    conditions = {name: written[name] for name in ("Prefix", *_CONDITIONS) if name in written}
    tags = written.get("TagFilters") or []
    if len(conditions) + len(tags) <= 1:
        return conditions or ({"Tag": tags[0]} if tags else {"Prefix": ""})
    return {"And": {**conditions, **({"Tags": tags} if tags else {})}}


def _renamed(written: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in written.items()}
