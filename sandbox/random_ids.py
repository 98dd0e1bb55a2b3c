"""Ids as AWS makes them up, the same in every run."""

from random import Random
from uuid import UUID


def uuid4(chance: Random) -> str:
    """A random UUID, of this chance."""
    return str(UUID(int=chance.getrandbits(128), version=4))
