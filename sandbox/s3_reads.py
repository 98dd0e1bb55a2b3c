"""S3's reads of moto's objects, for calls that say no more than what to read: the same answers without moto's way to them, which is long."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from moto import settings
from moto.s3.models import FakeKey, s3_backends

from sandbox.gateway import Request

PLAIN = {
    "GetObject": frozenset({"Bucket", "Key", "ChecksumMode"}),
    "ListObjectsV2": frozenset({"Bucket", "Prefix", "Delimiter", "StartAfter", "EncodingType"}),
}
"""The reads, and the parameters of theirs that are read here."""
XML = {"content-type": "application/xml", "server": "amazon.com"}


def is_plain(account: str, operation: str, parameters: dict[str, Any]) -> bool:
    """Whether `answered` has the answer: the bucket is there, the object too and in no archive. Anything else is moto's to say."""
    buckets = s3_backends[account]["aws"].buckets
    if not parameters or not parameters.keys() <= PLAIN.get(operation, frozenset()) or parameters["Bucket"] not in buckets:
        return False
    key = buckets[parameters["Bucket"]].keys.get(parameters["Key"]) if operation == "GetObject" else None
    return operation != "GetObject" or (isinstance(key, FakeKey) and key.storage_class == "STANDARD")


def answered(request: Request) -> tuple[dict[str, str], bytes]:
    """Headers and body of the answer to a plain read."""
    backend, given = s3_backends[request.account]["aws"], request.parameters
    bucket = backend.buckets[given["Bucket"]]
    return _object(bucket.keys[given["Key"]], given) if request.operation == "GetObject" else (XML, _listing(backend, bucket, given))


def _object(key: Any, given: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    headers = {} if key.version_id == "null" else {"x-amz-version-id": key.version_id}
    headers |= key.response_dict
    if given.get("ChecksumMode") == "ENABLED" and key.checksum_algorithm:
        headers[f"x-amz-checksum-{key.checksum_algorithm.lower()}"] = key.checksum_value
    return {**headers, **key.metadata, "accept-ranges": "bytes"}, key.value


def _listing(backend: Any, bucket: Any, given: dict[str, Any]) -> bytes:
    coded = quote if given.get("EncodingType") == "url" else str
    prefix, delimiter, after = (given.get(name) for name in ("Prefix", "Delimiter", "StartAfter"))
    most = settings.get_s3_default_max_keys()
    found, truncated, token = backend.list_objects_v2(_narrowed(bucket, prefix, after), prefix or None, delimiter, None, after, most)
    texts = {
        "Name": bucket.name,
        "Prefix": coded(prefix or ""),
        "MaxKeys": most,
        "KeyCount": len(found),
        "IsTruncated": str(truncated).lower(),
        "Delimiter": delimiter or None,
        "EncodingType": given.get("EncodingType") or None,
        "NextContinuationToken": token,
        "StartAfter": after or None,
    }
    head = "".join(f"<{name}>{escape(str(text))}</{name}>" for name, text in texts.items() if text is not None)
    parts = (
        _entry(one, coded) if isinstance(one, FakeKey) else f"<CommonPrefixes><Prefix>{escape(coded(one))}</Prefix></CommonPrefixes>"
        for one in found
    )
    return f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{head}{"".join(parts)}</ListBucketResult>'.encode()


def _narrowed(bucket: Any, prefix: str | None, after: str | None) -> Any:
    """As much of a bucket as the listing can be about: moto would look at every object that it holds."""
    names = [name for name in bucket.keys if name.startswith(prefix or "") and name > (after or "")]
    return SimpleNamespace(keys={name: bucket.keys[name] for name in names})


def _entry(key: Any, coded: Any) -> str:
    sums = f"<ChecksumAlgorithm>{key.checksum_algorithm}</ChecksumAlgorithm>" if key.checksum_algorithm else ""
    return (
        f"<Contents><Key>{escape(coded(key.name))}</Key><LastModified>{key.last_modified_ISO8601}</LastModified>"
        f"<ETag>{escape(key.etag)}</ETag>{sums}<Size>{key.size}</Size><StorageClass>{key.storage_class}</StorageClass></Contents>"
    )
