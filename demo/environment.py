"""The environment of everything the demo starts: the user's, without anything that could lead to a real account."""

import os
from collections.abc import Mapping

NOWHERE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""No profiles, and no credentials of the machine that this runs on."""


def without_account(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without the settings of AWS's SDKs and of the CDK, and with requests to this machine kept off proxies."""
    kept = {name: value for name, value in environment.items() if not name.startswith(("AWS_", "CDK_"))}
    here = ",".join(filter(None, (kept.get("NO_PROXY") or kept.get("no_proxy"), "localhost,127.0.0.1")))
    return kept | NOWHERE | {"NO_PROXY": here, "no_proxy": here, "CDK_DISABLE_CLI_TELEMETRY": "true"}
