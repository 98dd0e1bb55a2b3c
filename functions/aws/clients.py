"""AWS clients: made only here, once per region and kept while the function is warm."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config as ClientConfig

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

_PATIENT = ClientConfig(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4}, user_agent_extra="nightkeep"
)
_PROMPT = _PATIENT.merge(ClientConfig(read_timeout=15, retries={"mode": "standard", "total_max_attempts": 2}))


@cache
def _session() -> boto3.session.Session:
    return boto3.session.Session()


@cache
def ec2(region: str) -> EC2Client:
    """EC2 in `region`, with the SDK's retries: for describing."""
    return _session().client("ec2", region_name=region, config=_PATIENT)


@cache
def ec2_acting(region: str) -> EC2Client:
    """EC2 in `region` with one retry: a worker that is refused defers its message instead of insisting."""
    return _session().client("ec2", region_name=region, config=_PROMPT)


@cache
def kms(region: str) -> KMSClient:
    """KMS in `region`."""
    return _session().client("kms", region_name=region, config=_PROMPT)


@cache
def lambda_(region: str) -> LambdaClient:
    """Lambda in `region`."""
    return _session().client("lambda", region_name=region, config=_PATIENT)


@cache
def rbin(region: str) -> Any:
    """The Recycle Bin in `region`."""
    return _session().client("rbin", region_name=region, config=_PROMPT)


@cache
def s3(region: str) -> S3Client:
    """S3 in `region`."""
    return _session().client("s3", region_name=region, config=_PROMPT)


@cache
def sqs(region: str) -> SQSClient:
    """SQS in `region`."""
    return _session().client("sqs", region_name=region, config=_PATIENT)


@cache
def sts() -> STSClient:
    """STS where every account has it."""
    return _session().client("sts", region_name="us-east-1", config=_PROMPT)


@cache
def ssm(region: str) -> SSMClient:
    """Systems Manager in `region`: for the command only, the functions' layer does not know it."""
    return _session().client("ssm", region_name=region, config=_PROMPT)


@cache
def cloudformation(region: str) -> Any:
    """CloudFormation in `region`: for the command only, the functions' layer does not know it."""
    return _session().client("cloudformation", region_name=region, config=_PROMPT)


def answered_at(response: Any) -> datetime:
    """AWS's own clock: the `Date` header of `response`, aware UTC, to the second."""
    return parsedate_to_datetime(response["ResponseMetadata"]["HTTPHeaders"]["date"])


def request_id(response: Any) -> str:
    """AWS's id of the request that `response` answers."""
    return str(response["ResponseMetadata"]["RequestId"])
