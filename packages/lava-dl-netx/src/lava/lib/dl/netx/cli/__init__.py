"""The command ``lava-dl``: validate, inspect, run, profile, compare, convert, plugins.

Bad input ends with exit code 2 and one sentence on the standard error; output files
appear whole or not at all.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from lava.lib.dl.netx._options import MissingOptionError

__all__ = ["main"]

_COMMANDS = {
    "compare": "Compare files FIRST and SECOND, or with --input their outputs.",
    "convert": "Write SOURCE as TARGET: .net to .nir or back, by their suffixes.",
    "inspect": "Show layers, neurons, weight bits and delays of FILE.",
    "plugins": "List the plugins that installed packages declare.",
    "profile": "Count events and operations of FILE on INPUT.",
    "run": "Run FILE on INPUT, an .npy, .npz, .bs1, .bs2 or .bin file with time last.",
    "validate": "List the problems of FILES; exit code 2 if any is an error.",
}
"""First sentence of each command, so that ``--help`` needs none of their modules."""

_BAD = (OSError, ValueError, ArithmeticError, RuntimeError, ImportError)


class BadInput(click.ClickException):
    """One sentence on the standard error."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(_printable(" ".join(message.split())))


class _Group(click.Group):
    """Imports the command that is run; bad input ends as a sentence and exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(
            import_module(f"{__name__}._{cmd_name}"), cmd_name
        )
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort):
            raise  # They are RuntimeErrors, but click's own.
        except click.UsageError as error:
            told = _printable(error.format_message())
            raise click.UsageError(told, error.ctx) from error
        except MemoryError as error:
            raise BadInput(f"this needs more memory than there is: {error}") from error
        except _BAD as error:
            raise BadInput(_sentence(error)) from error


def _sentence(error: BaseException) -> str:
    if isinstance(error, MissingOptionError):
        return error.on_command_line()
    return str(error)


def _printable(text: str) -> str:
    from lava.lib.dl.spec.text import printable

    return printable(text)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lava-dl-netx")
def main() -> None:
    """Validate, inspect, run, profile, compare and convert .net networks."""
