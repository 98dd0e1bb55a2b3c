"""How IAM compares texts and ARNs with wildcards. Pure."""

import re
from functools import lru_cache

_LITERAL = {ord("*"): "\ue000", ord("?"): "\ue001"}
"""Stand-ins for what are wildcards in patterns and mean themselves in the values that variables stand for."""
_PLAIN = {ord(mark): chr(sign) for sign, mark in _LITERAL.items()}


def literal(text: str) -> str:
    """`text` as a part of a pattern that means itself, wildcards too."""
    return text.translate(_LITERAL)


def plain(pattern: str) -> str:
    """A pattern as a text, for comparisons that know no wildcards."""
    return pattern.translate(_PLAIN)


def like(pattern: str, text: str) -> bool:
    """Whether `text` matches `pattern`, in which * is any run of characters and ? any one. Case counts."""
    return _regex(pattern).fullmatch(text) is not None


def arn_like(pattern: str, arn: str) -> bool:
    """Whether `arn` matches `pattern`, part by part: a wildcard does not reach over one of the first five colons."""
    return pattern == "*" or _matches(pattern, arn)


def action_like(pattern: str, action: str) -> bool:
    """Whether `action` (service:Name) matches `pattern`; case does not count."""
    return like(pattern.casefold(), action.casefold())


@lru_cache(maxsize=16384)
def _matches(pattern: str, arn: str) -> bool:
    wanted, parts = pattern.split(":", 5), arn.split(":", 5)
    return len(wanted) == len(parts) and all(like(want, part) for want, part in zip(wanted, parts, strict=True))


@lru_cache(maxsize=4096)
def _regex(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"([*?])", pattern)
    return re.compile("".join({"*": ".*", "?": "."}.get(part, re.escape(plain(part))) for part in parts), re.DOTALL)
