"""The time zones that a policy may name: the IANA time zone database's, as the `tzdata` package lists them."""

from functools import cache
from importlib import resources

_NOT_FOR_PEOPLE = "Factory"


@cache
def names() -> tuple[str, ...]:
    """Every zone name, links included, in order."""
    listed = (resources.files("tzdata") / "zones").read_text(encoding="utf-8").split()
    return tuple(sorted(set(listed) - {_NOT_FOR_PEOPLE}))
