"""Lambda: deployed code in environments of its own, invoked on the sandbox's clock."""
