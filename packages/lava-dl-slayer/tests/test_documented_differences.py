"""Every test that the documentation names as holding a difference is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted((ROOT / "docs" / "differences").glob("slayer-*.md"))
ROW = re.compile(r"`([\w/]+\.py)::(\w+)((?:`, `::\w+)*)")


def named(page):
    """(file, test) of every test that a page names."""
    for file, first, more in ROW.findall(page.read_text()):
        yield file, first
        yield from ((file, name) for name in re.findall(r"::(\w+)", more))


@pytest.mark.skipif(not PAGES, reason="the documentation lies in the repository only")
def test_tests_named_in_the_documentation_exist():
    rows = [row for page in PAGES for row in named(page)]
    texts = {file: (Path(__file__).parent / file).read_text() for file, _ in rows}
    missing = [(f, name) for f, name in rows if f"def {name}(" not in texts[f]]
    assert len(rows) > 40
    assert missing == []
