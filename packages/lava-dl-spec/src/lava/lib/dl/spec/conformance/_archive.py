"""The suite on disk: a manifest and two zip archives, whose members are its files."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


def unpack(suite: Path, kind: str, folder: Path) -> Path:
    """Extract the valid or malformed files; returns where they are."""
    target = folder / kind
    with zipfile.ZipFile(suite / f"{kind}.zip") as file:
        file.extractall(target)
    return target


def read_manifest(suite: Path) -> dict[str, Any]:
    """The suite's list of cases."""
    text = (suite / MANIFEST).read_text(encoding="utf-8")
    manifest: dict[str, Any] = json.loads(text)
    return manifest


def digests(*paths: Path) -> dict[str, str]:
    """SHA-256 of each file, by name."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
