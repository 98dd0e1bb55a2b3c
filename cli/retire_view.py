"""How `nightkeep plan retire` shows its plan to people."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from cli.output import printable
from functions.core.retire.plan import Plan
from functions.core.retire.verdict import Verdict

STYLES = {"keep": "dim", "skip": "yellow", "step": "green"}


def render(plan: Plan) -> RenderableType:
    """The counts first, then every image with keep, skip or step, and why."""
    return Group(*_head(plan), _images(plan), *_orphans(plan))


def _head(plan: Plan) -> Iterator[Text]:
    counted = ", ".join(f"{count} {what}" for what, count in sorted(plan.counts().items())) or "no image of ours"
    yield Text(f"{plan.now:%Y-%m-%d %H:%M} UTC: {counted}", style="bold")
    for region, fault in plan.unseen.items():
        yield Text(f"{region} cannot be asked, and nothing goes that needs a copy there: {printable(str(fault))}", style="yellow")
    for region, fault in plan.refused.items():
        yield Text(f"{region} does not say what holds images there: {printable(str(fault))}", style="yellow")
    for (region, step), count in plan.over.items():
        yield Text(
            f"{count} images of {region} would be at {step}, {plan.most} may: a run like that is refused whole. "
            "If this is right, save the plan and apply it with --over-limit, or raise retire_limit.",
            style="red",
        )


def _images(plan: Plan) -> Table:
    table = Table(
        "region",
        Column("image", min_width=21, no_wrap=True),
        "instance",
        "policy",
        "slot",
        "state",
        "decision",
        Column("reason", min_width=16, overflow="fold"),
    )
    for verdict in plan.verdicts:
        policy, instance_id, slot = verdict.image.key
        table.add_row(
            verdict.image.region,
            verdict.image.image_id,
            printable(instance_id),
            printable(policy),
            printable(slot),
            verdict.image.state,
            str(verdict.step or verdict.decision),
            _why(verdict),
            style=STYLES[verdict.decision],
        )
    return table


def _why(verdict: Verdict) -> str:
    if verdict.kept_by:
        return ", ".join(verdict.kept_by)
    if verdict.due is not None:
        return f"{verdict.reason} until {verdict.due:%Y-%m-%d %H:%M}"
    return f"{verdict.reason}{_about(verdict.detail)}"


def _about(detail: Mapping[str, Any] | None) -> str:
    return ": " + printable("; ".join(f"{name} {value}" for name, value in detail.items())) if detail else ""


def _orphans(plan: Plan) -> Iterator[Text]:
    for orphan in plan.orphans:
        becomes = "is deleted" if orphan.refusal is None else f"stays: {orphan.refusal.reason}{_about(orphan.refusal.detail)}"
        yield Text(f"{orphan.region} {orphan.snapshot.snapshot_id}: belongs to no image, {becomes}")
