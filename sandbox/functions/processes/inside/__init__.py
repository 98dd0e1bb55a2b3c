"""What runs in a function's process. The folder is on its path; the rest of the sandbox is not."""
