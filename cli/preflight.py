"""`nightkeep preflight`: what an account lacks for a deployment, a line each."""

from collections.abc import Iterator
from dataclasses import dataclass

from functions.aws import account, faults
from functions.aws.account import Identity
from functions.core.config import Config

OLDEST_BOOTSTRAP = 6
"""The version that the CDK's stacks ask for."""

SIGN_IN = "sign in with `aws sso login`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
NO_CREDENTIALS = frozenset(
    {
        *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound", "InvalidClientTokenId"),
        *("SSOTokenLoadError", "TokenRetrievalError", "UnauthorizedSSOTokenError", "SignatureDoesNotMatch"),
    }
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})


@dataclass(frozen=True)
class Finding:
    """Something about the account. `stops` when no deployment can succeed with it."""

    text: str
    stops: bool = True


def who() -> Identity | Finding:
    """Whose credentials these are, or why that cannot be said."""
    try:
        return account.identity()
    except faults.AwsFault as fault:
        code = faults.code(fault)
        if code in EXPIRED:
            return Finding(f"credentials: expired; {SIGN_IN}")
        if code in NO_CREDENTIALS:
            return Finding(f"credentials: none that AWS accepts ({code}); {SIGN_IN}")
        return Finding(f"AWS cannot be reached ({code}): {fault}")


def findings(config: Config, identity: Identity) -> Iterator[Finding]:
    """What is missing in the home region and in each recovery region."""
    for region in (config.home_region, *config.recovery_regions):
        try:
            found = _of_region(region, identity)
        except faults.AwsFault as fault:
            yield _unseen(region, fault)
            continue
        if found is not None:
            yield found


def _of_region(region: str, identity: Identity) -> Finding | None:
    if not account.is_enabled(region):
        return Finding(
            f"{region}: not enabled in account {identity.account}; open Account, AWS Regions in the console, or run "
            f"`aws account enable-region --region-name {region}`, and wait some minutes"
        )
    version = account.bootstrap_version(region)
    command = f'make cdk ARGS="bootstrap aws://{identity.account}/{region}"'
    if version is None:
        return Finding(f"{region}: the CDK is not bootstrapped; run {command}")
    if version < OLDEST_BOOTSTRAP:
        return Finding(f"{region}: the CDK's bootstrap stack is version {version}, {OLDEST_BOOTSTRAP} is needed; run {command}")
    return None


def _unseen(region: str, fault: Exception) -> Finding:
    """Who deploys through the CDK's roles need not be allowed to look: CDK will say what is missing then."""
    code = faults.code(fault)
    return Finding(f"{region}: cannot be checked ({code}): {fault}", stops=code not in REFUSED)


def clear_away(config: Config) -> Iterator[Finding]:
    """Let the CDK replace stacks whose first deployment failed, which their termination protection would prevent; a line for each."""
    home = config.home_region
    stacks = {home: f"Nightkeep-{home}"} | dict.fromkeys(config.recovery_regions, f"Nightkeep-{home}-recovery")
    for region, stack in stacks.items():
        try:
            if account.let_go(region, stack):
                text = f"{region}: the first deployment of {stack} failed; its termination protection is off now, so that the CDK can replace it"
                yield Finding(text, stops=False)
        except faults.AwsFault as fault:
            yield _unseen(region, fault)
