"""Options that a network needs and wasn't given."""

from __future__ import annotations


class MissingOptionError(ValueError):
    """A file doesn't say what an option could.

    Attributes:
        reason: What the file doesn't say.
        option: Name of the argument that does.
        parts: Names of what the argument lists.
    """

    def __init__(self, reason: str, option: str, parts: tuple[str, ...]) -> None:
        self.reason, self.option, self.parts = reason, option, parts
        super().__init__(f"{reason}; give {option}=({', '.join(parts)})")

    def on_command_line(self) -> str:
        """The same sentence for whoever types a command."""
        listed = ",".join(part[0].upper() for part in self.parts)
        return f"{self.reason}; give --{self.option.replace('_', '-')} {listed}"
