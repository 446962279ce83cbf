"""Feed mutated network files to the reader and the validator.

``python tests/fuzz/fuzz_files.py --inputs 100000 [--repair] [FILE...]`` mutates given
files from a seed and reads them in child processes. Without files it takes some of the
conformance suite, and all under ``LAVA_DL_REFERENCE`` where that is set. With
``--repair`` it takes files of HDF5's newer structures and sets their checksums right
after each mutation. It fails when a child crashes, exceeds the limits of ``limits.py``,
opens another file, warns, or sees an exception other than ``FormatError``; the
offending input is then kept under ``--keep``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import newer_files
from limits import held_to_limits

from suite import ARCHIVE

BATCH = 500
PROFILES = ("format", "lava", "loihi2")
SECONDS_PER_INPUT = 5.0
"""By the clock on the wall; ``limits.py`` counts those of the processor."""
INTERESTING = (0, 1, 2, 7, 8, 127, 128, 255)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """A damaged copy: bits flipped, words overwritten, parts moved, or cut short."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        where = rng.randrange(max(1, len(changed) - 8))
        match rng.randrange(6):
            case 0:
                changed[where] ^= 1 << rng.randrange(8)
            case 1:
                changed[where] = rng.choice(INTERESTING)
            case 2:
                changed[where] = rng.randrange(256)
            case 3:
                width = rng.choice((2, 4, 8))
                value = rng.choice((0, 1, 2**31, 2**63, 2**64 - 1, rng.getrandbits(64)))
                word = value.to_bytes(8, "little")[:width]
                changed[where : where + width] = word
            case 4:
                source = rng.randrange(max(1, len(changed) - 64))
                changed[where : where + 64] = changed[source : source + 64]
            case 5 if rng.random() < 0.2:
                del changed[rng.randrange(8, max(9, len(changed))) :]
    return bytes(changed)


def check(path: Path, profile: str) -> None:
    """Read and validate; only FormatError may come out."""
    from lava.lib.dl import spec

    with held_to_limits(path):
        with suppress(spec.FormatError):
            spec.read(path)
        spec.validate(path, profile)


def work(files: list[Path], first: int, count: int) -> None:
    """Check inputs ``first`` to ``first + count``, naming each before it is read."""
    for path in files:
        for profile in PROFILES:
            check(path, profile)  # so that everything is imported
    inputs = Inputs(files)
    with tempfile.TemporaryDirectory(dir=scratch_folder()) as folder:
        path = Path(folder) / "input.net"
        for seed in range(first, first + count):
            path.write_bytes(inputs.make(seed))
            os.write(1, f"{seed}\n".encode())
            check(path, PROFILES[seed % len(PROFILES)])


class Inputs:
    """Mutated copies of files, by their number."""

    def __init__(self, files: list[Path]) -> None:
        self.bases = [(f.read_bytes(), self._spans(f)) for f in files]

    @staticmethod
    def _spans(path: Path) -> list[newer_files.Span]:
        listed = path.with_suffix(".spans")
        return json.loads(listed.read_text()) if listed.exists() else []

    def make(self, seed: int) -> bytes:
        """Input number ``seed``."""
        rng = random.Random(seed)
        content, spans = rng.choice(self.bases)
        if spans:
            return newer_files.mutate_and_repair(content, spans, rng)
        return mutate(content, rng)


def scratch_folder() -> str | None:
    """A folder in memory, where the system has one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def run_batch(args: argparse.Namespace, first: int, count: int) -> tuple[int, str]:
    """One child process; the inputs it finished and why it stopped early."""
    command = [sys.executable, __file__, "--work", str(first), str(count)]
    command += map(str, args.files)
    try:
        child = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS_PER_INPUT * count
        )
        code, out, err = child.returncode, child.stdout, child.stderr
    except subprocess.TimeoutExpired as late:
        code, out, err = -1, (late.stdout or b"").decode(), "it hung"
    done = len(out.split())
    return done, "" if code == 0 else f"exit {code}: {err.strip()[-2000:]}"


def main() -> int:
    """Run all inputs; the exit code says whether all were survived."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--repair", action="store_true")
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"))
    parser.add_argument("--work", nargs=2, type=int)
    args = parser.parse_args()
    if args.work:
        work(args.files, *args.work)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        args.files = args.files or some_files(Path(folder), args.repair)
        return survive(args)


def some_files(folder: Path, repair: bool) -> list[Path]:
    """What is mutated where no files are given."""
    if repair:
        return newer_files.write_files(folder)
    return [*suite_files(folder), *real_files()]


def suite_files(folder: Path) -> list[Path]:
    """Some files of the conformance suite."""
    with zipfile.ZipFile(ARCHIVE) as file:
        wanted = [n for n in file.namelist() if n.endswith(".net")]
        file.extractall(folder, wanted[::20])
    return sorted(folder.iterdir())


def real_files() -> list[Path]:
    """The files that other programs wrote, where they are here."""
    folder = os.environ.get("LAVA_DL_REFERENCE")
    return sorted(Path(folder).rglob("*.net")) if folder else []


def survive(args: argparse.Namespace) -> int:
    """Run all batches; 1 if an input was not survived."""
    failures, seed, end = 0, args.first, args.first + args.inputs
    started = time.monotonic()
    while seed < end:
        done, reason = run_batch(args, seed, min(BATCH, end - seed))
        if reason:
            failures += 1
            bad = seed + max(done, 1) - 1
            args.keep.mkdir(parents=True, exist_ok=True)
            (args.keep / f"{bad}.net").write_bytes(Inputs(args.files).make(bad))
            print(f"input {bad}: {reason}", flush=True)
        seed += max(done, 1)
    spent = time.monotonic() - started
    print(f"{args.inputs} inputs in {spent:.0f} s, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
