"""Python's garbage collection while a sandbox is open."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (50_000, 20, 20)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Meanwhile Python looks for garbage far more seldom, unless somebody decides otherwise: a sandbox makes little, and keeps a record that grows.

    Going through what is kept took a fifth of a night's time.
    """
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        if gc.get_threshold() == SELDOM:
            gc.set_threshold(*before)
