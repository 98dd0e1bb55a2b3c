"""Under which key new volumes and copies are encrypted, and the account's settings for that."""

from collections.abc import Mapping
from typing import Any

from sandbox.ec2.plane import Ec2
from sandbox.gateway import ApiError, Request


def enable_ebs_encryption_by_default(ec2: Ec2, request: Request) -> dict[str, Any]:
    """EnableEbsEncryptionByDefault, in this region: new volumes and copies are encrypted; what there is stays as it is."""
    return _set(ec2, request, encrypts=True)


def disable_ebs_encryption_by_default(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DisableEbsEncryptionByDefault."""
    return _set(ec2, request, encrypts=False)


def get_ebs_encryption_by_default(ec2: Ec2, request: Request) -> dict[str, Any]:
    """GetEbsEncryptionByDefault: off in a new account."""
    encrypts = ec2.region(request).settings.encrypts
    return {"EbsEncryptionByDefault": encrypts, "SseType": "sse-ebs" if encrypts else "none"}


def get_ebs_default_kms_key_id(ec2: Ec2, request: Request) -> dict[str, Any]:
    """GetEbsDefaultKmsKeyId: the key behind alias/aws/ebs, unless another was chosen."""
    return {"KmsKeyId": default_key(ec2, request.region)}


def modify_ebs_default_kms_key_id(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ModifyEbsDefaultKmsKeyId. Unverified: that a key which cannot be used is refused at once, and its code.

    Raises:
        ApiError: InvalidParameterValue.
    """
    key, problem = ec2.keys.usable(request.region, request.parameters["KmsKeyId"], request.caller)
    if key is None or problem:
        raise ApiError("InvalidParameterValue", problem or "Given key ID is not accessible")
    ec2.region(request).settings.default_key = key
    return {"KmsKeyId": key}


def reset_ebs_default_kms_key_id(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ResetEbsDefaultKmsKeyId: back to the key behind alias/aws/ebs."""
    ec2.region(request).settings.default_key = None
    return get_ebs_default_kms_key_id(ec2, request)


def default_key(ec2: Ec2, region: str) -> str:
    """The ARN of the key that is used where none is named."""
    return ec2.store.region(region).settings.default_key or ec2.keys.default(region)


def key_wanted(ec2: Ec2, request: Request, asked: Mapping[str, Any], inherited: str | None) -> str | None:
    """The key that a new volume or a copy is to be encrypted under, as it was named; None for none. What was encrypted stays so.

    `asked` has Encrypted and KmsKeyId as the API has them; `inherited` is the key of what a volume starts from, if it keeps it.

    Raises:
        ApiError: InvalidParameterDependency for a key without Encrypted.
    """
    key = asked.get("KmsKeyId")
    if key and not asked.get("Encrypted"):
        raise ApiError("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.")
    if key or inherited:
        return key or inherited
    encrypts = asked.get("Encrypted") or ec2.region(request).settings.encrypts
    return default_key(ec2, request.region) if encrypts else None


def key_of_volume(ec2: Ec2, request: Request, asked: Mapping[str, Any], inherited: str | None) -> str | None:
    """The ARN of the key that a new volume is encrypted under; the name as it was given if that key cannot be used."""
    wanted = key_wanted(ec2, request, asked, inherited)
    if wanted is None or wanted == inherited:
        return wanted
    found, problem = ec2.keys.usable(request.region, wanted, request.caller)
    return found if found and not problem else wanted


def check_encryption(asked: Mapping[str, Any], inherited: str | None) -> None:
    """Let pass what does not ask to decrypt. Unverified: that Encrypted=false is refused where the snapshot is encrypted.

    Raises:
        ApiError: InvalidParameterCombination.
    """
    if inherited and asked.get("Encrypted") is False:
        raise ApiError("InvalidParameterCombination", "A volume of an encrypted snapshot is encrypted.")


def key_trouble(ec2: Ec2, request: Request, key: str) -> str:
    """What is wrong with a volume's key, for the caller too; nothing if it can be used."""
    state = ec2.keys.state(request.region, key)
    _, problem = ec2.keys.usable(request.region, key, request.caller)
    return f"{key} is {state or 'not accessible'}." if state or problem else ""


def _set(ec2: Ec2, request: Request, *, encrypts: bool) -> dict[str, Any]:
    ec2.region(request).settings.encrypts = encrypts
    return {"EbsEncryptionByDefault": encrypts}
