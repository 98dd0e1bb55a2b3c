"""What every API call goes through: who calls, may it, who answers, and the record of it."""

import base64
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Generic, TypeVar

from sandbox.clock import Clock

ADMINISTRATOR_KEY = "AKIAADMINISTRATOR000"
Raw = TypeVar("Raw")


@dataclass(frozen=True)
class Caller:
    """Who makes a call: the account's administrator (no role), a role, or a service of AWS, such as autoscaling.amazonaws.com."""

    name: str
    role_arn: str | None = None

    @property
    def is_service(self) -> bool:
        """Whether it is a service of AWS."""
        return self.name.endswith(".amazonaws.com")


ADMINISTRATOR = Caller("user")


@dataclass(frozen=True)
class Request:
    """One API call on its way in, its parameters named as in the service's model."""

    service: str
    operation: str
    region: str
    account: str
    caller: Caller
    parameters: dict[str, Any]
    time: datetime
    request_id: str


@dataclass(frozen=True)
class Call:
    """One API call that was answered, as CloudTrail would list it.

    `caller` is "user" for the administrator, else the name of the role, whose ARN is `role_arn`. `response` is None after an error and for moto's answers;
    `error_message` only after an error that is not moto's.
    """

    time: datetime
    caller: str
    service: str
    operation: str
    region: str
    parameters: dict[str, Any]
    request_id: str
    error_code: str | None
    response: dict[str, Any] | None
    error_message: str | None = None
    role_arn: str | None = None


class ApiError(Exception):
    """An error answer of the API: its code, its message, its HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Name the error as AWS does."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class UnreachableError(Exception):
    """No answer at all: a guard raises it to make the connection fail."""


@dataclass(frozen=True)
class Reply(Generic[Raw]):
    """How a call that is not ours ended: its raw answer, and the error code in it if there is one."""

    raw: Raw
    error_code: str | None


Operation = Callable[[Request], dict[str, Any]]
Guard = Callable[[Request], None]
Watcher = Callable[[Call], None]


@dataclass
class Gateway:
    """The account's front door, behind the wire.

    `operations` holds what the sandbox answers itself, by (service, operation); anything else is moto's.
    `guards` run before every operation, moto's too, and refuse a call by raising ApiError (or UnreachableError).
    `watchers` see every call once it is recorded in `calls`.
    `elsewhere` answers `call` for what is not ours; whoever puts a wire before the gateway sets it.
    """

    clock: Clock
    account: str
    operations: dict[tuple[str, str], Operation] = field(default_factory=dict)
    guards: list[Guard] = field(default_factory=list)
    watchers: list[Watcher] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    callers: dict[str, Caller] = field(default_factory=lambda: {ADMINISTRATOR_KEY: ADMINISTRATOR})
    elsewhere: Operation | None = None
    _random: Random = field(default_factory=lambda: Random(20261))  # noqa: S311 - request ids, the same in every run

    def credentials(self, role_arn: str) -> dict[str, str]:
        """The fixed credentials of a role, as environment variables; calls signed with them are that role's."""
        key = self.access_key(Caller(role_arn.rsplit("/", 1)[-1], role_arn))
        secret = hashlib.sha256(key.encode()).hexdigest()
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret[:40], "AWS_SESSION_TOKEN": secret}

    def access_key(self, caller: Caller) -> str:
        """A fixed access key id that calls of this caller are signed with."""
        if caller == ADMINISTRATOR:
            return ADMINISTRATOR_KEY
        digest = hashlib.sha256((caller.role_arn or caller.name).encode()).digest()
        key = "ASIA" + base64.b32encode(digest).decode()[:16]
        self.callers[key] = caller
        return key

    def caller_of(self, access_key: str | None) -> Caller:
        """Who signs with this access key id; an unknown key, or none, is the administrator's."""
        return self.callers.get(access_key or "", ADMINISTRATOR)

    def request(self, service: str, operation: str, region: str, parameters: dict[str, Any], caller: Caller) -> Request:
        """A new request with its id, at this time of the clock."""
        request_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        return Request(service, operation, region, self.account, caller, parameters, self.clock.now(), request_id)

    def is_ours(self, request: Request) -> bool:
        """Whether the sandbox answers this itself."""
        return (request.service, request.operation) in self.operations

    def answer(self, request: Request) -> dict[str, Any]:
        """Guard, perform and record a call of ours.

        Raises:
            ApiError: the operation's or a guard's answer.
            UnreachableError: a guard let the connection fail; nothing is recorded.
        """
        try:
            self._guard(request)
            response = self.operations[request.service, request.operation](request)
        except ApiError as error:
            self._record(request, error.code, None, error.message)
            raise
        self._record(request, None, response)
        return response

    def pass_on(self, request: Request, performer: Callable[[], Reply[Raw]]) -> Raw:
        """Guard a call that is not ours, let `performer` answer it, record it, and give its raw answer.

        Raises:
            ApiError: a guard's answer; an error of the performer's is in the raw answer.
            UnreachableError: a guard let the connection fail; nothing is recorded.
        """
        try:
            self._guard(request)
        except ApiError as error:
            self._record(request, error.code, None, error.message)
            raise
        reply = performer()
        self._record(request, reply.error_code, None)
        return reply.raw

    def call(self, service: str, operation: str, region: str, parameters: dict[str, Any], caller: Caller = ADMINISTRATOR) -> dict[str, Any]:
        """Make a call without the wire: the same guards, the same record.

        Raises:
            ApiError: the call's error answer.
        """
        request = self.request(service, operation, region, parameters, caller)
        if self.is_ours(request):
            return self.answer(request)
        if self.elsewhere is None:
            raise LookupError(f"Nothing answers {service} {operation}.")
        return self.elsewhere(request)

    def _guard(self, request: Request) -> None:
        for guard in self.guards:
            guard(request)

    def _record(self, request: Request, error_code: str | None, response: dict[str, Any] | None, error_message: str | None = None) -> None:
        call = Call(
            request.time,
            request.caller.name,
            request.service,
            request.operation,
            request.region,
            request.parameters,
            request.request_id,
            error_code,
            response,
            error_message,
            request.caller.role_arn,
        )
        self.calls.append(call)
        for watcher in self.watchers:
            watcher(call)
