"""Runs the examples of the guides, in the order they're read in, in one folder.

Blocks of ``python`` share their names within a guide; blocks of ``sh`` run in a shell,
as do commands behind ``$`` in blocks of ``console``, which must print what they say;
dots stand for anything.
"""

import doctest
import os
import re
import subprocess
import tempfile
from pathlib import Path

import matplotlib

DOCS = Path(__file__).resolve().parent
EXAMPLE = re.compile(r"^```(python|sh|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def run(guide: Path) -> int:
    """Runs a guide's examples in the current folder and returns their number."""
    text = guide.read_text()
    names: dict[str, object] = {"__name__": "__main__"}
    found = list(EXAMPLE.finditer(text))
    for example in found:
        language, code = example.groups()
        if language == "sh":
            subprocess.run(["sh", "-ec", code], check=True)
        elif language == "console":
            check_console(code)
        else:
            # Tracebacks then tell the guide's own lines.
            above = "\n" * (text.count("\n", 0, example.start()) + 1)
            exec(compile(above + code, str(guide), "exec"), names)
    return len(found)


def check_console(code: str) -> None:
    """Fails where a command prints something else than the guide says."""
    for part in code.removeprefix("$ ").split("\n$ "):
        command, _, told = part.partition("\n")
        run = ["sh", "-c", f"{command} 2>&1"]
        printed = subprocess.run(run, capture_output=True, text=True).stdout
        if not doctest.OutputChecker().check_output(told, printed, SAME):
            raise SystemExit(f"{command} prints\n{printed}instead of\n{told}")


def main() -> None:
    """Runs every guide."""
    matplotlib.use("Agg")
    index = (DOCS / "index.md").read_text()
    listed = re.findall(r"^guides/[\w-]+$", index, re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in listed:
            print(f"{name}: {run(DOCS / f'{name}.md')} examples ran", flush=True)
        os.chdir(DOCS)


if __name__ == "__main__":
    main()
