"""Ids as AWS makes them up, the same in every run."""

from random import Random

VERSION, KEPT = 0x4000_8000_0000_0000_0000, ~0xF000_C000_0000_0000_0000
"""The bits of a UUID that say that it is random (RFC 9562, 5.4), and all others."""


def uuid4(chance: Random) -> str:
    """A random UUID. Python's own class of them takes longer than all else that a request's id needs."""
    text = f"{chance.getrandbits(128) & KEPT | VERSION:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
