"""What a function wrote to its standard output."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.awslambda.models import LambdaFunction

from sandbox.iam import judgement
from sandbox.iam.evaluate import Question


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


def may_log(function: LambdaFunction) -> bool:
    """Whether the function's role lets Lambda write its log; what it may not write is lost, on AWS too, and the function runs all the same."""
    group = f"arn:aws:logs:{function.region}:{function.account_id}:log-group:{function.logs_group_name}:log-stream:*"
    questions = (Question(action, group) for action in ("logs:CreateLogStream", "logs:PutLogEvents"))
    return all(judgement.problem(function.account_id, function.role, question) is None for question in questions)


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
