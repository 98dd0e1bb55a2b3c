"""Makes, updates and deletes stacks, at once, rolling back what fails."""

from sandbox.cloudformation.attempt import Attempt, FailedError, delete
from sandbox.cloudformation.stack import Stack
from sandbox.cloudformation.template import Plan
from sandbox.gateway import Gateway


def create_stack(gateway: Gateway, stack: Stack, plan: Plan, *, keep_failed: bool = False) -> None:
    """Make all resources; on failure delete them again, unless `keep_failed`. The stack's status says how it went."""
    now = gateway.clock.now()
    stack.enter(now, "CREATE_IN_PROGRESS", "User Initiated")
    attempt = Attempt(gateway, stack, plan)
    try:
        attempt.run()
    except FailedError as error:
        if keep_failed:
            stack.enter(now, "CREATE_FAILED", str(error))
            return
        stack.enter(now, "ROLLBACK_IN_PROGRESS", f"The following resource(s) failed to create: {error}")
        attempt.roll_back()
        stack.enter(now, "ROLLBACK_COMPLETE")
        return
    stack.enter(now, "CREATE_COMPLETE")


def update_stack(gateway: Gateway, stack: Stack, plan: Plan) -> None:
    """Make, change and replace, then delete what is left over; on failure put everything back. The stack's status says how it went."""
    now = gateway.clock.now()
    stack.enter(now, "UPDATE_IN_PROGRESS", "User Initiated")
    attempt = Attempt(gateway, stack, plan)
    try:
        attempt.run()
    except FailedError as error:
        stack.enter(now, "UPDATE_ROLLBACK_IN_PROGRESS", f"The following resource(s) failed to update: {error}")
        attempt.roll_back()
        stack.enter(now, "UPDATE_ROLLBACK_COMPLETE")
        return
    stack.enter(now, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    for resource in attempt.gone():
        delete(gateway, stack, resource)
    stack.enter(now, "UPDATE_COMPLETE")


def delete_stack(gateway: Gateway, stack: Stack) -> None:
    """Delete all resources that are not retained, the last made first. The stack's status says how it went."""
    now = gateway.clock.now()
    stack.enter(now, "DELETE_IN_PROGRESS", "User Initiated")
    for resource in reversed(list(stack.resources.values())):
        if resource.is_kept():
            stack.note(now, resource.what, "DELETE_SKIPPED")
        elif not delete(gateway, stack, resource):
            stack.enter(now, "DELETE_FAILED", f"The following resource(s) failed to delete: [{resource.logical_id}].")
            return
        del stack.resources[resource.logical_id]
    stack.enter(now, "DELETE_COMPLETE")
