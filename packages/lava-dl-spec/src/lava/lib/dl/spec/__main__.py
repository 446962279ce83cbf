"""``python -m lava.lib.dl.spec``: check, compare, and run the suite."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lava.lib.dl.spec._diff import diff
from lava.lib.dl.spec._problem import FormatError
from lava.lib.dl.spec._profiles import PROFILES
from lava.lib.dl.spec._read import read
from lava.lib.dl.spec._show import shown
from lava.lib.dl.spec._validate import validate

if TYPE_CHECKING:
    from lava.lib.dl.spec.conformance._runner import Result


def validate_files(args: argparse.Namespace) -> int:
    """Print the problems of files."""
    by_file = {str(path): validate(path, args.profile) for path in args.files}
    if args.json:
        plain = {name: [p.to_dict() for p in ps] for name, ps in by_file.items()}
        print(json.dumps(plain, indent=1))
    else:
        for name, problems in by_file.items():
            print(f"{name}: {len(problems) or 'no'} problems")
            for each in problems:
                print(f"  {each.severity}: {each}")
    return int(any(p.severity == "error" for ps in by_file.values() for p in ps))


def print_codes(args: argparse.Namespace) -> int:
    """Print the codes of each file's problems, as checkers of the suite do."""
    for path in args.files:
        print(f"{path}\t{','.join(sorted({p.code for p in validate(path)}))}")
    return 0


def show(args: argparse.Namespace) -> int:
    """Print what a file holds."""
    print("\n".join(shown(read(args.file))))
    return 0


def compare(args: argparse.Namespace) -> int:
    """Print what differs between two files."""
    differences = diff(args.first, args.second)
    print("\n".join(map(str, differences)) or "equal")
    return int(bool(differences))


def conformance(args: argparse.Namespace) -> int:
    """Run the suite against an implementation."""
    from lava.lib.dl.spec.conformance import _runner

    suite = args.spec / "conformance"
    if args.malformed:
        return report(_runner.run_malformed(suite, args.malformed, args.match), False)
    results = _runner.run_valid(suite, args.runner, args.arithmetic, args.match)
    return report(results, args.allow_missing)


def report(results: Iterable[Result], allow_missing: bool) -> int:
    """Print one line per case and the count."""
    failed = passed = missing = 0
    for result in results:
        if result.missing and allow_missing:
            missing += 1
            print(f"MISS {result.name}")
        elif result.reason:
            failed += 1
            print(f"FAIL {result.name}: {result.reason}")
        else:
            passed += 1
            print(f"pass {result.name}")
    print(f"{passed} passed, {failed} failed, {missing} missing")
    return int(failed > 0 or passed == 0)


def reference(args: argparse.Namespace) -> int:
    """Run cases with the reference, as runners of the suite do."""
    import numpy as np

    from lava.lib.dl.spec.conformance._expected import run_reference

    for net, input_file, output in zip(*[iter(args.paths)] * 3, strict=True):
        with np.load(input_file) as case:
            results: Any = run_reference(
                read(net),
                case["input"],
                int(case["steps"]),
                str(case["arithmetic"]),
                json.loads(str(case["options"])),
            )
        np.savez(output, **results)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser("python -m lava.lib.dl.spec", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="command")

    def command(name: str, action: object) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=action.__doc__)
        sub.set_defaults(action=action)
        return sub

    check = command("validate", validate_files)
    check.add_argument("files", nargs="+", type=Path)
    check.add_argument("--profile", choices=list(PROFILES), default="format")
    check.add_argument("--json", action="store_true")
    command("codes", print_codes).add_argument("files", nargs="+", type=Path)
    command("show", show).add_argument("file", type=Path)
    two = command("diff", compare)
    two.add_argument("first", type=Path)
    two.add_argument("second", type=Path)
    suite = command("conformance", conformance)
    suite.add_argument("--runner", default=f"{sys.executable} -m {NAME} reference")
    suite.add_argument("--malformed", help="checker of malformed files, in its place")
    suite.add_argument("--arithmetic", default="", choices=["", "trained", "lava"])
    suite.add_argument("--match", default="")
    suite.add_argument("--allow-missing", action="store_true")
    suite.add_argument("--spec", type=Path, default=Path("spec"))
    command("reference", reference).add_argument("paths", nargs="+", type=Path)
    return top


NAME = "lava.lib.dl.spec"


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; files that can't be read end it with a sentence.

    Args:
        words: The command and its arguments; those of the process where it is None.

    Returns:
        The exit code.
    """
    args = parser().parse_args(words)
    try:
        return int(args.action(args))
    except (FormatError, FileNotFoundError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
