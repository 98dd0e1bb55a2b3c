"""Whose turn it is to be answered."""

from threading import Lock, get_ident
from types import TracebackType


class Turn:
    """One thread's at a time, which may ask again meanwhile. A handler that dies while it has it must leave it, since it never comes back."""

    def __init__(self) -> None:
        """It is nobody's."""
        self._lock, self._owner, self._depth = Lock(), 0, 0

    def __enter__(self) -> None:
        """Wait for it, unless this thread has it."""
        if self._owner != get_ident():
            self._lock.acquire()
            self._owner = get_ident()
        self._depth += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give it back as often as it was taken, if it was not left meanwhile."""
        if self._owner == get_ident():
            self._depth -= 1
            if not self._depth:
                self.leave()

    def leave(self) -> None:
        """Give it back whole, if this thread has it."""
        if self._owner == get_ident():
            self._owner, self._depth = 0, 0
            self._lock.release()
