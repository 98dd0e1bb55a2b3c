"""The kinds of values in the configuration: each says what it takes, and refuses the rest with a ValueError that says so."""

import re
from collections.abc import Callable
from datetime import timedelta
from string import Formatter
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from functions.core import duration, regions, zones
from functions.core.cron import Schedule
from functions.core.nearest import did_you_mean
from functions.core.tags import OFF, PREFIX

NEVER: Final = timedelta.max
"""What "never" and "forever" come to where a duration stands. Not to be added to a time."""

PLACEHOLDERS = ("instance_name", "instance_id", "policy", "slot", "local_date")
"""What a template may contain, each between braces."""

POLICY_NAME = r"^[a-z][a-z0-9-]{0,31}$"
KEY_ALIAS = r"^alias/[a-zA-Z0-9/_-]{1,250}$"
TAG_KEY = r"^[\w+\-=.:/@][\w+\-=.:/@ ]{0,109}$"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"


def _duration(value: Any) -> Any:
    return duration.parse(value) if isinstance(value, str) else value


def _duration_or(word: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value == word:
            return NEVER
        try:
            return _duration(value)
        except ValueError as error:
            raise ValueError(f'{error}, or "{word}"') from error

    return read


def _region(name: str) -> str:
    if name in regions.NAMES:
        return name
    if not regions.looks_like_one(name):
        raise ValueError(f"is not a region of AWS's commercial partition{did_you_mean(name, regions.NAMES)}")
    raise ValueError(f"is not a region that this version of Nightkeep knows{did_you_mean(name, regions.NAMES)}")


def _schedule(expression: str) -> str:
    Schedule.parse(expression)
    return expression


def _zone(name: str) -> str:
    if name not in zones.names():
        raise ValueError(f'is not an IANA time zone such as "Europe/Berlin" or "UTC"{did_you_mean(name, zones.names())}')
    return name


def _policy_name(name: str) -> str:
    if name == OFF:
        raise ValueError(f'"{OFF}" is what opts an instance out: choose another name')
    if not re.fullmatch(POLICY_NAME, name):
        raise ValueError("a policy's name has 1 to 32 of a-z, 0-9 and -, and starts with a letter")
    return name


def _tag_key(key: str) -> str:
    if not re.fullmatch(TAG_KEY, key) or key != key.strip():
        raise ValueError("a tag key has 1 to 110 letters, digits, spaces and + - = . _ : / @, with no space at its ends")
    if key.lower().startswith(("aws:", PREFIX)):
        raise ValueError(f'must not start with "aws:" or "{PREFIX}", which are AWS\'s and Nightkeep\'s own')
    return key


def _email(address: str) -> str:
    if not re.fullmatch(EMAIL, address):
        raise ValueError('is not an email address such as "ops@example.com"')
    return address


def _key_alias(alias: str) -> str:
    if alias.startswith("alias/aws/"):
        raise ValueError(
            "is an AWS managed key: snapshots under it cannot be shared, and no other account's key policy can name it; "
            "give a customer key's alias, or leave it out for Nightkeep's own"
        )
    if not re.fullmatch(KEY_ALIAS, alias):
        raise ValueError(
            'is not an alias such as "alias/my-backups" (letters, digits, / _ -); a key id or ARN will not do, since roles name the key by its alias'
        )
    return alias


def _template(template: str) -> str:
    for _, name, form, conversion in _fields(template):
        if name is not None and (name not in PLACEHOLDERS or form or conversion):
            allowed = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
            raise ValueError(f"{{{name}}} is not a placeholder; allowed: {allowed}{did_you_mean(name, PLACEHOLDERS)}")
    return template


def each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    """`values`, when none stands in it twice. Raises ValueError."""
    for position, value in enumerate(values):
        if value in values[:position]:
            raise ValueError(f'"{value}" stands in the list twice')
    return values


def _fields(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"has a brace too many or too few ({error}); write {{{{ or }}}} for a brace itself") from error


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": duration.PATTERN}),
]
DurationOrNever = Annotated[
    timedelta,
    BeforeValidator(_duration_or("never")),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": duration.PATTERN}, {"const": "never"}]}),
]
DurationOrForever = Annotated[
    timedelta,
    BeforeValidator(_duration_or("forever")),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": duration.PATTERN}, {"const": "forever"}]}),
]
Region = Annotated[str, AfterValidator(_region), WithJsonSchema({"type": "string", "enum": list(regions.NAMES)})]
Cron = Annotated[str, AfterValidator(_schedule), WithJsonSchema({"type": "string", "pattern": r"^cron\(.+\)$"})]
Zone = Annotated[str, AfterValidator(_zone)]
PolicyName = Annotated[str, AfterValidator(_policy_name)]
TagKey = Annotated[str, AfterValidator(_tag_key), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 110})]
Email = Annotated[str, AfterValidator(_email), WithJsonSchema({"type": "string", "format": "email"})]
KeyAlias = Annotated[str, AfterValidator(_key_alias), WithJsonSchema({"type": "string", "pattern": KEY_ALIAS})]
Template = Annotated[str, AfterValidator(_template)]
