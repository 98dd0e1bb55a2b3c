"""The `nightkeep` command."""
