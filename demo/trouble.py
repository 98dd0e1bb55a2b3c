"""The demo's mishap: for a while, nobody may read what is under the customer's key, so that a copy of it fails."""

import json
from typing import Any

REFUSAL = {
    "Sid": "Mistake",
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["kms:Decrypt", "kms:ReEncryptFrom"],
    "Resource": "*",
}


class DataKey:
    """The customer's key for the data of one instance."""

    def __init__(self, kms: Any, account_id: str) -> None:
        """Make the key, with the policy that AWS gives a key by default."""
        self._kms = kms
        self._usual = {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        policy = _document(self._usual)
        self.arn: str = kms.create_key(Policy=policy, Description="The database's data")["KeyMetadata"]["Arn"]

    def refuse(self) -> None:
        """Somebody edits the key's policy, and gets it wrong."""
        self._kms.put_key_policy(KeyId=self.arn, PolicyName="default", Policy=_document(self._usual, REFUSAL))

    def work(self) -> None:
        """Somebody notices, and takes it back."""
        self._kms.put_key_policy(KeyId=self.arn, PolicyName="default", Policy=_document(self._usual))


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
