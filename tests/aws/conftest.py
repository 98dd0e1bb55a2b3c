"""A vault in a sandbox."""

import pytest

from functions.aws import clients
from functions.aws.vault import Vault
from sandbox.account import Sandbox

HOME = "ap-south-1"


@pytest.fixture
def vault():
    for client in (clients._session, clients.s3):
        client.cache_clear()
    with Sandbox() as sandbox:
        found = Vault(HOME, sandbox.account, HOME)
        sandbox.client("s3", HOME).create_bucket(Bucket=found.bucket, CreateBucketConfiguration={"LocationConstraint": HOME})
        yield found
    for client in (clients._session, clients.s3):
        client.cache_clear()
