"""The settings that targets of rules and of schedules share: how long to try, and where to give up to."""

from typing import Any

RETRIES = range(186)
AGES = range(60, 86_401)


def wrong_setting(region: str, target: dict[str, Any]) -> str | None:
    """What is wrong with a target's RetryPolicy or DeadLetterConfig, or None."""
    policy = target.get("RetryPolicy") or {}
    if policy.get("MaximumRetryAttempts", 0) not in RETRIES:
        return "MaximumRetryAttempts is 0 to 185"
    if policy.get("MaximumEventAgeInSeconds", 60) not in AGES:
        return "MaximumEventAgeInSeconds is 60 to 86400"
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if queue and (queue.split(":")[2:4] != ["sqs", region] or queue.endswith(".fifo")):
        return f"the dead-letter queue {queue} is not a standard SQS queue of this region"
    return None
