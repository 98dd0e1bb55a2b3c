"""What a function wrote to its standard output."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Line:
    """One line of a function's log: when, in which invocation ("" while starting), and the text without its end."""

    time: datetime
    request_id: str
    text: str

    def record(self) -> dict[str, Any] | None:
        """The line as the JSON object that it is, or None."""
        try:
            found = json.loads(self.text)
        except json.JSONDecodeError:
            return None
        return found if isinstance(found, dict) else None


class Output(io.TextIOBase):
    """A standard output that hands on each whole line."""

    def __init__(self, emit: Callable[[str], None]) -> None:
        """Hand lines to `emit`."""
        self._emit = emit
        self._rest = ""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Take `text`; what follows its last line end waits for more."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._emit(line)
        return len(text)

    def finish(self) -> None:
        """Hand on what has no line end."""
        if self._rest:
            self.write("\n")
