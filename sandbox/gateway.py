"""What every API call goes through: who calls, may it, who answers, and the record of it."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from random import Random
from typing import Any, Generic, NoReturn, TypeVar

from sandbox.clock import Clock
from sandbox.random_ids import uuid4
from sandbox.turn import Turn

ADMINISTRATOR_KEY = "AKIAADMINISTRATOR000"
STAGE_KEY = "AKIASTAGEHAND0000000"
Raw = TypeVar("Raw")
Answer = Callable[[], dict[str, Any] | None]


@dataclass(frozen=True)
class Caller:
    """Who makes a call: the account's administrator (no role), a role, or a service of AWS, such as autoscaling.amazonaws.com.

    A role calls in a `session`; one that sts:AssumeRole began `expires`. Who is `spared` takes no tokens from EC2's buckets.
    """

    name: str
    role_arn: str | None = None
    session: str = "sandbox"
    expires: datetime | None = None
    spared: bool = False

    @property
    def is_service(self) -> bool:
        """Whether it is a service of AWS."""
        return self.name.endswith(".amazonaws.com")

    def arn(self, account: str) -> str:
        """The caller as policies' refusals and CloudTrail name it."""
        if self.role_arn:
            return f"arn:aws:sts::{account}:assumed-role/{self.role_arn.rsplit('/', 1)[-1]}/{self.session}"
        return f"arn:aws:iam::{account}:user/{'administrator' if self.name == ADMINISTRATOR.name else self.name}"


ADMINISTRATOR = Caller("user")
STAGE = Caller("user", spared=True)
"""The administrator who sets a stage: clients that a sandbox itself gives. That must not slow the play."""
UNSIGNED, UNKNOWN = Caller("unsigned"), Caller("unknown")
"""Nobody, and who signs with a key that the account never issued."""


@dataclass(frozen=True)
class Request:
    """One API call on its way in, its parameters named as in the service's model. `trace` is the X-Ray trace header, if it has one."""

    service: str
    operation: str
    region: str
    account: str
    caller: Caller
    parameters: dict[str, Any]
    time: datetime
    request_id: str
    trace: str = ""


@dataclass(frozen=True)
class Call:
    """One API call, as CloudTrail would list it: answered, or with UNREACHABLE for its error code swallowed on its way.

    `caller` is "user" for the administrator, else the name of the role, whose ARN is `role_arn`; `caller_arn` has its session. `answer` gives the response, which is None
    after an error; `error_message` is there only after an error that is not moto's.
    """

    time: datetime
    caller: str
    service: str
    operation: str
    region: str
    parameters: dict[str, Any]
    request_id: str
    error_code: str | None
    answer: Answer
    error_message: str | None = None
    role_arn: str | None = None
    caller_arn: str = ""

    @cached_property
    def response(self) -> dict[str, Any] | None:
        """The response, named as in the service's model. moto's is read when it is first looked at: most never are."""
        return self.answer()


class ApiError(Exception):
    """An error answer of the API: its code, its message, its HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Name the error as AWS does."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


UNREACHABLE = "Unreachable"
"""In place of an error code: there was no answer."""


class UnreachableError(Exception):
    """No answer at all: a guard raises it to make the connection fail."""


@dataclass(frozen=True)
class Reply(Generic[Raw]):
    """How a call that is not ours ended: its raw answer, the error code in it if there is one, and how to read it."""

    raw: Raw
    error_code: str | None
    read: Answer


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
    `trace` is the X-Ray trace header of the call that is being answered, "" if it has none. `turn` is for those that ask from several threads.
    """

    clock: Clock
    account: str
    operations: dict[tuple[str, str], Operation] = field(default_factory=dict)
    guards: list[Guard] = field(default_factory=list)
    watchers: list[Watcher] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    callers: dict[str, Caller] = field(default_factory=lambda: {ADMINISTRATOR_KEY: ADMINISTRATOR, STAGE_KEY: STAGE})
    elsewhere: Operation | None = None
    trace: str = ""
    turn: Turn = field(default_factory=Turn)
    _random: Random = field(default_factory=lambda: Random(20261))  # noqa: S311 - request ids, the same in every run

    def credentials(self, role_arn: str, session: str = "sandbox") -> dict[str, str]:
        """The fixed credentials of a role, as environment variables; calls signed with them are that role's."""
        return self.credentials_of(Caller(role_arn.rsplit("/", 1)[-1], role_arn, session))

    def credentials_of(self, caller: Caller) -> dict[str, str]:
        """The same of any caller."""
        key = self.access_key(caller)
        secret = hashlib.sha256(key.encode()).hexdigest()
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret[:40], "AWS_SESSION_TOKEN": secret}

    def access_key(self, caller: Caller) -> str:
        """A fixed access key id that calls of this caller are signed with."""
        if caller in {ADMINISTRATOR, STAGE}:
            return STAGE_KEY if caller.spared else ADMINISTRATOR_KEY
        digest = hashlib.sha256(f"{caller.role_arn or caller.name} {caller.session} {caller.expires}".encode()).digest()
        key = "ASIA" + base64.b32encode(digest).decode()[:16]
        self.callers[key] = caller
        return key

    def caller_of(self, access_key: str | None) -> Caller:
        """Who signs with this access key id: UNKNOWN if it was never issued, UNSIGNED without one."""
        return self.callers.get(access_key, UNKNOWN) if access_key else UNSIGNED

    def request(  # noqa: PLR0913, PLR0917 - the parts of a request
        self, service: str, operation: str, region: str, parameters: dict[str, Any], caller: Caller, trace: str = ""
    ) -> Request:
        """A new request with its id, at this time of the clock."""
        request_id = uuid4(self._random)
        return Request(service, operation, region, self.account, caller, parameters, self.clock.now(), request_id, trace)

    def is_ours(self, request: Request) -> bool:
        """Whether the sandbox answers this itself."""
        return (request.service, request.operation) in self.operations

    def answer(self, request: Request) -> dict[str, Any]:
        """Guard, perform and record a call of ours.

        Raises:
            ApiError: the operation's or a guard's answer.
            UnreachableError: a guard let the connection fail; the call is recorded, but watchers do not see it: it never arrived.
        """
        with self._traced(request):
            try:
                self._guard(request)
                response = self.operations[request.service, request.operation](request)
            except ApiError as error:
                self._record(request, error.code, error.message)
                raise
            self._record(request, None, answer=lambda: response)
            return response

    def refuse(self, request: Request, error: ApiError) -> NoReturn:
        """Record a call whose parameters could not be read, and raise its error."""
        self._record(request, error.code, error.message)
        raise error

    def pass_on(self, request: Request, performer: Callable[[], Reply[Raw]]) -> Raw:
        """Guard a call that is not ours, let `performer` answer it, record it, and give its raw answer.

        Raises:
            ApiError: a guard's answer, or that nobody answers this; any other error is in the raw answer.
            UnreachableError: a guard let the connection fail, as in `answer`.
        """
        with self._traced(request):
            try:
                self._guard(request)
                reply = performer()
            except ApiError as error:
                self._record(request, error.code, error.message)
                raise
            self._record(request, reply.error_code, answer=reply.read)
            return reply.raw

    def call(self, service: str, operation: str, region: str, parameters: dict[str, Any], caller: Caller = STAGE) -> dict[str, Any]:
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

    @contextmanager
    def _traced(self, request: Request) -> Iterator[None]:
        before, self.trace = self.trace, request.trace
        try:
            yield
        finally:
            self.trace = before

    def _guard(self, request: Request) -> None:
        try:
            for guard in self.guards:
                guard(request)
        except UnreachableError:
            self.calls.append(_call(request, UNREACHABLE, None, lambda: None))
            raise

    def _record(self, request: Request, code: str | None, message: str | None = None, answer: Answer = lambda: None) -> None:
        call = _call(request, code, message, answer)
        self.calls.append(call)
        for watcher in self.watchers:
            watcher(call)


def _call(request: Request, code: str | None, message: str | None, answer: Answer) -> Call:
    """The record of a request."""
    caller = request.caller
    return Call(
        request.time,
        caller.name,
        request.service,
        request.operation,
        request.region,
        request.parameters,
        request.request_id,
        code,
        answer,
        message,
        caller.role_arn,
        caller.arn(request.account),
    )
