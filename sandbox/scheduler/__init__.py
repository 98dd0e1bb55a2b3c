"""EventBridge Scheduler: what its expressions mean, and schedules that run on the sandbox's clock."""
