"""The trace file: written whole or not at all.

Values go to a nameless file beside the target as they come, so that only one of them is in memory. The header
can be written only when everything is known. The file is then put together.
"""

from __future__ import annotations

import json
import math
import os
import struct
import tempfile
from pathlib import Path

import torch

from .errors import RecordError
from .whole import whole

DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
}
#: The longest header that readers of safetensors accept, in bytes.
MAX_HEADER = 100_000_000
_CHUNK = 1 << 24


def number(x: float) -> float | str:
    """A number in the description; infinities and NaN are strings."""
    if math.isfinite(x):
        return x
    return "nan" if math.isnan(x) else "inf" if x > 0 else "-inf"


class Writer:
    """A writer that takes tensors one by one, then a description."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        self._target = Path(os.path.realpath(path))
        self._entries: dict[str, tuple[str, list[int], int, int]] = {}
        if self._target.exists() and not self._target.is_file():
            raise RecordError(f"cannot write {path}: it is not an ordinary file")
        try:
            self._spool = tempfile.TemporaryFile(dir=self._target.parent)
        except OSError as e:
            raise self._failed(e) from e

    def put(self, key: str, tensor: torch.Tensor) -> None:
        """Add a tensor. Element types that the format lacks are widened to f32."""
        if tensor.dtype not in DTYPES:
            tensor = tensor.float()
        tensor = tensor.detach().cpu().contiguous()
        data = memoryview(tensor.view(-1).view(torch.uint8).numpy())
        try:
            start = self._spool.tell()
            self._spool.write(data)
        except OSError as e:
            raise self._failed(e) from e
        self._entries[key] = (DTYPES[tensor.dtype], list(tensor.shape), start, data.nbytes)

    def finish(self, description: dict) -> None:
        """Write the file. An old file stays as it was until the new one is whole and on disk."""
        # Wider elements come first, so that each tensor is aligned to its elements.
        widths = {"F64": 8, "F32": 4}
        order = sorted(self._entries, key=lambda k: -widths.get(self._entries[k][0], 2))
        header: dict = {"__metadata__": {"layerwise": json.dumps(description, ensure_ascii=False)}}
        offset = 0
        for key in order:
            dtype, shape, _, size = self._entries[key]
            header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
            offset += size
        text = json.dumps(header, ensure_ascii=False).encode("utf-8", "replace")
        text += b" " * (-len(text) % 8)
        if len(text) > MAX_HEADER:
            size = len(text) // 1_000_000
            raise RecordError(
                f"the header of {self.path} would be {size} MB, more than readers accept: record fewer passes"
            )
        try:
            with whole(self._target) as out:
                out.write(struct.pack("<Q", len(text)) + text)
                for key in order:
                    _, _, start, size = self._entries[key]
                    self._copy(out, start, size)
        except OSError as e:
            raise self._failed(e) from e
        finally:
            self.close()

    def _copy(self, out, start: int, size: int) -> None:
        self._spool.seek(start)
        while size > 0:
            data = self._spool.read(min(size, _CHUNK))
            out.write(data)
            size -= len(data)

    def close(self) -> None:
        """Drop the values; there is no file unless `finish` wrote it."""
        try:
            self._spool.close()
        except OSError:
            pass  # The bytes no longer fit on the disk, and nothing here is kept.

    def _failed(self, e: OSError) -> RecordError:
        return RecordError(f"cannot write {self.path}: {e.strerror or e}")
