"""Patterns in which `*` stands for any text."""

import re


def matches(pattern: str, text: str) -> bool:
    """Whether `text` is what `pattern` says: letter by letter, case too, `*` for anything or nothing."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None
