"""The API that controls a served sandbox: its clock, faults and timing, and what happened in it."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sandbox.account import Sandbox
from sandbox.ec2.plane import Timing
from sandbox.faults import ScenarioError, read
from sandbox.server.keeper import Keeper

Asked = dict[str, Any]
SHOWN = (
    "time",
    "caller",
    "service",
    "operation",
    "region",
    "parameters",
    "request_id",
    "error_code",
    "error_message",
    "role_arn",
    "caller_arn",
    "response",
)


class ControlError(Exception):
    """Something was asked for that makes no sense; the text says what."""


class Control:
    """Answers the control API, inside of the keeper's turns."""

    def __init__(self, keeper: Keeper) -> None:
        """Control what `keeper` keeps."""
        self._keeper = keeper
        self._sandbox: Sandbox = keeper.sandbox
        self._answers: dict[tuple[str, str], Callable[[Asked], Any]] = {
            ("GET", "clock"): self._now,
            ("POST", "clock"): self._run,
            ("POST", "faults"): self._play,
            ("DELETE", "faults"): self._clear,
            ("POST", "timing"): self._timing,
            ("GET", "calls"): self._calls,
            ("GET", "events"): self._events,
            ("GET", "logs"): self._logs,
        }

    def answer(self, method: str, path: str, asked: Asked) -> Any:
        """The answer, as JSON has it. Raises ControlError."""
        found = self._answers.get((method, path))
        if found is None:
            raise ControlError(f"There is no {method} {path}; there are {', '.join(' '.join(one) for one in self._answers)}.")
        try:
            return found(asked)
        except ScenarioError as error:
            raise ControlError(str(error)) from error
        except (KeyError, TypeError, ValueError) as error:
            raise ControlError(f"{method} {path}: {'missing ' if isinstance(error, KeyError) else ''}{error}") from error

    def _now(self, _asked: Asked) -> Any:
        return {"now": self._sandbox.clock.now().isoformat()}

    def _run(self, asked: Asked) -> Any:
        now = self._sandbox.clock.now()
        until = _moment(asked["until"]) if "until" in asked else now + timedelta(seconds=float(asked["for"]))
        if until < now:
            raise ControlError(f"It is {now.isoformat()}; the clock does not go back.")
        self._keeper.run_until(until)
        return self._now(asked)

    def _play(self, asked: Asked) -> Any:
        self._sandbox.faults.play(read(asked["scenario"], asked.get("name") or "scenario"))
        return {}

    def _clear(self, _asked: Asked) -> Any:
        self._sandbox.faults.clear()
        return {}

    def _timing(self, asked: Asked) -> Any:
        set_timing(self._sandbox, asked)
        return {}

    def _calls(self, asked: Asked) -> Any:
        chosen = (call for call in self._sandbox.gateway.calls if all(getattr(call, name) == value for name, value in asked.items()))
        return [_shown({name: getattr(call, name) for name in SHOWN}) for call in chosen]

    def _events(self, asked: Asked) -> Any:
        return [event for event in self._sandbox.events.happened if all(event.get(name) == value for name, value in asked.items())]

    def _logs(self, asked: Asked) -> Any:
        return self._sandbox.functions.logs(asked["function"])


def set_timing(sandbox: Sandbox, seconds: dict[str, float]) -> None:
    """Set how many seconds things take. Raises ControlError for a thing that has no time."""
    known = {field.name for field in fields(Timing) if field.name != "changed_share"}
    for name, value in seconds.items():
        if name not in known:
            raise ControlError(f"There is no time for {name}; there are {', '.join(sorted(known))}.")
        setattr(sandbox.ec2.timing, name, timedelta(seconds=value))


def _shown(value: Any) -> Any:
    """The value as JSON can have it, bytes being counted only."""
    if isinstance(value, dict):
        return {str(key): _shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes"
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ControlError(f"{text} has no time zone; write it as 2027-03-01T02:00:00+00:00.")
    return found
