"""Writes what is made of the code: the schema, the tables of the text, the suite.

``python spec/generate --check`` says which tables are out of date instead.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import suite
import tables

SPEC = Path(__file__).parents[1]


def main() -> int:
    """Write the files, or check the tables.

    Returns:
        The exit code: 1 where a table is out of date.
    """
    parser = argparse.ArgumentParser("python spec/generate", description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        old = tables.stale(SPEC)
        for path in old:
            print(f"{path} is out of date; run python spec/generate")
        return int(bool(old))
    for path, content in tables.render(SPEC).items():
        path.write_text(content, encoding="utf-8")
    manifest = suite.generate(SPEC)
    print(f"{len(manifest['valid'])} valid, {len(manifest['malformed'])} malformed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
