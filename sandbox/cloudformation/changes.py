"""Change sets: a template and parameters that wait to be applied to a stack."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.cloudformation.engine import create_stack, update_stack
from sandbox.cloudformation.requests import check_capabilities, parameters_of, remember, tags_of, template_text
from sandbox.cloudformation.stack import Stack
from sandbox.cloudformation.stacks import Stacks, read_template
from sandbox.gateway import ApiError, Gateway, Request

NEW = "REVIEW_IN_PROGRESS"
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
Answer = dict[str, Any]


@dataclass
class ChangeSet:
    """A change set; `request` made it."""

    id: str
    name: str
    stack: Stack
    request: Request
    created: datetime
    text: str
    parameters: dict[str, str]
    changes: list[dict[str, Any]]
    is_empty: bool
    is_executed: bool = False

    @property
    def state(self) -> dict[str, str]:
        """How it stands, as the API shows it."""
        if self.is_empty:
            return {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "StatusReason": NO_CHANGES}
        return {"Status": "CREATE_COMPLETE", "ExecutionStatus": "EXECUTE_COMPLETE" if self.is_executed else "AVAILABLE"}


class ChangeSets:
    """Answers the API's operations on change sets."""

    def __init__(self, gateway: Gateway, stacks: Stacks) -> None:
        """Change sets of `stacks`."""
        self._gateway = gateway
        self._stacks = stacks
        self._by_id: dict[str, ChangeSet] = {}
        gateway.operations["cloudformation", "CreateChangeSet"] = self._create
        gateway.operations["cloudformation", "DescribeChangeSet"] = self._describe
        gateway.operations["cloudformation", "ExecuteChangeSet"] = self._execute
        gateway.operations["cloudformation", "DeleteChangeSet"] = self._delete
        gateway.operations["cloudformation", "ListChangeSets"] = self._list

    def _create(self, request: Request) -> Answer:
        given = request.parameters
        previous = given.get("UsePreviousTemplate")
        text = self._stacks.get(request.region, given["StackName"]).template_text if previous else template_text(self._gateway, request)
        template = read_template(text)
        check_capabilities(request, template)
        stack = self._stack_for(request)
        parameters = parameters_of(request, stack.parameters)
        same = stack.template == template and parameters == stack.parameters and tags_of(request) in ({}, stack.tags)
        identity = hashlib.sha256(f"{stack.id}/{given['ChangeSetName']}/{len(self._by_id)}".encode()).hexdigest()[:32]
        arn = f"arn:aws:cloudformation:{request.region}:{request.account}:changeSet/{given['ChangeSetName']}/{identity}"
        self._by_id[arn] = ChangeSet(
            arn,
            given["ChangeSetName"],
            stack,
            request,
            stack.after_events(request.time),
            text,
            parameters,
            _changes(stack.template, template),
            is_empty=same and stack.status != NEW,
        )
        return {"Id": arn, "StackId": stack.id}

    def _stack_for(self, request: Request) -> Stack:
        name = request.parameters["StackName"]
        if request.parameters.get("ChangeSetType", "UPDATE") == "UPDATE":
            return self._stacks.get(request.region, name)
        found = self._stacks.find(request.region, name)
        if found is not None and found.status == NEW:
            return found
        stack = self._stacks.new(request.region, name, request.time)
        stack.enter(request.time, NEW, "User Initiated")
        return stack

    def _describe(self, request: Request) -> Answer:
        one = self._find(request)
        return one.state | {
            "ChangeSetName": one.name,
            "ChangeSetId": one.id,
            "StackId": one.stack.id,
            "StackName": one.stack.name,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in one.parameters.items()],
            "CreationTime": one.created,
            "Capabilities": one.request.parameters.get("Capabilities", []),
            "Tags": one.request.parameters.get("Tags", []),
            "Changes": one.changes,
        }

    def _execute(self, request: Request) -> Answer:
        one = self._find(request)
        if one.is_empty or one.is_executed:
            raise ApiError(
                "InvalidChangeSetStatus", f"ChangeSet [{one.id}] cannot be executed in its current status of [{one.state['Status']}]"
            )
        plan = self._stacks.plan(one.stack, one.text, one.parameters)
        one.stack.token = request.parameters.get("ClientRequestToken", "")
        if one.stack.status == NEW:
            keep = one.request.parameters.get("OnStackFailure") == "DO_NOTHING" or bool(request.parameters.get("DisableRollback"))
            remember(one.stack, one.request, one.text)
            one.stack.template = plan.template
            create_stack(self._gateway, one.stack, plan, keep_failed=keep)
        else:
            update_stack(self._gateway, one.stack, plan)
            if one.stack.status == "UPDATE_COMPLETE":
                remember(one.stack, one.request, one.text)
                one.stack.template = plan.template
        one.is_executed = True
        self._by_id = {key: other for key, other in self._by_id.items() if other is one or other.stack is not one.stack}
        return {}

    def _delete(self, request: Request) -> Answer:
        """DeleteChangeSet; one that does not exist is no error."""
        with suppress(LookupError):
            self._by_id.pop(self._sought(request).id)
        return {}

    def _list(self, request: Request) -> Answer:
        stack = self._stacks.get(request.region, request.parameters["StackName"])
        listed = [one for one in self._by_id.values() if one.stack is stack]
        return {"Summaries": [{"ChangeSetId": one.id, "ChangeSetName": one.name, "StackId": stack.id, **one.state} for one in listed]}

    def _find(self, request: Request) -> ChangeSet:
        try:
            return self._sought(request)
        except LookupError as error:
            raise ApiError("ChangeSetNotFound", str(error), 404) from error

    def _sought(self, request: Request) -> ChangeSet:
        name, stack_name = request.parameters["ChangeSetName"], request.parameters.get("StackName")
        for one in self._by_id.values():
            if one.stack.status == "DELETE_COMPLETE":
                continue  # they go with their stack, whose name may be another's now
            if one.id == name or (one.name == name and stack_name in {one.stack.name, one.stack.id} and one.stack.region == request.region):
                return one
        raise LookupError(f"ChangeSet [{name}] does not exist")


def _changes(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """What a change set shows: resources that come, change in the template, or go."""
    before, after = old.get("Resources") or {}, new["Resources"]
    actions = {name: "Remove" for name in before if name not in after}
    actions |= {name: "Modify" if name in before else "Add" for name in after if before.get(name) != after[name]}
    return [
        {
            "Type": "Resource",
            "ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": (after.get(name) or before[name])["Type"]},
        }
        for name, action in actions.items()
    ]
