"""Starting a slot's night, as its schedule does."""

import json

from functions.aws import clients
from functions.core.night import Night
from functions.core.record import Reason
from functions.core.settings import name


def start(night: Night, *, may_reboot: bool) -> None:
    """Invoke `take_images` for `night`, asynchronously (Lambda Invoke). Raises what boto3 raises."""
    event = {"policy": night.policy.name, "time": night.start.isoformat(), "reason": Reason.MISSING, "may_reboot": may_reboot}
    clients.lambda_(night.home).invoke(FunctionName=name(night.home, "take-images"), InvocationType="Event", Payload=json.dumps(event))
