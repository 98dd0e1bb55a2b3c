"""The sandbox's account: one AWS account in this process, from nothing to nothing."""

import os
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber as motos_own_door
from moto.core.request import normalize_request

from sandbox import kms, motos_answers, tagging, unread, without_http
from sandbox.adaptive_retries import waiting_on_the_clock
from sandbox.botocore_models import sharing
from sandbox.botocore_reading import sooner
from sandbox.clock import Clock
from sandbox.cloudtrail import CloudTrail
from sandbox.collecting import collecting_seldom
from sandbox.ec2 import open_ec2
from sandbox.faults import Faults
from sandbox.gateway import ADMINISTRATOR_KEY, STAGE_KEY, ApiError, Gateway, Request, UnreachableError
from sandbox.iam import credentials, organization
from sandbox.plain.ordered_keys import ordered
from sandbox.rbin import open_rbin
from sandbox.runtime import Runtime
from sandbox.side_door import SideDoor
from sandbox.throttle import Throttle
from sandbox.validation import Validation
from sandbox.wire import FrontDoor

ACCOUNT = "123456789012"
START = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR_KEY,
    "AWS_SECRET_ACCESS_KEY": "administrator",
    "AWS_SESSION_TOKEN": "administrator",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # four seconds of images which the sandbox does not show
}
Where = Literal["in-process", "processes"]
UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION")


class Sandbox:
    """An AWS account in this process: while it is entered, every boto3 client made here talks to it.

    One at a time. Everything is gone when it is left. Its clock starts at `start` and only moves when told to.
    """

    _open: "Sandbox | None" = None

    def __init__(self, start: datetime = START, *, functions: Where = "in-process", endpoint: str | None = None) -> None:
        """Prepare the account; it takes calls once it is entered. Functions in "processes" call it at `endpoint`."""
        if (functions == "processes") != (endpoint is not None):
            raise ValueError("Functions in processes, and they alone, need the endpoint at which this sandbox is served.")
        self.account = ACCOUNT
        self.clock = Clock(start)
        self.gateway = Gateway(self.clock, ACCOUNT)
        self.gateway.elsewhere = self._ask_moto
        self.faults = Faults(self.clock)
        self.throttle = Throttle(self.clock)
        credentials.install(self.gateway)
        self.gateway.guards += [self.faults.guard, self.throttle.guard, Validation(self.gateway), unread.guard]
        self.runtime = Runtime(self.gateway, endpoint)
        self.events, self.functions = self.runtime.events, self.runtime.functions
        self.events.fate = self.faults.events.pass_on
        self.events.obstacles = self.runtime.scheduler.obstacles = self.faults.guard
        self.ec2 = open_ec2(self.gateway, self.faults, self.events)
        kms.install(self.gateway)
        tagging.install(self.gateway, self.ec2)
        self.rbin = open_rbin(self.gateway, self.ec2)
        self.cloudtrail = CloudTrail(self.gateway, self.ec2.notices)
        self.runtime.judge(self.ec2, self.rbin)
        self.faults.functions = self.functions
        self.gateway.watchers.append(self.faults.watch)
        self._door, self._side_door = FrontDoor(self.gateway), SideDoor(self.gateway)
        self._moto = mock_aws(config={"core": {"mock_credentials": False}})
        self._environment = patch.dict(os.environ, ENVIRONMENT)
        self._closing = ExitStack()
        self._was_entered = False
        self._clients: dict[tuple[str, str], Any] = {}

    def __enter__(self) -> Self:
        """Open the account.

        Raises:
            RuntimeError: another sandbox is open in this process, or this one was closed.
        """
        if Sandbox._open is not None:
            raise RuntimeError("Another sandbox is open in this process.")
        if self._was_entered:
            raise RuntimeError("This sandbox was closed: its account is gone. Make a new one.")
        self._was_entered = True
        with ExitStack() as opening:
            self.clock.start()
            opening.callback(self.clock.stop)
            opening.enter_context(self._environment)
            for name in UNSET:
                os.environ.pop(name, None)
            opening.enter_context(patch.object(Endpoint, "_send", lambda _, request: self._take(request)))
            opening.enter_context(sharing())
            opening.enter_context(collecting_seldom())
            opening.enter_context(waiting_on_the_clock())
            opening.enter_context(sooner())
            opening.enter_context(motos_answers.sooner())
            opening.enter_context(ordered())
            opening.enter_context(without_http.handed_over(self._side_door))
            opening.enter_context(self._moto)
            motos_own_door.enabled = False
            self.runtime.start()
            opening.callback(self.runtime.stop)
            self._closing = opening.pop_all()
        Sandbox._open = self
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the account and forget everything in it."""
        Sandbox._open = None
        self._clients.clear()
        self._closing.close()

    @property
    def organization_policies(self) -> list[dict[str, Any]]:
        """The documents of the organization's policies over the account, to be changed in place; they hold for all but the administrator.

        AWS's FullAWSAccess is there from the start: what none of them allows is refused, as is what one of them denies.
        """
        return organization.attached(self.account)

    def deploy(self, assembly: Path) -> None:
        """Deploy a synthesized CDK app, the folder cdk.out: its assets, then its stacks in the order of their dependencies.

        Raises:
            DeploymentError: a stack failed; the text has its events.
        """
        self.runtime.deploy(assembly)

    def client(self, service: str, region: str) -> Any:
        """A boto3 client of the administrator's, which makes each call once: it sees errors as they come. It is spared from throttling."""
        if (service, region) not in self._clients:
            self._clients[service, region] = _made(STAGE_KEY, service, region)
        return self._clients[service, region]

    def _ask_moto(self, request: Request) -> dict[str, Any]:
        client = _client_of(self.gateway.access_key(request.caller), request.service, request.region)
        try:
            return dict(client._make_api_call(request.operation, request.parameters))  # noqa: SLF001 - the sandbox stands inside botocore and itself
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise ApiError(error.response["Error"]["Code"], error.response["Error"]["Message"], status) from error

    def _take(self, request: AWSPreparedRequest) -> AWSResponse:
        try:
            response = without_http.first_answer() or self._door.answer(normalize_request(request))
        except UnreachableError as error:
            raise EndpointConnectionError(endpoint_url=request.url) from error
        return AWSResponse(request.url, response.status, HTTPHeaders.from_dict(response.headers), MockRawResponse(response.body))


@lru_cache(maxsize=500)
def _client_of(access_key: str, service: str, region: str) -> Any:
    """The sandbox's own client to ask moto with, whichever sandbox is open: it knows none, and making one takes as long as several of its calls."""
    return _made(access_key, service, region)


def _made(access_key: str, service: str, region: str) -> Any:
    return _session().client(  # type: ignore[call-overload] # the service is only known here
        service,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key="sandbox",  # noqa: S106 - nothing checks it
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=True),
    )


@cache
def _session() -> boto3.Session:
    return boto3.Session()
