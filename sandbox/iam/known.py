"""The condition keys of one question, looked up only as policies ask for them: most look at one or two. Pure."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from sandbox.iam.conditions import Context
from sandbox.iam.rows import has

NOT_GLOBAL = ("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")
"""Keys of AWS's own that only some actions and resources have."""
OF_TAGS = ("aws:resourcetag", "ec2:resourcetag")
"""The keys that a resource's tags are looked at by, before the slash."""


class Known(Mapping[str, tuple[str, ...]]):
    """A Context: those of the keys of a request, of a resource's tags and of what else is said about it that an action with `keys` has.

    What is said of the resource goes before what the request has.
    """

    def __init__(self, keys: frozenset[str], request: Context, tags: Mapping[str, str], about: Context) -> None:
        """Look nothing up yet."""
        self._keys = keys
        self._request = request
        self._tags = tags
        self._about = about

    def get(self, key: str, default: Any = None) -> Any:
        """The values of a key that counts, or `default`."""
        if not _counts(self._keys, key):
            return default
        head, _, tag = key.partition("/")
        if head in OF_TAGS and tag in self._tags:
            return (self._tags[tag],)
        return self._about[key] if key in self._about else self._request.get(key, default)

    def __getitem__(self, key: str) -> tuple[str, ...]:
        """The values of a key that counts. Raises KeyError for others."""
        found: tuple[str, ...] | None = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        """The keys that count: the request's, then the resource's."""
        tagged = [f"{head}/{tag}" for tag in self._tags for head in OF_TAGS]
        known = dict.fromkeys((*self._request, *tagged, *self._about))
        return (key for key in known if _counts(self._keys, key))

    def __len__(self) -> int:
        """How many keys count."""
        return sum(1 for _ in self)


@lru_cache(maxsize=16384)
def _counts(keys: frozenset[str], key: str) -> bool:
    """Whether an action with these `keys` has a key."""
    return (key.startswith("aws:") and not key.startswith(NOT_GLOBAL)) or has(keys, key)
