"""What a schedule's target receives: its Input with the context attributes filled in, or Scheduler's own event. Pure."""

import json
from datetime import datetime
from typing import Any


def payload(target: dict[str, Any], arn: str, scheduled: datetime, execution_id: str, attempt: int) -> str:
    """The text for a schedule's `target`; `scheduled` is the slot's time whatever the flexible window made of it."""
    moment = f"{scheduled:%Y-%m-%dT%H:%M:%SZ}"
    if target.get("Input") is None:
        return json.dumps(_event(arn, moment, execution_id))
    values = {"schedule-arn": arn, "scheduled-time": moment, "execution-id": execution_id, "attempt-number": str(attempt)}
    text: str = target["Input"]
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _event(arn: str, moment: str, execution_id: str) -> dict[str, Any]:
    _, _, _, region, account, _ = arn.split(":", 5)
    return {
        "version": "0",
        "id": execution_id,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account,
        "time": moment,
        "region": region,
        "resources": [arn],
        "detail": "{}",
    }
