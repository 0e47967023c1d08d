"""Tensor parallelism: each process holds a part of a value; rank 0 writes the whole."""

from __future__ import annotations

from math import gcd

import torch
import torch.distributed as dist
from torch import Tensor

from .errors import RecordError


def check_split(config, processes: int) -> None:
    """Check that a model's heads and key/value heads divide evenly among the processes."""
    heads = config.num_attention_heads
    kv_heads = getattr(config, "num_key_value_heads", None) or heads
    common = gcd(heads, kv_heads)
    if common % processes:
        work = [str(n) for n in range(2, common + 1) if common % n == 0]
        raise RecordError(
            f"{heads} heads with {kv_heads} of keys and values cannot be split over {processes} processes"
            + (f": {', '.join(work)} would do" if work else "")
        )


class Group:
    """The processes that share a model; one process without tensor parallelism."""

    def __init__(self, model):
        self.size = int(getattr(model, "tp_size", None) or 1)
        if self.size > 1 and dist.get_world_size() != self.size:
            raise RecordError(
                f"the model is split over {self.size} of {dist.get_world_size()} processes: "
                "start as many as it is split over"
            )
        self.writes = self.size == 1 or dist.get_rank() == 0

    def meet(self) -> None:
        """Wait for each other, so that none ends before the file is written.

        Gloo's threads take Python's lock to free gathered values. If one does so after the interpreter has
        begun to end, its process aborts, and torchrun ends the others. While all wait, the threads can finish.
        """
        if self.size > 1:
            dist.barrier()

    def whole(self, value: Tensor, shape: list[int]) -> Tensor | None:
        """The whole value of `shape`, of which `value` is all or this process's part; None if it is neither.

        Every process has to call this, in the same order.
        """
        if hasattr(value, "full_tensor"):
            value = value.full_tensor()
        found = list(value.shape)
        if found == shape:
            return value
        split = [i for i, (a, b) in enumerate(zip(found, shape)) if a != b]
        if len(found) != len(shape) or len(split) != 1:
            return None
        axis = split[0]
        if self.size == 1 or found[axis] * self.size != shape[axis]:
            return None
        value = value.contiguous()
        parts = [torch.empty_like(value) for _ in range(self.size)]
        dist.all_gather(parts, value)
        return torch.cat(parts, axis)
