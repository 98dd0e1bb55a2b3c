"""Where calls are served: by the sandbox in this process, by one behind HTTP, by moto alone in this process."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import boto3
from botocore.config import Config
from moto import mock_aws

from benchmarks.assembly import ROOT
from sandbox.account import ENVIRONMENT, Sandbox
from sandbox.remote import Remote

PUBLIC = "ami-0linux"


@dataclass(frozen=True)
class Place:
    """An empty account: clients by service and region, a way to let its time pass, an image to launch, and whether it has pages."""

    client: Callable[[str, str], Any]
    let_pass: Callable[[timedelta], object]
    image: str = PUBLIC
    has_pages: bool = True


@contextmanager
def in_process() -> Iterator[Place]:
    """The sandbox, in this process."""
    with Sandbox() as sandbox:
        yield Place(sandbox.client, sandbox.clock.run_for)


@contextmanager
def over_http() -> Iterator[Place]:
    """The sandbox, served by a process of its own."""
    command = [sys.executable, "-m", "sandbox", "up", "--still", "--in-process"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - this Python, and words of ours
        try:
            assert process.stdout is not None
            remote = Remote(process.stdout.readline().strip().partition("=")[2])
            yield Place(remote.client, remote.run_for)
        finally:
            process.terminate()


@contextmanager
def motos(region: str = "ap-south-1") -> Iterator[Place]:
    """Moto as it is. Everything there is done at once, and its DescribeImages gives no pages."""
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        session, once = boto3.Session(), Config(retries={"total_max_attempts": 1})

        def client(service: str, region: str) -> Any:
            return session.client(service, region_name=region, config=once)  # type: ignore[call-overload] # the service is only known here

        image = client("ec2", region).register_image(Name="an image", RootDeviceName="/dev/xvda")["ImageId"]
        yield Place(client, lambda _: None, image, has_pages=False)


PLACES = {"in process": in_process, "over HTTP": over_http, "moto alone": motos}
