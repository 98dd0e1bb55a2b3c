"""An account in this process that has what the demo needs of a remote one."""

import dataclasses


class InProcess:
    """A Sandbox with the methods of sandbox.remote.Remote that the demo uses."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.client = sandbox.client
        self.now = sandbox.clock.now
        self.run_until = sandbox.clock.run_until
        self.records = sandbox.functions.records

    def calls(self, **filters):
        found = [dataclasses.asdict(call) for call in self.sandbox.gateway.calls]
        return [call | {"time": call["time"].isoformat()} for call in found if all(call[name] == value for name, value in filters.items())]
