"""CloudFormation's API on stacks. What happens, happens before the call is answered."""

import json
from typing import Any

from moto.core.utils import get_service_model

from sandbox.cloudformation.changes import ChangeSets
from sandbox.cloudformation.engine import create_stack, delete_stack, update_stack
from sandbox.cloudformation.notices import Emit, teller
from sandbox.cloudformation.requests import check_capabilities, parameters_of, remember, tags_of, template_text
from sandbox.cloudformation.stacks import Stacks, read_template
from sandbox.cloudformation.views import event_views, resource_detail, resource_summary, resource_view, stack_view, summary
from sandbox.gateway import ApiError, Gateway, Request
from sandbox.missing import refuse

Answer = dict[str, Any]


class CloudFormation:
    """Answers the API in all regions."""

    def __init__(self, gateway: Gateway, emit: Emit) -> None:
        """Take the operations over from moto; events go to `emit`."""
        self.stacks = Stacks(gateway, teller(emit))
        self._gateway = gateway
        self._changes = ChangeSets(gateway, self.stacks)
        for operation in (
            self.create_stack,
            self.update_stack,
            self.delete_stack,
            self.describe_stacks,
            self.list_stacks,
            self.get_template,
        ):
            self._answer(operation)
        for operation in (
            self.describe_stack_events,
            self.describe_stack_resources,
            self.describe_stack_resource,
            self.list_stack_resources,
        ):
            self._answer(operation)
        for operation in (self.update_termination_protection, self.list_exports, self.get_template_summary):
            self._answer(operation)
        for name in get_service_model("cloudformation").operation_names:  # moto's know nothing of these stacks
            gateway.operations.setdefault(("cloudformation", name), refuse)

    def _answer(self, operation: Any) -> None:
        name = "".join(word.capitalize() for word in operation.__name__.split("_"))
        self._gateway.operations["cloudformation", name] = operation

    def create_stack(self, request: Request) -> Answer:
        """CreateStack."""
        check_capabilities(request, read_template(text := template_text(self._gateway, request)))
        stack = self.stacks.new(request.region, request.parameters["StackName"], request.time)
        stack.is_protected = bool(request.parameters.get("EnableTerminationProtection"))
        stack.token = request.parameters.get("ClientRequestToken", "")
        remember(stack, request, text)
        plan = self.stacks.plan(stack, text, stack.parameters)
        stack.template = plan.template
        keep = request.parameters.get("OnFailure") == "DO_NOTHING" or bool(request.parameters.get("DisableRollback"))
        create_stack(self._gateway, stack, plan, keep_failed=keep)
        return {"StackId": stack.id}

    def update_stack(self, request: Request) -> Answer:
        """UpdateStack."""
        stack = self.stacks.get(request.region, request.parameters["StackName"])
        if stack.status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}:
            raise ApiError("ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        text = stack.template_text if request.parameters.get("UsePreviousTemplate") else template_text(self._gateway, request)
        parameters = parameters_of(request, stack.parameters)
        plan = self.stacks.plan(stack, text, parameters)
        check_capabilities(request, plan.template)
        tags = tags_of(request)
        if plan.template == stack.template and parameters == stack.parameters and (not tags or tags == stack.tags):
            raise ApiError("ValidationError", "No updates are to be performed.")
        stack.token = request.parameters.get("ClientRequestToken", "")
        update_stack(self._gateway, stack, plan)
        if stack.status == "UPDATE_COMPLETE":
            stack.template = plan.template
            remember(stack, request, text)
        return {"StackId": stack.id}

    def delete_stack(self, request: Request) -> Answer:
        """DeleteStack; a stack that does not exist is no error."""
        stack = self.stacks.find(request.region, request.parameters["StackName"])
        if stack is None or stack.status == "DELETE_COMPLETE":
            return {}
        if stack.is_protected:
            raise ApiError("ValidationError", f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        stack.token = request.parameters.get("ClientRequestToken", "")
        stack.role_arn = request.parameters.get("RoleARN", stack.role_arn)
        delete_stack(self._gateway, stack)
        return {}

    def describe_stacks(self, request: Request) -> Answer:
        """DescribeStacks."""
        name = request.parameters.get("StackName")
        found = [self.stacks.get(request.region, name)] if name else self.stacks.living(request.region)
        return {"Stacks": [stack_view(stack) for stack in found]}

    def list_stacks(self, request: Request) -> Answer:
        """ListStacks."""
        wanted = request.parameters.get("StackStatusFilter")
        return {"StackSummaries": [summary(stack) for stack in self.stacks.all(request.region) if not wanted or stack.status in wanted]}

    def get_template(self, request: Request) -> Answer:
        """GetTemplate."""
        text = self.stacks.get(request.region, request.parameters["StackName"]).template_text
        return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}

    def get_template_summary(self, request: Request) -> Answer:
        """GetTemplateSummary: the parameters and the types of resources."""
        name = request.parameters.get("StackName")
        template = self.stacks.get(request.region, name).template if name else json.loads(template_text(self._gateway, request))
        parameters = [
            {"ParameterKey": key, "ParameterType": one["Type"]} | ({"DefaultValue": one["Default"]} if "Default" in one else {})
            for key, one in (template.get("Parameters") or {}).items()
        ]
        types = sorted({one["Type"] for one in template.get("Resources", {}).values()})
        return {"Parameters": parameters, "ResourceTypes": types}

    def describe_stack_events(self, request: Request) -> Answer:
        """DescribeStackEvents, all at once."""
        return {"StackEvents": event_views(self.stacks.get(request.region, request.parameters["StackName"]))}

    def describe_stack_resources(self, request: Request) -> Answer:
        """DescribeStackResources."""
        stack = self.stacks.get(request.region, request.parameters["StackName"])
        wanted = request.parameters.get("LogicalResourceId")
        return {"StackResources": [resource_view(stack, one) for one in stack.resources.values() if wanted in {None, one.logical_id}]}

    def describe_stack_resource(self, request: Request) -> Answer:
        """DescribeStackResource."""
        stack = self.stacks.get(request.region, request.parameters["StackName"])
        resource = stack.resources.get(request.parameters["LogicalResourceId"])
        if resource is None:
            raise ApiError("ValidationError", f"Resource {request.parameters['LogicalResourceId']} does not exist for stack {stack.name}")
        return {"StackResourceDetail": resource_detail(stack, resource)}

    def list_stack_resources(self, request: Request) -> Answer:
        """ListStackResources."""
        stack = self.stacks.get(request.region, request.parameters["StackName"])
        return {"StackResourceSummaries": [resource_summary(stack, one) for one in stack.resources.values()]}

    def update_termination_protection(self, request: Request) -> Answer:
        """UpdateTerminationProtection."""
        stack = self.stacks.get(request.region, request.parameters["StackName"])
        stack.is_protected = bool(request.parameters["EnableTerminationProtection"])
        return {"StackId": stack.id}

    def list_exports(self, request: Request) -> Answer:
        """ListExports."""
        exports = self.stacks.exports(request.region)
        return {"Exports": [{"ExportingStackId": stack.id, "Name": name, "Value": value} for name, (stack, value) in exports.items()]}
