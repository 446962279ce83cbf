"""The conformance suite's files, which a checkout holds beside the packages."""

from __future__ import annotations

import zipfile
from pathlib import Path

ARCHIVE = Path(__file__).parents[4] / "spec" / "conformance" / "valid.zip"


def network_file(name: str) -> bytes:
    """The network of a case."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        return archive.read(f"{name}.net")
