"""The command ``lava-dl``: validate, inspect, run, profile, compare, convert, plugins.

Bad input ends with exit code 2 and one sentence on the standard error; output files
appear whole or not at all.
"""

from __future__ import annotations

from typing import Any

import click

from lava.lib.dl.netx._options import MissingOptionError
from lava.lib.dl.netx.cli._compare import compare
from lava.lib.dl.netx.cli._convert import convert
from lava.lib.dl.netx.cli._inspect import inspect
from lava.lib.dl.netx.cli._plugins import plugins
from lava.lib.dl.netx.cli._profile import profile
from lava.lib.dl.netx.cli._run import run
from lava.lib.dl.netx.cli._validate import validate
from lava.lib.dl.spec.text import printable

__all__ = ["main"]

_BAD = (OSError, ValueError, ArithmeticError, RuntimeError, ImportError)


class BadInput(click.ClickException):
    """One sentence on the standard error."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(printable(" ".join(message.split())))


class _Group(click.Group):
    """Turns what bad input raises into a sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort):
            raise  # They are RuntimeErrors, but click's own.
        except click.UsageError as error:
            told = printable(error.format_message())
            raise click.UsageError(told, error.ctx) from error
        except MemoryError as error:
            raise BadInput(f"this needs more memory than there is: {error}") from error
        except MissingOptionError as error:
            raise BadInput(error.on_command_line()) from error
        except _BAD as error:
            raise BadInput(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lava-dl-netx")
def main() -> None:
    """Validate, inspect, run, profile, compare and convert .net networks."""


for _command in (validate, inspect, run, profile, compare, convert, plugins):
    main.add_command(_command)
