"""The last folder on the path of a function's process."""
