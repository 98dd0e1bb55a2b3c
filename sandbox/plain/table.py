"""The plain operations, by service and name."""

from sandbox.plain import keys, listing, messages, objects
from sandbox.plain.answered import Plain


def always(*_: object) -> bool:
    """Whether moto's own operation says all that there is to say, errors too: it does."""
    return True


PLAIN = {
    ("kms", "DescribeKey"): Plain("json", keys.sent, always, keys.describe),
    ("s3", "GetObject"): Plain("rest-xml", objects.get_sent, objects.is_readable, objects.get),
    ("s3", "ListObjectsV2"): Plain("rest-xml", listing.sent, listing.is_listable, listing.list_objects),
    ("s3", "PutObject"): Plain("rest-xml", objects.put_sent, objects.is_writable, objects.put),
    ("sqs", "SendMessage"): Plain("json", messages.one_sent, always, messages.send),
    ("sqs", "SendMessageBatch"): Plain("json", messages.batch_sent, always, messages.send),
}
SERVICES = frozenset(service for service, _ in PLAIN)
