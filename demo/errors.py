"""What can go wrong with the demo itself."""


class DemoError(Exception):
    """The demo cannot go on; its text says why and what to do."""
