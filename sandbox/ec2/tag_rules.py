"""What tags may be, and tags given in a creating call."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.ec2.quotas import MOST_TAGS
from sandbox.gateway import ApiError

LONGEST_KEY = 127
LONGEST_VALUE = 256


def checked(tags: Iterable[Mapping[str, str]], *, system: bool = False) -> dict[str, str]:
    """Tags of an API's list form as a dictionary. Only a service of AWS may give system tags.

    Raises:
        ApiError: InvalidParameterValue for keys and values that are too long, empty keys, and keys reserved for AWS.
    """
    result: dict[str, str] = {}
    for tag in tags:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        if not system:
            check_reserved(key)
        if not 1 <= len(key) <= LONGEST_KEY:
            raise ApiError("InvalidParameterValue", "Tag keys must have between 1 and 127 characters.")
        if len(value) > LONGEST_VALUE:
            raise ApiError(
                "InvalidParameterValue",
                f"Value ( {value} ) for parameter value is invalid. Tag value exceeds the maximum length of 256 characters",
            )
        if key in result:
            raise ApiError("InvalidParameterValue", f"Duplicate tag key '{key}' specified.")
        result[key] = value
    return result


def check_reserved(key: str) -> None:
    """Let pass keys that are the user's to set and to take away.

    Raises:
        ApiError: InvalidParameterValue for those of AWS.
    """
    if key.lower().startswith("aws:"):
        raise ApiError(
            "InvalidParameterValue",
            f"Value ( {key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
        )


def check_number(tags: Mapping[str, str]) -> None:
    """Let pass what one resource may carry.

    Raises:
        ApiError: TagLimitExceeded.
    """
    if sum(not key.startswith("aws:") for key in tags) > MOST_TAGS:
        raise ApiError("TagLimitExceeded", f"More than {MOST_TAGS} tags specified")


def specified(parameters: Mapping[str, Any], *kinds: str, system: bool = False) -> dict[str, dict[str, str]]:
    """TagSpecifications by resource type; each of `kinds` has an entry. Only a service of AWS may give system tags.

    Raises:
        ApiError: InvalidParameterValue for another resource type, or for tags that may not be.
    """
    result: dict[str, dict[str, str]] = {kind: {} for kind in kinds}
    for specification in parameters.get("TagSpecifications") or []:
        kind = specification.get("ResourceType", "")
        if kind not in result:
            raise ApiError("InvalidParameterValue", f"'{kind}' is not a valid taggable resource type for this operation.")
        if result[kind]:
            raise ApiError("InvalidParameterValue", "Tag specification resource type must be unique.")
        result[kind] = checked(specification.get("Tags") or [], system=system)
        check_number(result[kind])
    return result


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]] | None:
    """Tags in the API's list form; None if there are none: EC2 leaves the member out of its answers then, those to creating calls too."""
    return [{"Key": key, "Value": value} for key, value in tags.items()] or None
