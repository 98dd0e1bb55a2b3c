"""How IAM compares texts and ARNs with wildcards. Pure."""

import re
from functools import lru_cache


def like(pattern: str, text: str) -> bool:
    """Whether `text` matches `pattern`, in which * is any run of characters and ? any one. Case counts."""
    return _regex(pattern).fullmatch(text) is not None


def arn_like(pattern: str, arn: str) -> bool:
    """Whether `arn` matches `pattern`, part by part: a wildcard does not reach over one of the first five colons."""
    if pattern == "*":
        return True
    wanted, parts = pattern.split(":", 5), arn.split(":", 5)
    return len(wanted) == len(parts) and all(like(want, part) for want, part in zip(wanted, parts, strict=True))


def action_like(pattern: str, action: str) -> bool:
    """Whether `action` (service:Name) matches `pattern`; case does not count."""
    return like(pattern.casefold(), action.casefold())


@lru_cache(maxsize=4096)
def _regex(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"([*?])", pattern)
    return re.compile("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts), re.DOTALL)
