"""Fails where a page of the built site leads nowhere or a tutorial shows no output."""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

OUTPUT = "cell_output"
"""Class of what a cell of a notebook printed or drew."""


class Page(HTMLParser):
    """Anchors of a page, and what it leads to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.outputs = 0
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects what the tag says."""
        values = dict(attrs)
        self.anchors |= {v for n in ("id", "name") if (v := values.get(n))}
        self.outputs += OUTPUT in (values.get("class") or "").split()
        for name in ("href", "src"):
            if values.get(name):
                self.links.add(values[name] or "")
        if values.get("rel") == "stylesheet":
            self.loaded.add(values.get("href") or "")
        self.loaded.add(values.get("src") or "")


def broken(site: Path, pages: dict[Path, Page]) -> Iterator[str]:
    """Links within the site whose page or anchor isn't there."""
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            place = (path.parent / unquote(parts.path)).resolve()
            target = place if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                yield f"{path.relative_to(site)}: {link} isn't there"
                continue
            anchors = pages[target].anchors if target in pages else {parts.fragment}
            if parts.fragment and unquote(parts.fragment) not in anchors:
                yield f"{path.relative_to(site)}: {link} has no such anchor"


def foreign(site: Path, pages: dict[Path, Page]) -> Iterator[str]:
    """What pages load from elsewhere, so that they are not whole offline."""
    for path, page in pages.items():
        for source in sorted(page.loaded):
            if urlsplit(source).netloc:
                yield f"{path.relative_to(site)} loads {source}"


def silent(site: Path, pages: dict[Path, Page]) -> Iterator[str]:
    """Tutorials without any output, or no tutorials at all."""
    shown = {
        path: page for path, page in pages.items() if path.parent.name == "tutorials"
    }
    if not shown:
        yield "there are no tutorials"
    for path, page in shown.items():
        if path.name != "index.html" and not page.outputs:
            yield f"{path.relative_to(site)} shows no output"


def faulty(site: Path) -> Iterator[str]:
    """Pages on which the builder shows an error of theirs, or a table as text."""
    for path in site.rglob("*.html"):
        if re.search(r"system-message|problematic|<p>\| ", path.read_text("utf-8")):
            yield f"{path.relative_to(site)} shows an error of its markup"


def main(folder: str) -> None:
    """Prints what is wrong."""
    site = Path(folder).resolve()
    static = ("_static", "_sources", "_modules")
    paths = [p for p in site.rglob("*.html") if not set(static) & set(p.parts)]
    pages = {path: Page(path) for path in paths}
    checks = (broken, foreign, silent)
    wrong = [each for check in checks for each in check(site, pages)]
    wrong += faulty(site)
    links = sum(len(page.links) for page in pages.values())
    print(*wrong, f"{len(pages)} pages, {links} links, {len(wrong)} wrong", sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
