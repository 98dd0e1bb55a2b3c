"""What `cdk` runs: the stacks of ./nightkeep.toml, written where the CDK CLI asks for them, else to cdk.out."""

import os
import sys
from pathlib import Path

from functions.core import config
from functions.core.errors import ConfigError

HERE = Path(__file__).parent


def main() -> None:
    """Synthesize, or say what is wrong with the configuration and exit with 1."""
    try:
        settings = config.load(HERE / "nightkeep.toml")
    except ConfigError as error:
        sys.exit(str(error))
    from stacks.app import build  # noqa: PLC0415 (loading the CDK takes seconds that a mistake in the configuration need not wait for)

    build(settings, code=HERE, outdir=Path(os.environ.get("CDK_OUTDIR", "cdk.out"))).synth()


main()
