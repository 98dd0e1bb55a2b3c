"""botocore's adaptive retries, which wait before they send: on the sandbox's clock, that nothing else would move meanwhile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.exceptions import CapacityNotAvailableError
from botocore.retries.bucket import TokenBucket

LEAST = 0.001
"""Seconds; less than a microsecond would not move the clock."""


@contextmanager
def waiting_on_the_clock() -> Iterator[None]:
    """Meanwhile buckets' tokens are waited for by sleeping, which the sandbox knows of."""
    with patch.object(TokenBucket, "_acquire", _acquire):
        yield


def _acquire(bucket: Any, amount: float, block: bool) -> bool:
    """Take tokens, which are there in time; where sleeping moves no clock, as for what the clock itself runs, they are taken at once."""
    bucket._refill()  # noqa: SLF001 - the sandbox stands inside botocore
    while (wait := bucket._sleep_amount(amount)) > 0:  # noqa: SLF001 - the same
        if not block:
            raise CapacityNotAvailableError
        before = time.time()
        time.sleep(max(wait, LEAST))
        bucket._refill()  # noqa: SLF001 - the same
        if time.time() == before:
            break
    bucket._current_capacity -= amount  # noqa: SLF001 - the same
    return True
