"""What `nightkeep plan retire` asks and plans, and `nightkeep apply` does: that plan exactly, or nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from cli.output import notes, printable
from functions.aws import account, clients, queue, remembering, retire_plan
from functions.aws.vault import Vault
from functions.core.config import Config
from functions.core.errors import NightkeepError
from functions.core.record import Reason
from functions.core.retire.plan import Plan
from functions.core.retire.verdict import Verdict
from functions.core.retire.wrecks import Orphan
from functions.core.settings import name


class Saved(BaseModel):
    """A plan as it was saved: what it would do, in which deployment, and when it was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    home: str
    made: AwareDatetime
    steps: dict[str, str]
    """What is done to each image or snapshot, by region and id."""


def plan(config: Config) -> Plan:
    """Ask all regions, and plan. Shows what is being asked."""
    with notes.status("asking AWS") as status:
        recalled = remembering.recall(Vault(config.home_region, account.identity().account, config.home_region))
        if recalled.fault is not None:
            told = (recalled.fault.detail or {}).get("message", "")
            notes.print(
                f"What earlier runs saw cannot be read, so nothing that waits counts as due: {printable(told)}",
                style="yellow",
                soft_wrap=True,
            )
        return retire_plan.make(config, recalled.memory, lambda what: status.update(f"asking {what}"))


def steps(made: Plan) -> dict[str, str]:
    """What `made` does to each image or snapshot, by region and id."""
    return dict(_steps(made))


def _steps(made: Plan) -> Iterator[tuple[str, str]]:
    for verdict in made.verdicts:
        if verdict.step is not None:
            yield f"{verdict.image.region} {verdict.image.image_id}", str(verdict.step)
    for orphan in made.orphans:
        if orphan.refusal is None:
            yield f"{orphan.region} {orphan.snapshot.snapshot_id}", "delete"


def save(made: Plan, path: Path) -> None:
    """Write down what `made` does. Raises NightkeepError when the file cannot be written."""
    saved = Saved(home=made.home, made=made.now, steps=steps(made))
    try:
        path.write_text(saved.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise NightkeepError(f"{path} cannot be written: {error.strerror}") from error


def load(path: Path) -> Saved:
    """Read a plan that was saved. Raises NightkeepError."""
    try:
        return Saved.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise NightkeepError(f"{path} cannot be read: {error.strerror}") from error
    except (ValidationError, json.JSONDecodeError) as error:
        raise NightkeepError(f"{path} is not a plan: make one with `nightkeep plan retire --save {path}`") from error


def apply(config: Config, saved: Saved, *, over_limit: bool = False) -> int:
    """Order what the saved plan says, if the same plan comes out today; gives how many steps were ordered. Raises NightkeepError, nothing done.

    A plan that is over the limit of a run is refused, as a run is, unless `over_limit`: then somebody has looked at it.
    """
    if saved.home != config.home_region:
        raise NightkeepError(f"the plan is for {saved.home}, the configuration for {config.home_region}: nothing was done")
    made = plan(config)
    if made.unseen:
        raise NightkeepError(f"{', '.join(sorted(made.unseen))} cannot be asked: nothing was done; try again when it can")
    changes = list(_changes(saved.steps, steps(made)))
    if changes:
        shown = "\n".join(f"  {line}" for line in changes[:20])
        more = f"\n  and {len(changes) - 20} more" if len(changes) > 20 else ""
        raise NightkeepError(
            f"the world has changed since the plan was made; nothing was done:\n{shown}{more}\nmake a new plan and look at it"
        )
    if made.over and not over_limit:
        beyond = ", ".join(f"{count} at {step} in {region}" for (region, step), count in sorted(made.over.items()))
        raise NightkeepError(
            f"the plan is over the limit of a run, {made.most} images a step and region: {beyond}; nothing was done; "
            "look at every image in it, then say --over-limit, or raise retire_limit"
        )
    sqs = clients.sqs(config.home_region)
    url = sqs.get_queue_url(QueueName=name(config.home_region, "retire"))["QueueUrl"]
    return queue.send(sqs, url, made.actions())


def _changes(before: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            yield f"{key}: {before.get(key, 'stays')} then, {now.get(key, 'stays')} now"


def as_json(made: Plan) -> str:
    """The plan for programs: every image and every orphan with its decision and reason, what could not be asked, and what is over the limit."""
    document = {
        "now": made.now.isoformat(),
        "over_limit": bool(made.over),
        "most": made.most,
        "over": [{"region": region, "step": step, "count": count} for (region, step), count in sorted(made.over.items())],
        "unseen": {region: str(fault) for region, fault in sorted(made.unseen.items())},
        "refused": {region: str(fault) for region, fault in sorted(made.refused.items())},
        "counts": made.counts(),
        "images": [_image(verdict) for verdict in made.verdicts],
        "orphans": [_orphan(orphan) for orphan in made.orphans],
    }
    return json.dumps(document, indent=2)


def _image(verdict: Verdict) -> dict[str, Any]:
    return {
        "region": verdict.image.region,
        "image_id": verdict.image.image_id,
        **_key(verdict.image.key),
        "state": verdict.image.state,
        "decision": verdict.decision,
        "step": verdict.step,
        "reason": verdict.reason,
        "kept_by": list(verdict.kept_by),
        "due": verdict.due.isoformat() if verdict.due else None,
        "detail": verdict.detail,
    }


def _orphan(orphan: Orphan) -> dict[str, Any]:
    refusal = orphan.refusal
    return {
        "region": orphan.region,
        "snapshot_id": orphan.snapshot.snapshot_id,
        **_key(orphan.snapshot.key),
        "state": orphan.snapshot.state,
        "decision": "step" if refusal is None else "skip",
        "step": "delete" if refusal is None else None,
        "reason": Reason.ORPHAN if refusal is None else refusal.reason,
        "detail": None if refusal is None else refusal.detail,
    }


def _key(key: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("policy", "instance_id", "slot"), key, strict=True))
