"""What a handler is given beside its event."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.clock import Clock


@dataclass
class Context:
    """Lambda's context object, on the sandbox's clock."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    aws_request_id: str
    log_group_name: str
    _clock: Clock
    _deadline: datetime
    function_version: str = "$LATEST"
    log_stream_name: str = "sandbox"
    client_context: None = None
    identity: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation times out."""
        return max(0, int((self._deadline - self._clock.now()) / timedelta(milliseconds=1)))
