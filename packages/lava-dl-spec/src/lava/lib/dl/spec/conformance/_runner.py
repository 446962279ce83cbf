"""Running the suite against an implementation."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lava.lib.dl.spec.conformance._archive import digests, read_manifest, unpack

BATCH = 64
INPUTS = ("input", "steps", "arithmetic", "options")


@dataclass(frozen=True)
class Result:
    """How one case went.

    Attributes:
        name: The case.
        reason: Why it failed; empty where it passed.
        missing: Whether the implementation gave nothing.
    """

    name: str
    reason: str = ""
    missing: bool = False


def run_valid(
    suite: Path, runner: str, arithmetic: str = "", match: str = ""
) -> Iterator[Result]:
    """Run the valid cases.

    Args:
        suite: The folder ``spec/conformance``.
        runner: The command, to which triples of paths are appended.
        arithmetic: Only cases of this arithmetic.
        match: Only cases whose name contains this.

    Yields:
        One result per case.
    """

    def fits(case: dict[str, Any]) -> bool:
        return match in case["name"] and arithmetic in ("", case["arithmetic"])

    for batch, folder in batches(suite, "valid", fits):
        call(runner, batch, folder)
        for case in batch:
            yield judge(case, folder)


def batches(
    suite: Path, kind: str, fits: Callable[[dict[str, Any]], bool]
) -> Iterator[tuple[list[dict[str, Any]], Path]]:
    """The cases that fit, some at a time, and the folder of their files."""
    cases = [case for case in read_manifest(suite)[kind] if fits(case)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = unpack(suite, kind, Path(scratch))
        for start in range(0, len(cases), BATCH):
            yield cases[start : start + BATCH], folder


def call(runner: str, batch: Sequence[dict[str, Any]], folder: Path) -> None:
    """Run the command on a batch, and one by one where it fails."""
    triples = [triple(case["name"], folder) for case in batch]
    command = shlex.split(runner)
    paths = [str(path) for each in triples for path in each]
    if subprocess.run([*command, *paths], check=False).returncode == 0:
        return
    for each in triples:
        each[2].unlink(missing_ok=True)
        subprocess.run([*command, *map(str, each)], check=False)


def triple(name: str, folder: Path) -> tuple[Path, Path, Path]:
    """A case's network, its input without the expectation, and where output goes."""
    input_file, output = folder / f"{name}.in.npz", folder / f"{name}.out.npz"
    with np.load(folder / f"{name}.npz") as archive:
        np.savez(input_file, **{key: archive[key] for key in INPUTS})
    return folder / f"{name}.net", input_file, output


def judge(case: dict[str, Any], folder: Path) -> Result:
    """Compare what came out with what was expected."""
    name = case["name"]
    files = [folder / file for file in case["files"]]
    if digests(*files) != case["files"]:
        return Result(name, "the case's files are not those of the manifest")
    output = folder / f"{name}.out.npz"
    if not output.is_file():
        return Result(name, "no output", missing=True)
    with np.load(folder / f"{name}.npz") as archive, np.load(output) as actual:
        expected = {
            key.removeprefix("expected_"): archive[key]
            for key in archive.files
            if key.startswith("expected_")
        }
        ends = {
            f"end{key[5:]}": value[..., -1]
            for key, value in expected.items()
            if key.startswith("state")
        }
        if "output" not in actual.files:
            return Result(name, "the archive holds no 'output'")
        expected |= ends
        for key in expected.keys() & set(actual.files):
            if reason := difference(expected[key], actual[key]):
                return Result(name, f"{key}: {reason}")
    return Result(name)


def difference(expected: Any, actual: Any) -> str:
    """Where two arrays differ, in words; empty where they don't."""
    if expected.shape != actual.shape:
        return f"shape {actual.shape}, expected {expected.shape}"
    wrong = np.argwhere(expected.astype("f8") != actual.astype("f8"))
    if not len(wrong):
        return ""
    at = tuple(wrong[np.argmin(wrong[:, -1])].tolist())
    return f"{actual[at]} at {at}, expected {expected[at]} ({len(wrong)} differ)"


def run_malformed(suite: Path, checker: str, match: str = "") -> Iterator[Result]:
    """Run the malformed files of the profile ``format``.

    Args:
        suite: The folder ``spec/conformance``.
        checker: The command, to which paths are appended.
        match: Only files whose name contains this.

    Yields:
        One result per file.
    """

    def fits(case: dict[str, Any]) -> bool:
        return match in case["name"] and case["profile"] == "format"

    for batch, folder in batches(suite, "malformed", fits):
        paths = [folder / f"{case['name']}.net" for case in batch]
        for case, codes in zip(batch, told(checker, paths), strict=True):
            yield judge_codes(case, codes)


def told(checker: str, paths: Sequence[Path]) -> list[list[str]]:
    """The codes a checker gives for files, asked one by one where it fails on many."""
    command = [*shlex.split(checker), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    if len(paths) > 1 and (done.returncode or len(lines) != len(paths)):
        return [told(checker, [path])[0] for path in paths]
    return [line.rpartition("\t")[2].split(",") for line in lines] or [[]]


def judge_codes(case: dict[str, Any], codes: Sequence[str]) -> Result:
    """Whether the checker reports the right code."""
    if case["code"] in codes:
        return Result(case["name"])
    return Result(case["name"], f"expected {case['code']}, got {codes}")
