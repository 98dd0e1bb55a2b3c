"""The app that the year is played with: one policy, one recovery region."""

import shutil
from pathlib import Path

from functions.core import config

ROOT = Path(__file__).parent.parent
HOME, RECOVERY = "ap-south-1", "eu-west-1"
KEPT = 14
"""Nights; the older images are disabled at once, and deregistered two weeks later."""
CONFIGURATION = f"""
home_region = "{HOME}"

[policies.nightly]
first_image = "none"
schedule = "cron(0 2 * * ? *)"
window = "6 hours"
copy_to = ["{RECOVERY}"]
keep = {{ daily = {KEPT}, at_least = 3 }}
"""


def synthesize(folder: Path, api_share: float = 0.5) -> Path:
    """The app's cdk.out, made somewhere in `folder` when it is asked for first."""
    from stacks.app import build  # noqa: PLC0415 - the CDK is not to be loaded, and count, in the processes that measure

    app = folder / f"api-share-{api_share}"
    if app.exists():
        return app / "cdk.out"
    shutil.copytree(ROOT / "functions", app / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    file = app / "nightkeep.toml"
    file.write_text(f"api_share = {api_share}\n{CONFIGURATION}", encoding="utf-8")
    build(config.load(file), code=app, outdir=app / "cdk.out").synth()
    return app / "cdk.out"
