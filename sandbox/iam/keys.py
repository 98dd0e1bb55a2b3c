"""KMS keys: which one is meant, and may EC2 use it for a caller."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.kms.models import kms_backends

from sandbox.gateway import Caller
from sandbox.iam import roles
from sandbox.iam.evaluate import Principal, Question, Verdict, context, decide

FOR_COPIES = (
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
FOR_SOURCES = ("kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncryptFrom")
PROBLEM = "Given key ID is not accessible"


def find_key(account: str, region: str, name: str) -> Any | None:
    """The key that moto has for a key id, key ARN, alias or alias ARN in a region; None if there is none, or the ARN is another region's."""
    if name.startswith("arn:") and name.split(":")[3] != region:
        return None
    backend, plain = kms_backends[account][region], name.rsplit(":", 1)[-1]
    if plain.startswith("alias/"):
        return next((key for key in backend.keys.values() if plain in key.aliases), None)
    return backend.keys.get(plain.removeprefix("key/"))


@dataclass(frozen=True)
class KeyRights:
    """Which keys EC2 may use for whom, in one account."""

    account: str

    def usable(self, region: str, name: str, caller: Caller) -> tuple[str | None, str | None]:
        """The ARN of the key that a copy is to be encrypted with, and what is wrong with it for this caller."""
        return self._judge(region, name, caller, FOR_COPIES)

    def readable(self, region: str, name: str, caller: Caller) -> tuple[str | None, str | None]:
        """The ARN of the key that the source of a copy is encrypted with, and what is wrong with it for this caller."""
        return self._judge(region, name, caller, FOR_SOURCES)

    def _judge(self, region: str, name: str, caller: Caller, actions: Iterable[str]) -> tuple[str | None, str | None]:
        key = find_key(self.account, region, name)
        if key is None:
            return None, PROBLEM
        refused = [action for action in actions if not self._allowed(key, region, caller, action)]
        if not key.enabled or key.key_state != "Enabled" or refused:
            return str(key.arn), f"{PROBLEM}: {', '.join(refused)}" if refused else PROBLEM
        return str(key.arn), None

    def _allowed(self, key: Any, region: str, caller: Caller, action: str) -> bool:
        about = {
            "kms:CallerAccount": self.account,
            "kms:GrantIsForAWSResource": True if action == "kms:CreateGrant" else None,
            "kms:ResourceAliases": tuple(key.aliases) or None,
            "kms:ViaService": f"ec2.{region}.amazonaws.com",
        }
        return may_use_key(self.account, key, caller, Question(action, key.arn, context(about)))


def may_use_key(account: str, key: Any, caller: Caller, question: Question) -> bool:
    """Whether the key's policy lets the caller, or leaves it to IAM (by naming the account) and the caller's role allows it."""
    arn = caller.role_arn or f"arn:aws:iam::{account}:root"
    documents = [roles.document(key.policy)]
    own = Question(question.action, question.resource, question.context, Principal(arn=arn))
    delegated = Question(question.action, question.resource, question.context, Principal(account, f"arn:aws:iam::{account}:root"))
    direct, by_account = decide(documents, own), decide(documents, delegated)
    if Verdict.DENY in {direct, by_account}:
        return False
    identity = decide(roles.policies(account, caller.role_arn), question) if caller.role_arn else Verdict.ALLOW
    if identity is Verdict.DENY:
        return False
    return direct is Verdict.ALLOW or (by_account is Verdict.ALLOW and identity is Verdict.ALLOW)
