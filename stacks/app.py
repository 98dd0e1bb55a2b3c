"""The CDK app: one home stack, and a recovery stack in every region that some policy copies to."""

from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from functions.core.config import Config
from stacks import layer
from stacks.home import HomeStack
from stacks.recovery import RecoveryStack


def build(config: Config, *, code: Path, outdir: Path | None = None) -> App:
    """The app of `config`, whose functions run the `functions/` and `nightkeep.toml` found in `code`; `synth()` raises on any cdk-nag finding.

    Accounts stay open and nothing is looked up, so that synthesis needs no credentials. Without `outdir` the CDK CLI says where to write.
    """
    app = App(analytics_reporting=False, tree_metadata=False, outdir=str(outdir) if outdir else None)
    home = HomeStack(app, config=config, code=code, layer=layer.build())
    for region in config.recovery_regions:
        home.add_stack_dependency(RecoveryStack(app, config=config, region=region))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app
