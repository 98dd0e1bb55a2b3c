"""KMS keys: which one is meant, and may EC2 use it for a caller."""

from collections.abc import Iterable, Mapping
from typing import Any

from moto.kms.models import kms_backends

from sandbox.gateway import Caller, Gateway, Request
from sandbox.iam import judgement, roles
from sandbox.iam.aliases import Aliases
from sandbox.iam.conditions import Context
from sandbox.iam.evaluate import Principal, Question, Verdict, context, decide
from sandbox.iam.questions import Place, Target, ask
from sandbox.iam.shared_keys import shared_keys

FOR_COPIES = (
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
"""AWS's pages differ on kms:GenerateDataKey; the one on copying snapshots has it."""
FOR_SOURCES = ("kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncryptFrom")
FOR_IMAGES = ("kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext")
"""Unverified: that CreateImage asks them of its caller. AWS lists them for whoever works with encrypted volumes, and for images not by themselves."""
NAMING = ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId")
PROBLEM = "Given key ID is not accessible"
STATES = {"PendingDeletion": "pending deletion", "Enabled": "not accessible"}
"""What EBS's events call a key that is of no use to it, by its state; an enabled one is not symmetric."""


def find_key(account: str, region: str, name: str) -> Any | None:
    """The key that moto has for a key id, key ARN, alias or alias ARN in a region; None if there is none, or the ARN is another region's."""
    if name.startswith("arn:") and name.split(":")[3] != region:
        return None
    backend, plain = kms_backends[account][region], name.rsplit(":", 1)[-1]
    if plain.startswith("alias/"):
        return next((key for key in backend.keys.values() if plain in key.aliases), None)
    return backend.keys.get(plain.removeprefix("key/"))


def key_problem(account: str, key: Any, role_arn: str | None, question: Question) -> str | None:
    """Why a caller may not do this with a key, or None.

    The key's policy must let the caller, or leave it to IAM by naming the account and the role's own policies allow it. A grant does
    as well, if it has no constraints: encryption contexts are not followed here.
    """
    documents = [roles.document(key.policy)]
    if role_arn is None:
        root = Principal(account, f"arn:aws:iam::{account}:root")
        found = decide(documents, Question(question.action, question.resource, question.context, root))
        return None if found is Verdict.ALLOW else "because no resource-based policy allows it"
    operation = question.action.removeprefix("kms:")
    granted = any(
        grant.grantee_principal == role_arn and operation in grant.operations and not grant.constraints for grant in key.grants.values()
    )
    return judgement.problem(account, role_arn, question, documents, "granted" if granted else "only if delegated")


class KeyRights:
    """Which keys may be used by whom, and by EC2 for whom, in one account."""

    def __init__(self, gateway: Gateway) -> None:
        """Follow the keys' aliases."""
        self._account = gateway.account
        self._clock = gateway.clock
        self._aliases = Aliases(gateway.clock)
        gateway.watchers.append(self._aliases.watch)

    def usable(self, region: str, name: str, caller: Caller) -> tuple[str | None, str | None]:
        """The ARN of the key that a copy is to be encrypted with, and what is wrong with it for this caller."""
        return self._judge(region, name, caller, FOR_COPIES)

    def readable(self, region: str, name: str, caller: Caller) -> tuple[str | None, str | None]:
        """The ARN of the key that the source of a copy is encrypted with, and what is wrong with it for this caller."""
        return self._judge(region, name, caller, FOR_SOURCES)

    def imaged(self, region: str, name: str, caller: Caller) -> tuple[str | None, str | None]:
        """The ARN of the key of a volume that an image is to be taken of, and what is wrong with it for this caller."""
        return self._judge(region, name, caller, FOR_IMAGES)

    def out_of_use(self, region: str, name: str) -> str | None:
        """What is wrong with a key for whomsoever: it is disabled, pending deletion or gone."""
        key = find_key(self._account, region, name)
        return None if key is not None and _is_fit(key) else PROBLEM

    def state(self, region: str, name: str) -> str | None:
        """What a key is that cannot be used, as EBS's events have it; None for one that can."""
        key = find_key(self._account, region, name)
        if key is None:
            return "not accessible"
        return None if _is_fit(key) else STATES.get(key.key_state, "disabled")

    def targets(self, request: Request) -> list[Target]:
        """The keys and the alias that a request to KMS names. A key is meant by its ARN, whatever it is called by."""
        given = request.parameters
        found = [self._target(request, given[name]) for name in NAMING if given.get(name)]
        alias = given.get("AliasName")
        arn = f"arn:aws:kms:{request.region}:{request.account}"
        return [*found, *([Target("alias", f"{arn}:{alias}")] if alias else [])]

    def about(self, request: Request) -> Mapping[str, Any]:
        """The condition keys that a request to KMS has."""
        name = str(request.parameters.get("KeyId", "")).rsplit(":", 1)[-1]
        return {"kms:CallerAccount": request.account, "kms:RequestAlias": name if name.startswith("alias/") else None}

    def _target(self, request: Request, name: str) -> Target:
        key = find_key(request.account, request.region, name)
        arn = f"arn:aws:kms:{request.region}:{request.account}:key/{name.rsplit('/', 1)[-1]}"
        return Target("key", arn) if key is None else Target("key", key.arn, self._of(request.region, key))

    def _of(self, region: str, key: Any) -> Context:
        aliases = self._aliases.of(region, key) or None
        return context({"kms:ResourceAliases": aliases, "kms:KeySpec": key.key_spec, "kms:KeyUsage": key.key_usage})

    def _judge(self, region: str, name: str, caller: Caller, actions: Iterable[str]) -> tuple[str | None, str | None]:
        key = find_key(self._account, region, name)
        if key is None:
            return None, PROBLEM
        known, target = self._known(region, caller), Target("key", key.arn, self._of(region, key))
        place = Place(region, self._account)
        refused = [action for action in actions if not self._allowed(key, caller, ask(action, [target], known, place))]
        if not _is_fit(key) or refused:
            return str(key.arn), f"{PROBLEM}: {', '.join(refused)}" if refused else PROBLEM
        return str(key.arn), None

    def _known(self, region: str, caller: Caller) -> Context:
        """The condition keys of what EC2 asks of KMS for a caller."""
        about = context(
            {
                "aws:ViaAWSService": True,
                "kms:CallerAccount": self._account,
                "kms:EncryptionContextKeys": ("aws:ebs:id",),
                "kms:GrantIsForAWSResource": True,
                "kms:ViaService": f"ec2.{region}.amazonaws.com",
            }
        )
        return {**shared_keys(self._account, region, caller, self._clock.now()), **about}

    def _allowed(self, key: Any, caller: Caller, questions: Iterable[Question]) -> bool:
        return all(key_problem(self._account, key, caller.role_arn, question) is None for question in questions)


def _is_fit(key: Any) -> bool:
    """Whether EBS can encrypt under a key: an enabled symmetric one."""
    return bool(key.enabled) and key.key_state == "Enabled" and key.key_spec == "SYMMETRIC_DEFAULT"
