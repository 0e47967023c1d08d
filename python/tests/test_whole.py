"""Files appear whole or not at all."""

import os
import subprocess
import sys

import pytest
from layerwise_record import whole as module
from layerwise_record.whole import whole


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def refuse(*_):
    raise OSError


@pytest.fixture(params=["nameless", "named", "nameless that cannot be named"])
def way(request, monkeypatch):
    if request.param == "named":
        monkeypatch.setattr(module, "_nameless", lambda folder: None)
    elif request.param != "nameless":
        monkeypatch.setattr(module, "_link", refuse)


@pytest.mark.parametrize("old", [None, b"the old one"])
def test_a_file_appears_whole_or_not_at_all(way, old, tmp_path):
    target = tmp_path / "a"
    if old:
        target.write_bytes(old)
    before = names(tmp_path)
    with pytest.raises(ValueError), whole(target) as out:
        out.write(b"half")
        raise ValueError
    assert names(tmp_path) == before and (not old or target.read_bytes() == old)
    with whole(target) as out:
        out.write(b"all")
    assert names(tmp_path) == ["a"] and target.read_bytes() == b"all"
    assert target.stat().st_mode & 0o777 == 0o666 & ~(umask := os.umask(0)) and os.umask(umask) == 0


def test_what_the_dead_left_is_removed(tmp_path):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    gone = tmp_path / f".layerwise-{int(dead.stdout)}-x.part"
    stays = [tmp_path / f".layerwise-{os.getpid()}-x.part", tmp_path / ".layerwise-x.part"]
    for path in [gone, *stays]:
        path.write_bytes(b"half")
    with whole(tmp_path / "a") as out:
        out.write(b"all")
    assert not gone.exists() and all(path.exists() for path in stays)
