"""The Recycle Bin's retention rules: the only place that reads and changes them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.aws import clients, faults
from functions.core import tags
from functions.core.bin.rule import Pair, ResourceType, Rule, Terms
from functions.core.bin.steps import Create, Delete, Lock, Update, differences
from functions.core.outcome import Outcome, failed
from functions.core.record import Reason, Status

GONE = "ResourceNotFoundException"
Change = Create | Update | Lock | Delete


def rules(region: str) -> tuple[list[Rule], datetime]:
    """Everybody's rules of a region for images and snapshots, and AWS's clock. Raises what boto3 raises.

    ListRules, all pages; then GetRule and ListTagsForResource for each, since a list leaves out status, tags and exclusions.
    """
    client = clients.rbin(region)
    found: list[Rule] = []
    at = datetime.min.replace(tzinfo=UTC)
    for resource_type in ResourceType:
        for page in client.get_paginator("list_rules").paginate(ResourceType=str(resource_type)):
            at = clients.answered_at(page)
            found += _seen(client, page["Rules"])
    return found, at


def _seen(client: Any, summaries: Iterable[Any]) -> Iterator[Rule]:
    for summary in summaries:
        try:
            shown = client.get_rule(Identifier=summary["Identifier"])
            carried = client.list_tags_for_resource(ResourceArn=shown["RuleArn"])["Tags"]
        except ClientError as fault:
            if faults.code(fault) != GONE:
                raise
            continue  # deleted since it was listed
        yield _rule(shown, {tag["Key"]: tag["Value"] for tag in carried})


def _rule(shown: Any, carried: dict[str, str]) -> Rule:
    delay = shown.get("LockConfiguration", {}).get("UnlockDelay", {}).get("UnlockDelayValue")
    return Rule(
        rule_id=shown["Identifier"],
        terms=Terms(
            resource_type=ResourceType(shown["ResourceType"]),
            days=shown["RetentionPeriod"]["RetentionPeriodValue"],
            resource_tags=_pairs(shown.get("ResourceTags", ())),
            exclusions=_pairs(shown.get("ExcludeResourceTags", ())),
        ),
        available=shown["Status"] == "available",
        lock_state=shown.get("LockState"),
        unlock_delay=delay,
        lock_end=shown.get("LockEndTime"),
        tags=carried,
    )


def _pairs(entries: Iterable[Any]) -> frozenset[Pair]:
    return frozenset((entry["ResourceTagKey"], entry.get("ResourceTagValue", "")) for entry in entries)


def change(region: str, home: str, step: Change, now: datetime) -> Outcome:
    """Do one step of the guard's plan, which was made at `now`. Never raises for what AWS refuses: the outcome says it."""
    client = clients.rbin(region)
    try:
        response = _call(client, home, step, now)
    except faults.AwsFault as fault:
        return _refused(step, fault)
    rule_id = response["Identifier"] if isinstance(step, Create) else step.rule.rule_id
    return Outcome(Status.DONE, step.reason, rule_id, request_id=clients.request_id(response), detail=_detail(step))


def _call(client: Any, home: str, step: Change, now: datetime) -> Any:
    match step:
        case Create():
            marks = {tags.HOME: home, tags.CREATED: now.isoformat()}
            return client.create_rule(
                ResourceType=str(step.terms.resource_type),
                Description=f"Nightkeep of {home}: its configuration says what this rule is",
                Tags=[{"Key": key, "Value": value} for key, value in marks.items()],
                **_written(step.terms),
            )
        case Update():
            return client.update_rule(Identifier=step.rule.rule_id, **_written(step.terms))
        case Lock():
            delay = {"UnlockDelayValue": step.delay, "UnlockDelayUnit": "DAYS"}
            return client.lock_rule(Identifier=step.rule.rule_id, LockConfiguration={"UnlockDelay": delay})
        case Delete():
            return client.delete_rule(Identifier=step.rule.rule_id)


def _written(terms: Terms) -> dict[str, Any]:
    """The terms as parameters; only those that a rule of their kind has."""
    lists = {"ResourceTags": terms.resource_tags, "ExcludeResourceTags": terms.exclusions}
    period = {"RetentionPeriodValue": terms.days, "RetentionPeriodUnit": "DAYS"}
    return {"RetentionPeriod": period} | {
        name: [{"ResourceTagKey": key, "ResourceTagValue": value} for key, value in sorted(pairs)] for name, pairs in lists.items() if pairs
    }


def _detail(step: Change) -> dict[str, Any]:
    match step:
        case Create():
            return step.terms.shown()
        case Update():
            return {"resource_type": str(step.resource_type), "differs": differences(step.rule.terms, step.terms)}
        case Lock():
            return {"resource_type": str(step.resource_type), "unlock_delay": step.delay}
        case Delete():
            return step.rule.terms.shown()


def _refused(step: Change, fault: Exception) -> Outcome:
    rule_id = None if isinstance(step, Create) else step.rule.rule_id
    if isinstance(step, Delete) and faults.code(fault) == GONE:
        return Outcome(Status.ALREADY, Reason.OK, rule_id)
    seen = faults.outcome(fault)
    return failed(
        seen.reason,
        resource_id=rule_id,
        request_id=seen.request_id,
        error_code=seen.error_code,
        detail={**_detail(step), **(seen.detail or {})},
    )
