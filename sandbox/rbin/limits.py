"""What a rule may be, beyond what the model says: periods by type, tags or exclusions, quotas."""

from sandbox.rbin.errors import invalid, over_quota
from sandbox.rbin.plane import Rbin
from sandbox.rbin.rule import Rule

LONGEST = {"EBS_SNAPSHOT": 365, "EC2_IMAGE": 365, "EBS_VOLUME": 7}
MOST_RULES = 250
MOST_RULES_OF_A_PAIR = 5
MOST_TAGS = 50


def check_number(rbin: Rbin, region: str) -> None:
    """Let pass one more rule in a region.

    Raises:
        RbinError: ServiceQuotaExceededException.
    """
    if len(rbin.rules[region]) >= MOST_RULES:
        raise over_quota(f"There can be {MOST_RULES} retention rules in a region.")


def check_rule(rbin: Rbin, region: str, rule: Rule) -> None:
    """Let pass a rule as it is to be.

    Raises:
        RbinError: ValidationException, or ServiceQuotaExceededException for a resource tag that five other rules have.
    """
    longest = LONGEST[rule.resource_type]
    if rule.days > longest:
        raise invalid(f"The retention period for {rule.resource_type} must be between 1 and {longest} days.")
    if rule.resource_tags and rule.exclusions:
        raise invalid("Only Region-level retention rules can have exclusion tags.")
    for pair in rule.resource_tags:
        holders = [each for each in rbin.rules[region].values() if each.id != rule.id and pair in each.resource_tags]
        if len(holders) >= MOST_RULES_OF_A_PAIR:
            raise over_quota(f"The resource tag {'='.join(pair)} can be in {MOST_RULES_OF_A_PAIR} retention rules.")


def check_tags(tags: dict[str, str]) -> None:
    """Let pass the tags that a rule itself is to have.

    Raises:
        RbinError: ValidationException for keys that are AWS's, ServiceQuotaExceededException beyond 50.
    """
    if any(key.lower().startswith("aws:") for key in tags):
        raise invalid("Tag keys that begin with aws: are reserved.")
    if len(tags) > MOST_TAGS:
        raise over_quota(f"A retention rule can have {MOST_TAGS} tags.")
