"""Turning a TransformerLens cache into a trace."""

from __future__ import annotations

import os

import torch
from torch import Tensor

from . import lens
from .attention import darken
from .errors import RecordError
from .points import decoder
from .recorder import NAMES, VERSION
from .texts import texts
from .trace import Writer

#: Names that the model bridge gives values it may also hold under the older ones.
_ALIASES = {
    "hook_embed": "embed.hook_out",
    "hook_pos_embed": "pos_embed.hook_out",
    "hook_resid_pre": "hook_in",
    "hook_attn_out": "attn.hook_out",
    "hook_mlp_out": "mlp.hook_out",
    "hook_resid_post": "hook_out",
    "logits": "unembed.hook_out",
}
#: What goes into a norm that stands after a module; where there is no norm, it is what is added.
_ONLY_WITH = {"attn.hook_out": "ln1_post.hook_scale", "mlp.hook_out": "ln2_post.hook_scale"}
#: Where a block has this, `mlp.hook_pre` and the like are the mixture's input, not its neurons.
_EXPERTS = "mlp.hook_expert_weights"
_NEURONS = ("mlp.hook_pre", "mlp.hook_pre_linear", "mlp.hook_post")
_IDS = ("tokens", "input_ids", "embed.hook_in")


def from_cache(cache, path, tokenizer=None, prompt: str = "", tokens=None) -> list[str]:
    """Write a TransformerLens cache (`ActivationCache`, or a dict of tensors) of one sequence as a trace.

    `tokens` are the sequence's ids; without them they are looked for in the cache. `prompt` is what
    `layerwise check` runs again, `tokenizer` gives the tokens' texts. Logits are in a cache of
    TransformerLens 4 only; put them under `logits` otherwise.

    Returns the names in the cache that have no place in a trace. Raises `RecordError`, in one line.
    """
    values = dict(cache.items())
    batched = getattr(cache, "has_batch_dim", True)
    count = 1 + max((int(n.split(".")[1]) for n in values if n.startswith("blocks.")), default=-1)

    found: list[tuple[str, tuple[str, ...], Tensor]] = []
    lengths: dict[str, int] = {}
    used = set()
    for point in decoder(count):
        prefix, name, axes = point.prefix, point.leaf, point.axes
        if (needs := _ONLY_WITH.get(name)) and prefix + needs not in values:
            continue
        if name in _NEURONS and prefix + _EXPERTS in values:
            continue
        known = [prefix + n for n in (name, _ALIASES.get(name)) if n and prefix + n in values]
        if not known:
            continue
        used |= {prefix + n for n in (name, _ALIASES.get(name)) if n}
        value = _alone(known[0], values[known[0]], axes, batched, lengths.get("d_head", 0))
        for axis, n in zip(axes, value.shape):
            if lengths.setdefault(axis, n) != n:
                raise RecordError(f"{known[0]}: axis {axis} has length {n}, elsewhere {lengths[axis]}")
        found.append((point.name, axes, value))
    if not found:
        raise RecordError("the cache holds no hook point that a trace knows")

    count_tokens = lengths.get("token") or lengths.get("query")
    ids = _ids(values, tokens, count_tokens)
    passes = [
        {
            "tokens": ids,
            "plan": [{"name": n, "axes": list(a), "shape": list(v.shape)} for n, a, v in found],
            "lens": {n: lens.describe(v[-1:])[0] for n, _, v in found if n == "logits"},
        }
    ]
    writer = Writer(path)
    try:
        for name, _, value in found:
            writer.put(name, darken(value) if name.endswith("attn_scores") else value)
        writer.finish(
            {
                "format_version": 1,
                "created_by": f"layerwise-record {VERSION}, from TransformerLens",
                "model": _model(cache, found[0][2], lengths, count, count_tokens),
                "prompt": prompt,
                "texts": texts(tokenizer, passes),
                "passes": passes,
            }
        )
    finally:
        writer.close()
    return sorted(set(values) - used - set(_IDS))


def _alone(name: str, value: Tensor, axes: tuple[str, ...], batched: bool, d_head: int) -> Tensor:
    """One sequence's value, without the batch axis."""
    if axes[-1] == "d_head" and value.dim() == len(axes) - 1 + batched and d_head:
        value = value.unflatten(-1, (-1, d_head))  # A norm over all heads has them as one.
    if axes[-1] in ("expert", "active") and value.dim() == len(axes):
        return value.float()  # A mixture sees its tokens without a batch.
    if batched and value.dim() == len(axes) + 1:
        if value.shape[0] != 1:
            raise RecordError(f"{name} holds {value.shape[0]} sequences: a trace holds one")
        value = value[0]
    if value.dim() != len(axes):
        raise RecordError(f"{name} has shape {list(value.shape)}, expected [{', '.join(axes)}]")
    return value


def _ids(values: dict[str, Tensor], tokens, count: int) -> list[int]:
    given = next((v for v in [tokens, *map(values.get, _IDS)] if v is not None), None)
    if given is None:
        raise RecordError("the cache does not hold the token ids: give them as `tokens`")
    ids = torch.as_tensor(given).reshape(-1).tolist()
    if len(ids) != count:
        raise RecordError(f"{len(ids)} token ids for values of {count} tokens")
    return ids


def _model(cache, first: Tensor, lengths: dict[str, int], n_layers: int, tokens: int) -> dict:
    config = getattr(getattr(cache, "model", None), "cfg", None)
    name = str(getattr(config, "model_name", None) or "TransformerLens")
    heads = lengths.get("head", 0)
    return {
        "name": os.path.basename(name.rstrip("/")),
        "family": str(getattr(config, "architecture", None) or "unknown"),
        # TransformerLens may have folded weights into one another: it is not the model on disk.
        "hash": "",
        "n_layers": n_layers,
        "n_heads": heads,
        "n_kv_heads": lengths.get("kv_head", heads),
        "d_model": lengths.get("d_model", 0),
        "d_head": lengths.get("d_head", 0),
        "d_mlp": lengths.get("d_mlp", 0),
        "d_vocab": lengths.get("vocab", 0),
        "n_ctx": getattr(config, "n_ctx", None) or tokens,
        "dtype": NAMES.get(first.dtype, "f32"),
        "device": str(first.device),
    }
