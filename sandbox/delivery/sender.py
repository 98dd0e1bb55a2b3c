"""Who delivers: a service, for one of the account's resources, by a role or by the target's own policy."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.iam import judgement, roles
from sandbox.iam.evaluate import Document, Principal, Question, Verdict, context, decide


class UndeliverableError(Exception):
    """A delivery failed. `lasting` says that trying again cannot help."""

    def __init__(self, code: str, message: str, *, lasting: bool) -> None:
        """Name the failure as the dead letter's attributes do."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.lasting = lasting


@dataclass(frozen=True)
class Sender:
    """`service` ("events.amazonaws.com") acting for `source_arn` (a rule, a schedule), as `role_arn` if it has one."""

    account: str
    service: str
    source_arn: str
    role_arn: str | None = None

    def must_be_allowed(self, action: str, resource: str, resource_policies: Iterable[Document]) -> None:
        """Raise UndeliverableError (lasting) unless the role, or without one the target's policy, allows `action` on `resource`."""
        about = context({"aws:SourceArn": self.source_arn, "aws:SourceAccount": self.account})
        if self.role_arn is None:
            question = Question(action, resource, about, Principal(service=self.service))
            self._demand(resource_policies, question, f"the policy of {resource} does not let {self.service} for {self.source_arn}")
            return
        assume = Question("sts:AssumeRole", "*", about, Principal(service=self.service))
        self._demand(roles.trust(self.account, self.role_arn), assume, f"{self.role_arn} does not let {self.service}")
        if judgement.problem(self.account, self.role_arn, Question(action, resource, about)):
            raise _not_permitted(f"{self.role_arn} may not on {resource}: {action}")

    def _demand(self, policies: Iterable[Document], question: Question, problem: str) -> None:
        if decide(policies, question) is not Verdict.ALLOW:
            raise _not_permitted(f"{problem}: {question.action}")


def _not_permitted(problem: str) -> UndeliverableError:
    return UndeliverableError("NO_PERMISSIONS", problem, lasting=True)
