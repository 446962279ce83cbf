"""Output files survive whatever stops their writer, and are files like any other."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lava.lib.dl.spec.files import replacing

fcntl = pytest.importorskip("fcntl")

HANGS = """
import sys, time
from lava.lib.dl.spec.files import replacing
with replacing(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


def put(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


def test_the_next_writer_removes_what_killed_ones_left(tmp_path: Path) -> None:
    path = tmp_path / "a[*].net"
    for _ in range(2):
        command = [sys.executable, "-c", HANGS, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout.readline() == b"writing\n"
            writer.kill()
    assert len(list(tmp_path.iterdir())) == 1  # the second removed the first's
    put(path, b"whole")
    assert list(tmp_path.iterdir()) == [path]


def test_what_another_writer_is_at_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    with replacing(path) as slow:
        slow.write(b"slow")
        put(path, b"quick")
        assert path.read_bytes() == b"quick"
    assert path.read_bytes() == b"slow"
    assert list(tmp_path.iterdir()) == [path]


def test_many_writers_at_once_all_succeed(tmp_path: Path) -> None:
    path, failures = tmp_path / "a.net", []

    def write_often(content: bytes) -> None:
        try:
            for _ in range(40):
                put(path, content)
        except OSError as error:
            failures.append(error)

    threads = [
        threading.Thread(target=write_often, args=(bytes([i]) * 5000,))
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if path.exists():
            content = path.read_bytes()
            assert len(content) == 5000
            assert len(set(content)) == 1
        time.sleep(0.001)
    assert failures == []
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("umask", [0o002, 0o022, 0o077])
def test_a_new_file_has_the_mode_that_the_umask_leaves(
    tmp_path: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        put(tmp_path / "ours", b"")
        (tmp_path / "plain").touch()
    finally:
        os.umask(before)
    modes = [(tmp_path / n).stat().st_mode for n in ("ours", "plain")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("mode", [0o664, 0o600, 0o755])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.net"
    path.touch()
    path.chmod(mode)
    put(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_symbolic_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    for name in ("old", "absent"):
        link = tmp_path / name
        link.symlink_to(tmp_path / "disk" / name)
    (tmp_path / "disk" / "old").write_bytes(b"old")
    for name in ("old", "absent"):
        put(tmp_path / name, b"new")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "disk" / name).read_bytes() == b"new"
    assert len(list(tmp_path.rglob("*.part"))) == 0


def test_a_write_protected_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.net"
    path.write_bytes(b"old")
    path.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda *args: False)  # the superuser may write
    with pytest.raises(PermissionError, match="write-protected"):
        put(path, b"new")
    assert path.read_bytes() == b"old"


def test_pipes_are_written_to_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=put, args=(pipe, b"content"))
    writer.start()
    assert pipe.read_bytes() == b"content"
    writer.join()
    assert list(tmp_path.iterdir()) == [pipe]


def test_names_as_long_as_they_may_be(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 127)
    put(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("fault", [OSError("full"), KeyboardInterrupt()])
def test_a_failed_writer_leaves_the_old_file(
    tmp_path: Path, fault: BaseException
) -> None:
    path = tmp_path / "a.net"
    path.write_bytes(b"old")
    with pytest.raises(type(fault)), replacing(path) as file:
        file.write(b"new")
        raise fault
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
