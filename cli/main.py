"""The `nightkeep` command."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import hold, plan, plan_view, preflight, retire, retire_view, schema, validate
from cli.output import notes, results, told
from functions.aws import faults
from functions.core import config
from functions.core.config import Config

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False, help="Nightly AMIs of tagged EC2 instances, copied encrypted.")
plans = typer.Typer(no_args_is_help=True, help="What would be done, and why. Changes nothing.")
app.add_typer(plans, name="plan")

ConfigPath = Annotated[Path, typer.Option("--config", metavar="PATH", help="The configuration file.")]
DEFAULT_CONFIG = Path("nightkeep.toml")


@app.command("validate")
def validate_command(config_path: ConfigPath = DEFAULT_CONFIG) -> None:
    """Check the configuration and show what it comes to, or every problem in it (exit code 1)."""
    with told():
        loaded = config.load(config_path)
    results.print(validate.summary(loaded, str(config_path), datetime.now(UTC)))


@app.command("schema")
def schema_command() -> None:
    """Print the configuration's JSON Schema."""
    typer.echo(schema.text())


@app.command("preflight")
def preflight_command(config_path: ConfigPath = DEFAULT_CONFIG) -> None:
    """Check that the account is ready for `make deploy` (exit code 1 if not), and show what would be deployed and who would be imaged.

    Where it is ready but for a stack whose first deployment failed, that stack's termination protection is switched off, so that the CDK can replace it.
    """
    with told():
        loaded = config.load(config_path)
    who = preflight.who()
    if isinstance(who, preflight.Finding):
        _stop_at([who])
        return
    _stop_at(list(preflight.findings(loaded, who)))
    _stop_at(list(preflight.clear_away(loaded)))
    results.print(f"to account {who.account} as {who.arn}", soft_wrap=True)
    results.print(validate.summary(loaded, str(config_path), datetime.now(UTC)))
    _preview(loaded)


def _stop_at(found: list[preflight.Finding]) -> None:
    for finding in found:
        notes.print(finding.text, style="red" if finding.stops else "yellow", soft_wrap=True)
    if any(finding.stops for finding in found):
        raise typer.Exit(1)


def _preview(loaded: Config) -> None:
    """Show who would be imaged. Who may deploy need not be allowed to see instances."""
    try:
        seen = plan.fleet(loaded)
        found = plan.previews(loaded, plan.policies(loaded, None), seen, None)
    except faults.AwsFault as fault:
        notes.print(f"who would be imaged cannot be shown ({faults.code(fault)}): {fault}", style="yellow", soft_wrap=True)
        return
    _show(loaded, seen, found)


def _show(loaded: Config, seen: plan.Fleet, found: list[plan.Preview]) -> None:
    for preview in found:
        results.print(plan_view.render(preview))
    for line in plan_view.findings(loaded, seen):
        notes.print(line, style="yellow", soft_wrap=True)


@plans.command("take")
def plan_take_command(
    config_path: ConfigPath = DEFAULT_CONFIG,
    policy: Annotated[str | None, typer.Option(metavar="NAME", help="One policy only.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Plan each policy's latest slot at this time, instead of now.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Show which instances the latest slot images, which not, and why. Calls DescribeInstances and DescribeImages only."""
    with told():
        loaded = config.load(config_path)
        wanted = plan.policies(loaded, policy)
        when = plan.moment(at) if at else None
        seen = plan.fleet(loaded)
        found = plan.previews(loaded, wanted, seen, when)
    if as_json:
        typer.echo(plan_view.as_json(loaded, seen, found))
        return
    _show(loaded, seen, found)


@plans.command("retire")
def plan_retire_command(
    config_path: ConfigPath = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
    save: Annotated[Path | None, typer.Option(metavar="PATH", help="Write the plan down, for `nightkeep apply`.")] = None,
) -> None:
    """Show what would become of every image now: kept, skipped or a step further, and why. Only describes."""
    with told():
        made = retire.plan(config.load(config_path))
        if save is not None:
            retire.save(made, save)
    if as_json:
        typer.echo(retire.as_json(made))
    else:
        results.print(retire_view.render(made))
    if save is not None:
        notes.print(f"saved; nightkeep apply {save} does exactly this, or nothing", soft_wrap=True)


@app.command("apply")
def apply_command(
    plan_path: Annotated[Path, typer.Argument(metavar="PLAN", help="What `nightkeep plan retire --save` wrote.")],
    config_path: ConfigPath = DEFAULT_CONFIG,
    over_limit: Annotated[
        bool, typer.Option("--over-limit", help="Also if that is more than a run may do: you have looked at it.")
    ] = False,
) -> None:
    """Order exactly what a saved plan says; nothing, if the same plan would not come out now. The workers check each image once more."""
    with told():
        ordered = retire.apply(config.load(config_path), retire.load(plan_path), over_limit=over_limit)
    results.print(f"{ordered} steps ordered; their records say what became of them", soft_wrap=True)


Images = Annotated[list[str], typer.Argument(metavar="IMAGE...", help="Ids of images or copies.")]


@app.command("hold")
def hold_command(
    images: Images,
    config_path: ConfigPath = DEFAULT_CONFIG,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Written beside the hold.")] = "held",
) -> None:
    """Keep images, whatever retention says, until they are released."""
    with told():
        for image in hold.hold(config.load(config_path), images, why):
            results.print(f"{image.region} {image.image_id} is held", soft_wrap=True)


@app.command("release")
def release_command(images: Images, config_path: ConfigPath = DEFAULT_CONFIG) -> None:
    """Let retention decide about images again."""
    with told():
        for image in hold.release(config.load(config_path), images):
            results.print(f"{image.region} {image.image_id} is released", soft_wrap=True)
