"""What must be allowed for a request, each resource by itself and with the condition keys that it has with that action. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.iam.conditions import Context
from sandbox.iam.evaluate import Question
from sandbox.iam.known import Known
from sandbox.iam.rows import Action, action, fill

UNKNOWN = Action({}, frozenset(), frozenset())
NOTHING: Context = {}
NO_TAGS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Target:
    """A resource that a request names or makes: its type, its ARN, the values of condition keys that it has, and its tags."""

    kind: str
    arn: str
    about: Context = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a request is made."""

    region: str
    account: str


def ask(name: str, targets: Iterable[Target], known: Context, place: Place) -> list[Question]:
    """The questions about an action (service:Name). `known` are the keys of the request itself.

    Targets of a type that the action does not take are left out. A required type without a target is asked about as all of its
    resources, and an action that takes none as *: so is one that the reference does not know, the hardest to allow.
    """
    entry = action(name) or UNKNOWN
    chosen = [target for target in targets if target.kind in entry.rows]
    if entry.required and not entry.required <= (there := {target.kind for target in chosen}):
        missing = [row for row in entry.rows.values() if row.required and row.kind not in there]
        chosen += [Target(row.kind, fill(row.template, place.region, place.account)) for row in missing]
    if not chosen:
        return [Question(name, "*", Known(entry.keys, known, NO_TAGS, NOTHING))]
    return [Question(name, target.arn, Known(entry.rows[target.kind].keys, known, target.tags, target.about)) for target in chosen]
