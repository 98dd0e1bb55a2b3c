"""S3's ListObjectsV2 of calls that say no more than what to list: moto's answer without moto's way to it, which is long."""

import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from moto import settings
from moto.core.utils import get_service_model
from moto.s3.models import FakeKey, s3_backends

from sandbox import ec2_answers
from sandbox.gateway import Request
from sandbox.plain.answered import SERVER, Answered, Members
from sandbox.plain.objects import PARTITION, is_bucket
from sandbox.plain.ordered_keys import OrderedKeys
from sandbox.plain_parameters import copied

READ = frozenset({"Bucket", "Prefix", "Delimiter", "StartAfter", "EncodingType"})
MAY_BE_EMPTY = ("Prefix", "Delimiter", "StartAfter")
"""They say nothing then."""
CODED = "url"
"""How names are written, unless the caller asks for another way than botocore: in XML some could not be."""
ODD = re.compile(r"[^ -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML would not carry as it is, where answers repeat what was asked."""


def sent(shape: Any, given: Members) -> Members | None:
    """ListObjectsV2's parameters in a request."""
    if not given.keys() <= READ or given.get("EncodingType") != CODED or ODD.search(f"{given.get('Delimiter')}{given.get('StartAfter')}"):
        return None
    empty = {name: "" for name in MAY_BE_EMPTY if given.get(name) == ""}
    found = copied(shape, {name: value for name, value in given.items() if name not in empty})
    return None if found is None else found | empty


def is_listable(account: str, region: str, given: Members) -> bool:
    """Whether the bucket is there and knows the order of its keys: one that was made before the sandbox was opened does not."""
    return is_bucket(account, region, given) and isinstance(s3_backends[account][PARTITION].buckets[given["Bucket"]].keys, OrderedKeys)


def list_objects(request: Request) -> Answered:
    """ListObjectsV2."""
    found = _listing(request)
    shape = get_service_model("s3").operation_model("ListObjectsV2").output_shape
    return Answered(
        SERVER | {"content-type": "application/xml"}, ec2_answers.as_read(shape, found), lambda: ec2_answers.as_read(shape, found)
    )


def _listing(request: Request) -> Members:
    backend, given = s3_backends[request.account][PARTITION], request.parameters
    bucket: Any = backend.buckets[given["Bucket"]]
    prefix, delimiter, after = (given.get(name) or None for name in MAY_BE_EMPTY)
    most = settings.get_s3_default_max_keys()
    narrowed: Any = SimpleNamespace(keys=dict(bucket.keys.under(prefix or "", after or "", delimiter)))
    found, truncated, token = backend.list_objects_v2(narrowed, prefix, delimiter, None, after, most)
    return {
        "Name": bucket.name,
        "Prefix": quote(prefix or ""),
        "MaxKeys": most,
        "KeyCount": len(found),
        "IsTruncated": truncated,
        "Delimiter": delimiter,
        "EncodingType": CODED,
        "NextContinuationToken": token,
        "StartAfter": after,
        "Contents": [_entry(one) for one in found if isinstance(one, FakeKey)] or None,
        "CommonPrefixes": [{"Prefix": quote(one)} for one in found if isinstance(one, str)] or None,
    }


def _entry(key: FakeKey) -> Members:
    return {
        "Key": quote(key.name),
        "LastModified": key.last_modified_ISO8601,
        "ETag": key.etag,
        "ChecksumAlgorithm": [key.checksum_algorithm] if key.checksum_algorithm else None,
        "Size": key.size,
        "StorageClass": key.storage_class,
    }
