"""What the configuration says about the tags of images: extra ones, and which of the instance's they carry."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from functions.core.tags import PREFIX

MOST: Final = 40
"""An image carries 50 tags at most; Nightkeep's own, its Name, and what a copy and a hold add need the others."""

LONGEST_KEY, LONGEST_VALUE = 127, 256
KEY: Final = r"[\w+\-=.:/@ ]{1,127}"


def _key(key: str) -> str:
    if not re.fullmatch(KEY, key) or key != key.strip():
        raise ValueError(f"a tag key has 1 to {LONGEST_KEY} letters, digits, spaces and + - = . _ : / @, with no space at its ends")
    if key.lower().startswith(("aws:", PREFIX)):
        raise ValueError(f'must not start with "aws:" or "{PREFIX}", which are AWS\'s and Nightkeep\'s own')
    if key == "Name":
        raise ValueError("is what name_tag gives")
    return key


def _value(value: str) -> str:
    if len(value) > LONGEST_VALUE:
        raise ValueError(f"has {len(value)} characters; a tag's value has {LONGEST_VALUE} at most")
    return value


def _few(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MOST:
        raise ValueError(f"has {len(tags)} tags; {MOST} at most, since an image carries 50 and Nightkeep needs some")
    return tags


def _pattern(pattern: str) -> str:
    if not pattern:
        raise ValueError('is empty: write a tag key such as "CostCenter", or a pattern such as "team*"')
    return pattern


ExtraTags = Annotated[dict[Annotated[str, AfterValidator(_key)], Annotated[str, AfterValidator(_value)]], AfterValidator(_few)]
KeyPattern = Annotated[str, AfterValidator(_pattern)]
