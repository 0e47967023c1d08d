"""The hash by which layerwise knows a model's files."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

_PAGE = 4096
_SAMPLES = 64


def folder_of(name: str) -> Path | None:
    """The folder in which the model `name` lies: itself, or its snapshot in the hub's cache."""
    if os.path.isdir(name):
        return Path(name)
    try:
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(name, "config.json")
    except Exception:  # noqa: BLE001  an odd name, or no cache: then the model stays unidentified
        return None
    return Path(found).parent if isinstance(found, str) else None


def model_hash(folder: Path | None) -> str:
    """Hex SHA-256 of the config, and of each safetensors file's header and 64 pages spread over it.

    Empty where there are no such files.
    """
    try:
        config = (folder / "config.json").read_bytes()
        shards = _shards(folder)
        sha = hashlib.sha256()
        _part(sha, config)
        for shard in shards:
            _file(sha, shard)
    except (OSError, TypeError, ValueError, KeyError):
        return ""
    return sha.hexdigest() if shards else ""


def _shards(folder: Path) -> list[Path]:
    whole = folder / "model.safetensors"
    if whole.exists():
        return [whole]
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    return [folder / name for name in sorted(set(index["weight_map"].values()))]


def _file(sha, path: Path) -> None:
    with open(path, "rb") as f:
        size = os.fstat(f.fileno()).st_size
        length = f.read(8)
        _part(sha, length + f.read(int.from_bytes(length, "little")))
        pages = -(-size // _PAGE)
        count = min(_SAMPLES, pages)
        for i in range(count):
            f.seek(i * pages // count * _PAGE)
            _part(sha, f.read(_PAGE))


def _part(sha, data: bytes) -> None:
    sha.update(len(data).to_bytes(8, "little"))
    sha.update(data)
