"""What keeps an instance from being stopped or terminated."""

from sandbox.ec2.records import Instance
from sandbox.gateway import ApiError


def is_protected(instance: Instance, attribute: str) -> bool:
    """Whether DisableApiTermination or DisableApiStop holds for an instance."""
    return bool(instance.given.get(attribute)) and instance.state not in {"terminated", "shutting-down"}


def check_may_stop(instance: Instance) -> None:
    """Let pass an instance that StopInstances may stop.

    Raises:
        ApiError: OperationNotPermitted under stop protection, UnsupportedOperation for an instance-store root or a one-time spot instance.
    """
    if instance.root_type != "ebs":
        raise ApiError(
            "UnsupportedOperation", f"The instance '{instance.id}' does not have an 'ebs' root device type and cannot be stopped."
        )
    if instance.spot_request and not instance.is_persistent():
        raise ApiError("UnsupportedOperation", f"The Spot Instance '{instance.id}' belongs to a one-time request and cannot be stopped.")
    if is_protected(instance, "DisableApiStop"):
        raise not_permitted(instance, "stopped", "disableApiStop")


def not_permitted(instance: Instance, verb: str, attribute: str) -> ApiError:
    """The refusal that names the protection in the way."""
    text = f"The instance '{instance.id}' may not be {verb}. Modify its '{attribute}' instance attribute and try again."
    return ApiError("OperationNotPermitted", text)
