"""Which roles services of AWS may act as."""

from dataclasses import replace

from sandbox.iam import roles
from sandbox.iam.evaluate import Principal, Question, Verdict, decide
from sandbox.iam.policy import Policy


def is_trusted(account: str, role: str, service: str) -> bool:
    """Whether there is a role with this ARN whose trust policy lets a service in; its conditions are met only when the service acts."""
    question = Question("sts:AssumeRole", "*", {}, Principal(service=service))
    unconditional = [Policy(tuple(replace(one, conditions=()) for one in trust.statements)) for trust in roles.trust(account, role)]
    return any(decide([document], question) is Verdict.ALLOW for document in unconditional)
