"""AWS's clock between two looks at it."""

import time
from datetime import datetime, timedelta


class Watch:
    """Goes on from a time that AWS told, by how much time passes here: a batch takes minutes, and deadlines fall within them."""

    def __init__(self, told: datetime) -> None:
        """Set by `told`, an aware time, which is now."""
        self._told = told
        self._at = time.time()

    def now(self) -> datetime:
        """AWS's clock."""
        return self._told + timedelta(seconds=max(0.0, time.time() - self._at))
