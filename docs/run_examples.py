"""Runs the examples of the guides, in the order they're read in, in one folder.

Blocks of ``python`` share their names within a guide; blocks of ``sh`` run in a shell.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

import matplotlib

DOCS = Path(__file__).resolve().parent
EXAMPLE = re.compile(r"^```(python|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def run(guide: Path) -> int:
    """Runs a guide's examples in the current folder and returns their number."""
    text = guide.read_text()
    names: dict[str, object] = {"__name__": "__main__"}
    found = list(EXAMPLE.finditer(text))
    for example in found:
        language, code = example.groups()
        if language == "sh":
            subprocess.run(["sh", "-ec", code], check=True)
        else:
            # Tracebacks then tell the guide's own lines.
            above = "\n" * (text.count("\n", 0, example.start()) + 1)
            exec(compile(above + code, str(guide), "exec"), names)
    return len(found)


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
