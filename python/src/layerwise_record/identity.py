"""The hash by which layerwise knows a model's files. It covers the config and every byte of the weights.

`src/checkpoint/hash.rs` computes the same hash, and `src/checkpoint/hash_cache.rs` shares the cache of digests.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .whole import whole

#: The number of bytes that are hashed as one piece, so that several threads can read one file.
_PIECE = 4 << 20
#: The seconds for which a file may change again under the same time.
_SETTLED = 2


def folder_of(name: str) -> Path | None:
    """The folder of the model `name`: `name` itself, or its snapshot in the hub's cache."""
    if os.path.isdir(name):
        return Path(name)
    try:
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(name, "config.json")
    except Exception:  # noqa: BLE001  an odd name, or no cache: then the model stays unidentified
        return None
    return Path(found).parent if isinstance(found, str) else None


def model_hash(folder: Path | None) -> str:
    """A model's hash as `sha256:` and hex digits; empty if there are no weight files."""
    try:
        config = (folder / "config.json").read_bytes() + _pooling(folder).encode()
        shards = _shards(folder)
        sha = hashlib.sha256()
        _part(sha, config)
        for shard in shards:
            _part(sha, _file(shard))
    except (OSError, TypeError, ValueError, KeyError):
        return ""
    return f"sha256:{sha.hexdigest()}" if shards else ""


#: Ways to pool by their fields in the pooling's config, as layerwise calls them.
_WAYS = {
    "pooling_mode_cls_token": "First",
    "pooling_mode_mean_tokens": "Mean",
    "pooling_mode_max_tokens": "Max",
    "pooling_mode_lasttoken": "Last",
}


def _pooling(folder: Path) -> str:
    """What the hash reads of `modules.json`, by which sentence-transformers pool; empty where there is none."""
    try:
        modules = json.loads((folder / "modules.json").read_bytes())
    except FileNotFoundError:
        return ""
    kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]) or modules[0]["path"]:
        raise ValueError("layerwise opens no model that is pooled so")
    config = json.loads((folder / modules[1]["path"] / "config.json").read_bytes())
    on = [name for name, value in config.items() if name.startswith("pooling_mode_") and value]
    (way,) = (_WAYS[name] for name in on)
    return f"Rows {{ how: {way}, normalise: {str(len(kinds) == 3).lower()} }}"


def _shards(folder: Path) -> list[Path]:
    whole = folder / "model.safetensors"
    if whole.exists():
        return [whole]
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    return [folder / name for name in sorted(set(index["weight_map"].values()))]


def _file(path: Path) -> bytes:
    """The digest of a file's length and its pieces' digests."""
    path = path.resolve()
    began = int(time.time())
    with open(path, "rb") as f:
        state = _state(os.fstat(f.fileno()))
        entry = _entry(path)
        if (known := _known(entry, path, state)) is not None:
            return known

        def piece(offset: int) -> bytes:
            return hashlib.sha256(_read(f.fileno(), min(_PIECE, state["size"] - offset), offset)).digest()

        with ThreadPoolExecutor() as threads:
            sha = hashlib.sha256(state["size"].to_bytes(8, "little"))
            for digest in threads.map(piece, range(0, state["size"], _PIECE)):
                sha.update(digest)
        if _state(os.fstat(f.fileno())) != state:
            raise OSError(f"{path} changed while it was read")
    if began - max(state["modified"][0], state["changed"][0]) > _SETTLED:
        _keep(entry, path, state, sha.hexdigest())
    return sha.digest()


def _read(file: int, length: int, offset: int) -> bytes:
    data = os.pread(file, length, offset)
    while len(data) < length:
        more = os.pread(file, length - len(data), offset + len(data))
        if not more:
            raise OSError("a file of weights ends too early")
        data += more
    return data


def _state(of: os.stat_result) -> dict:
    """The state of a file, which changes when the file does."""
    return {
        "size": of.st_size,
        "modified": list(divmod(of.st_mtime_ns, 10**9)),
        "changed": list(divmod(of.st_ctime_ns, 10**9)),
        "device": of.st_dev,
        "inode": of.st_ino,
    }


def _entry(path: Path) -> Path | None:
    """The cache's entry for the file at `path`."""
    own = os.environ.get("LAYERWISE_CACHE")
    try:
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # no home
        caches = None
    if not own and not caches:
        return None
    folder = Path(own) if own else Path(caches) / "layerwise"
    key = hashlib.sha256(str(path).encode("utf-8", "replace")).hexdigest()
    return folder / "hashes" / f"{key}.json"


def _known(entry: Path | None, path: Path, state: dict) -> bytes | None:
    try:
        found = json.loads(entry.read_bytes())
        same = found["path"] == str(path) and found["state"] == state
        digest = bytes.fromhex(found["digest"]) if same else b""
    except (OSError, AttributeError, TypeError, ValueError, KeyError):
        return None  # no entry, or a damaged one
    return digest if len(digest) == 32 else None


def _keep(entry: Path | None, path: Path, state: dict, digest: str) -> None:
    """Write an entry atomically: several processes may write the same one."""
    if entry is None:
        return
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        with whole(entry) as out:
            out.write(json.dumps({"path": str(path), "state": state, "digest": digest}).encode())
    except OSError:
        pass  # The weights are read again next time.


def _part(sha, data: bytes) -> None:
    sha.update(len(data).to_bytes(8, "little"))
    sha.update(data)
