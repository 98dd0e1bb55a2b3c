"""S3's actions, which are not called as its operations are."""

from moto.s3.models import s3_backends

from sandbox.gateway import Request

ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
}
READS = {"GetObject", "HeadObject"}


def actions(request: Request) -> list[str]:
    """The actions that a request needs. Who may not list a bucket is not told that an object is missing from it."""
    operation = request.operation
    name = ACTIONS.get(operation, operation)
    if request.parameters.get("VersionId") and name in {"GetObject", "DeleteObject"}:
        name += "Version"
    missing = ["s3:ListBucket"] if operation in READS and _is_missing(request) else []
    return [f"s3:{name}", *missing]


def about(request: Request) -> dict[str, str | None]:
    """The condition keys that S3 has of its own."""
    given = request.parameters
    return {
        "s3:TlsVersion": "1.3",
        "s3:ResourceAccount": request.account,
        "s3:authType": "REST-HEADER",
        "s3:prefix": given.get("Prefix"),
        "s3:delimiter": given.get("Delimiter"),
        "s3:x-amz-acl": given.get("ACL"),
        "s3:x-amz-server-side-encryption": given.get("ServerSideEncryption"),
        "s3:x-amz-server-side-encryption-aws-kms-key-id": given.get("SSEKMSKeyId"),
        "s3:x-amz-storage-class": given.get("StorageClass"),
        "s3:if-none-match": given.get("IfNoneMatch"),
    }


def _is_missing(request: Request) -> bool:
    bucket = s3_backends[request.account]["aws"].buckets.get(request.parameters["Bucket"])
    return bucket is not None and request.parameters["Key"] not in bucket.keys
