"""EventBridge: event patterns, the buses' rules, and delivery to their targets."""
