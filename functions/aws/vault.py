"""The vaults: one S3 bucket per region that keeps what does not fit in tags."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from functions.aws import clients, faults
from functions.core.outcome import Outcome, already
from functions.core.record import Reason, Status
from functions.core.settings import vault


def lines(entries: Iterable[Any]) -> bytes:
    """Entries as gzipped JSON Lines; the same entries give the same bytes."""
    text = "".join(json.dumps(entry, default=str, sort_keys=True) + "\n" for entry in entries)
    return gzip.compress(text.encode(), mtime=0)


def entries(body: bytes) -> Iterator[Any]:
    """What `lines` wrote."""
    return (json.loads(line) for line in gzip.decompress(body).splitlines())


def document(content: Mapping[str, Any]) -> bytes:
    """A JSON document."""
    return json.dumps(content, default=str, sort_keys=True, indent=1).encode()


NIGHTS = "nights/"
LEDGER = f"{NIGHTS}ledger.json"
"""Since when each policy has been on its schedule."""

MANIFEST = "manifest.json"


def policy_prefix(policy: str) -> str:
    """Where a policy's nights stand, by slot: in order of time."""
    return f"{NIGHTS}{policy}/"


def night_prefix(policy: str, slot: str) -> str:
    """Where a night's objects stand."""
    return f"{policy_prefix(policy)}{slot}/"


def manifest_key(policy: str, slot: str) -> str:
    """Where a night's manifest stands: written last, so that where it is, the night is whole."""
    return f"{night_prefix(policy, slot)}{MANIFEST}"


def verdict_key(policy: str, slot: str, judged: str) -> str:
    """Where a night's verdict on its `takes` or `copies` stands, once it was told."""
    return f"{night_prefix(policy, slot)}verdict-{judged}.json"


def part_key(policy: str, slot: str, kind: str, number: int) -> str:
    """Where a part of a night's `plan` or `config` stands."""
    return f"{night_prefix(policy, slot)}{kind}-{number:04}.jsonl.gz"


def extra_key(policy: str, slot: str, instance_ids: Iterable[str]) -> str:
    """Where the configuration of instances stands that the night's plan did not name: the same instances, the same key."""
    digest = hashlib.sha256(" ".join(sorted(instance_ids)).encode()).hexdigest()
    return f"{night_prefix(policy, slot)}config-{digest[:16]}.jsonl.gz"


def is_extra(name: str) -> bool:
    """Whether an object of a night, by its `name` there, is one of `extra_key`'s."""
    return re.fullmatch(r"config-[0-9a-f]{16}\.jsonl\.gz", name) is not None


OVER_ANOTHER = {"over": "another"}
"""The detail of a write over an object of which this process knows nothing: whoever wrote it may have died before it could say so."""

_known: dict[str, str] = {}
"""By object, the version that this process wrote or found last."""


class Vault:
    """The vault of one region, for one run: after a write that failed it is left alone, so that a dead region costs its timeout once."""

    def __init__(self, home: str, account: str, region: str) -> None:
        """Name the vault of `region` in the deployment of `home`."""
        self.region = region
        self.bucket = vault(home, account, region)
        self.fault: Outcome | None = None

    def write(self, key: str, body: bytes) -> Outcome:
        """Write one object (S3 PutObject). Never raises for what AWS refuses: the outcome says it, and whether it is written over one that this process does not know."""
        if self.fault is not None:
            return self.fault
        place = f"{self.bucket}/{key}"
        try:
            written = None if place in _known else self.replace(key, body, None)
            if written is not None:
                return written
            response = clients.s3(self.region).put_object(Bucket=self.bucket, Key=key, Body=body)
        except faults.AwsFault as fault:
            self.fault = _as_failed(fault, place)
            return self.fault
        detail = None if place in _known else OVER_ANOTHER
        _known[place] = response["ETag"]
        return Outcome(Status.DONE, Reason.SCHEDULED, place, request_id=clients.request_id(response), detail=detail)

    def listing(self, prefix: str, after: str = "") -> list[str]:
        """The keys under `prefix`, from `after` on, in order (S3 ListObjectsV2). Raises what boto3 raises."""
        pages = clients.s3(self.region).get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, StartAfter=after)
        return [entry["Key"] for page in pages for entry in page.get("Contents", ())]

    def folders(self, prefix: str) -> list[str]:
        """The names that stand under `prefix` before the next slash (S3 ListObjectsV2). Raises what boto3 raises."""
        pages = clients.s3(self.region).get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
        found = (entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", ()))
        return [name.removeprefix(prefix).removesuffix("/") for name in found]

    def read(self, key: str) -> bytes:
        """One object's content (S3 GetObject). Raises what boto3 raises."""
        return clients.s3(self.region).get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def read_version(self, key: str) -> tuple[bytes, str] | None:
        """One object's content and its version (S3 GetObject); None where there is none. Raises what boto3 raises."""
        try:
            answer = clients.s3(self.region).get_object(Bucket=self.bucket, Key=key)
        except ClientError as fault:
            if faults.code(fault) == "NoSuchKey":
                return None
            raise
        return answer["Body"].read(), answer["ETag"]

    def found(self, key: str, version: str) -> Outcome | None:
        """`already` for the `version` of a document that was read, if another process wrote it, which may have died before it could say so."""
        place = f"{self.bucket}/{key}"
        if _known.get(place) == version:
            return None
        _known[place] = version
        return already(place)

    def replace(self, key: str, body: bytes, version: str | None) -> Outcome | None:
        """Write one object over its `version` (None: where there is none); None when somebody else wrote meanwhile. Raises what boto3 raises."""
        condition: Any = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        try:
            response = clients.s3(self.region).put_object(Bucket=self.bucket, Key=key, Body=body, **condition)
        except ClientError as fault:
            if faults.code(fault) in OVERTAKEN:
                return None
            raise
        _known[f"{self.bucket}/{key}"] = response["ETag"]
        return Outcome(Status.DONE, Reason.SCHEDULED, f"{self.bucket}/{key}", request_id=clients.request_id(response))


OVERTAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"})
"""What S3 answers to a conditional write that came too late."""


def _as_failed(fault: Exception, resource_id: str) -> Outcome:
    seen = faults.outcome(fault)
    return Outcome(Status.FAILED, seen.reason, resource_id, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
