"""The one family of errors that Nightkeep raises."""


class NightkeepError(Exception):
    """Anything Nightkeep refuses or cannot do; its text says what to do next."""


class ConfigError(NightkeepError):
    """nightkeep.toml cannot be used. `problems` lists every one found, each naming key, value and what is allowed."""

    def __init__(self, source: str, problems: tuple[str, ...]) -> None:
        """Remember `source` (the file) and its `problems`."""
        self.source = source
        self.problems = problems
        super().__init__("\n".join((f"{source} cannot be used:", *(f"  - {problem}" for problem in problems))))


class EventError(NightkeepError):
    """An event or message is not of a form that Nightkeep knows."""


class SettingsError(NightkeepError):
    """The function's environment lacks a variable that its deployment sets."""
