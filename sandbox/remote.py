"""A sandbox that is served over HTTP, as its user sees it: clients of its account, its clock, faults, calls and logs."""

import json
from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
from botocore.config import Config

from sandbox.gateway import STAGE_KEY

PREFIX = "/_sandbox/"
LONGEST = 3600.0
"""Seconds that one answer may take: the clock can have much to run."""


class SandboxError(Exception):
    """The sandbox does not answer, or refuses what it was asked; the text says which."""


class Remote:
    """The sandbox at an endpoint. All times are aware and in UTC. Everything raises SandboxError."""

    def __init__(self, endpoint: str) -> None:
        """Talk to `endpoint`, as in http://localhost:4566; nothing is asked yet."""
        self.endpoint = endpoint.rstrip("/")

    def now(self) -> datetime:
        """The time of its clock."""
        return _time(self._ask("GET", "clock"))

    def run_until(self, when: datetime) -> datetime:
        """Let its clock go on until `when`, as fast as it can, and wait for that; gives the time then."""
        return _time(self._ask("POST", "clock", {"until": when.isoformat()}))

    def run_for(self, delta: timedelta) -> datetime:
        """Let its clock go on for `delta`, and wait for that; gives the time then."""
        return _time(self._ask("POST", "clock", {"for": delta.total_seconds()}))

    def calls(self, **filters: str) -> list[dict[str, Any]]:
        """The API calls it answered, oldest first; filters are `caller`, `service`, `operation` and `region`."""
        return self._list("calls", **filters)

    def events(self, **filters: str) -> list[dict[str, Any]]:
        """The events that came up on its event buses, oldest first; filters are `source`, `detail-type` and `region`."""
        return self._list("events", **filters)

    def logs(self, function: str) -> list[str]:
        """The lines that the functions of this name wrote."""
        return [str(line) for line in self._ask("GET", f"logs?{urlencode({'function': function})}")]

    def records(self, function: str) -> list[dict[str, Any]]:
        """Those of the lines that are JSON objects."""
        return [found for line in self.logs(function) if isinstance(found := _parsed(line), dict)]

    def play(self, scenario: str, name: str = "scenario") -> None:
        """Let everything in a scenario, a TOML text, go wrong from now on; an error calls the text `name`."""
        self._ask("POST", "faults", {"scenario": scenario, "name": name})

    def clear_faults(self) -> None:
        """End all faults."""
        self._ask("DELETE", "faults")

    def timing(self, **seconds: float) -> None:
        """Say how many seconds things take from now on: `image`, `copy`, `launch` and whatever else sandbox.ec2.plane.Timing has."""
        self._ask("POST", "timing", seconds)

    def client(self, service: str, region: str) -> Any:
        """A boto3 client of its administrator's, whatever the environment says. It is spared from throttling."""
        session = boto3.Session(aws_access_key_id=STAGE_KEY, aws_secret_access_key="sandbox", region_name=region)  # noqa: S106 - nothing checks it
        settings = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return session.client(service, endpoint_url=self.endpoint, config=settings)  # type: ignore[call-overload] # the service is only known here

    def _list(self, path: str, **filters: str) -> list[dict[str, Any]]:
        return list(self._ask("GET", f"{path}?{urlencode(filters)}"))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        connection = HTTPConnection(urlsplit(self.endpoint).netloc, timeout=LONGEST)
        try:
            connection.request(method, PREFIX + path, json.dumps(body) if body is not None else None)
            response = connection.getresponse()
            text = response.read().decode()
        except OSError as error:
            raise SandboxError(f"No sandbox answers at {self.endpoint}: {error}") from error
        finally:
            connection.close()
        answer = _parsed(text)
        if response.status >= 400 or answer is None:
            raise SandboxError(
                answer["error"] if isinstance(answer, dict) and "error" in answer else f"{self.endpoint} answers {text[:200]}"
            )
        return answer


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def _time(answer: Any) -> datetime:
    return datetime.fromisoformat(answer["now"])
