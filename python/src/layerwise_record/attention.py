"""The inside of attention: turned queries and keys, scores, pattern.

Most families call their attention through transformers' attention interface. A recording registers an
implementation there that calls the family's eager one and reports its inputs. Scores and pattern are input
and output of the softmax that runs meanwhile. For families with their own code, only the softmax is watched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

NAME = "layerwise_record"

#: A function of queries `[head, token, d_head]`, keys `[kv_head, key, d_head]`, scores and pattern
#: `[head, query, key]`; each is `None` if it was not seen.
See = Callable[[Tensor | None, Tensor | None, Tensor | None, Tensor], None]

_watchers: dict[int, See] = {}


def _interface(module, query, key, value, attention_mask, **kwargs):
    own = sys.modules[type(module).__module__].eager_attention_forward
    see = _watchers.get(id(module))
    if see is None:
        return own(module, query, key, value, attention_mask, **kwargs)
    with _Softmax() as softmax:
        out, pattern = own(module, query, key, value, attention_mask, **kwargs)
    found = softmax.scores(pattern.shape[-1])
    see(query[0], key[0], None if found is None else found[0], pattern[0])
    return out, pattern


AttentionInterface.register(NAME, _interface)
AttentionMaskInterface.register(NAME, eager_mask)


def darken(scores: Tensor) -> Tensor:
    """Scores with -inf at masked places, where transformers has the least finite number."""
    least = max(torch.finfo(scores.dtype).min, torch.finfo(torch.float32).min)
    if scores.dtype == torch.float16:
        least = torch.finfo(torch.float16).min
    return scores.masked_fill(scores <= least / 2, float("-inf"))


class _Softmax(TorchFunctionMode):
    """A watcher that keeps the last softmax's input and output, and the last concatenation."""

    seen: tuple[Tensor, Tensor] | None = None
    joined: tuple[Tensor, ...] = ()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func in (F.softmax, torch.softmax, Tensor.softmax):
            self.seen = (args[0], out)
        elif func is torch.cat and self.seen is None:
            self.joined = tuple(args[0])
        return out

    def scores(self, keys: int) -> Tensor | None:
        """The softmax's scores of this many keys; if a sink was appended, the scores before that."""
        candidates = [self.seen[0], *self.joined] if self.seen else []
        return next((x for x in candidates if x.shape[-1] == keys), None)


@contextmanager
def watching(model, modules: dict[int, torch.nn.Module], how: str, see) -> Iterator[None]:
    """A context in which `see(block)` receives the values that each block's attention computes."""
    if how == "softmax":
        undo = [_watch_softmax(module, see(block)) for block, module in modules.items()]
        try:
            yield
        finally:
            for action in undo:
                action()
        return
    before = model.config._attn_implementation
    _watchers.update({id(module): see(block) for block, module in modules.items()})
    try:
        model.set_attn_implementation(NAME)
        yield
    finally:
        model.set_attn_implementation(before)
        for module in modules.values():
            _watchers.pop(id(module), None)


def _watch_softmax(module, see: See) -> Callable[[], None]:
    """Wrap the forward of one attention module; the result is a function that unwraps it."""
    forward, inner = module.forward, getattr(module, "_attn", None)
    turned: list[Tensor] = []

    def watched_inner(query, key, *args, **kwargs):
        turned[:] = [query[0], key[0]]
        return inner(query, key, *args, **kwargs)

    def watched(*args, **kwargs):
        with _Softmax() as softmax:
            out = forward(*args, **kwargs)
        if softmax.seen is not None:
            found, pattern = (x.flatten(0, -3) for x in softmax.seen)
            see(*(turned or (None, None)), found, pattern)
        return out

    own_forward = "forward" in module.__dict__
    module.forward = watched
    if inner is not None:
        module._attn = watched_inner

    def undo():
        if own_forward:
            module.forward = forward
        else:
            del module.forward
        if inner is not None:
            del module._attn

    return undo
