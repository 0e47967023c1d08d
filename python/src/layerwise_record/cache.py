"""Conversion of a TransformerLens cache to a trace."""

from __future__ import annotations

import os

import torch
from torch import Tensor

from . import lens
from .attention import darken
from .errors import RecordError
from .points import decoder
from .recorder import NAMES, VERSION
from .texts import likely, texts
from .trace import Writer

#: The model bridge's names of values, and the older names that it may also use for them.
_ALIASES = {
    "hook_embed": "embed.hook_out",
    "hook_pos_embed": "pos_embed.hook_out",
    "hook_resid_pre": "hook_in",
    "hook_attn_out": "attn.hook_out",
    "hook_mlp_out": "mlp.hook_out",
    "hook_resid_post": "hook_out",
    "logits": "unembed.hook_out",
    "mlp.hook_router_logits": "mlp.router.hook_out",
}
#: The inputs of norms after a module. Without such a norm, the value is what the module adds to the stream.
_ONLY_WITH = {"attn.hook_out": "ln1_post.hook_scale", "mlp.hook_out": "ln2_post.hook_scale"}
#: In a block with one of these, `mlp.hook_pre` and the like are the mixture's input, not its neurons.
_EXPERTS = "mlp.hook_expert_weights"
_NEURONS = ("mlp.hook_pre", "mlp.hook_pre_linear", "mlp.hook_post")
#: A mixture's name for its router, if it is not `router`. In other models a gate is one half of an MLP.
_GATE = "mlp.gate.hook_out"
_IDS = ("tokens", "input_ids", "embed.hook_in")
#: The id and the text of a token that a cache cut with `pos_slice` did not keep.
_NOT_KEPT, _UNKNOWN = 2**32 - 1, "?"


def from_cache(cache, path, tokenizer=None, prompt: str = "", tokens=None) -> list[str]:
    """Write a TransformerLens cache (`ActivationCache`, or a dict of tensors) of one sequence as a trace.

    `tokens` are the sequence's ids; without them the cache's own ids are used. `layerwise check` runs
    `prompt` again, and `tokenizer` gives the tokens' texts. Only caches of TransformerLens 4 have logits. Put
    the logits under `logits` for other caches, and for a model that scales or caps them: the unembedding's
    output is then not the logits. A cache cut with `pos_slice` keeps its positions.

    Returns the names in the cache that a trace does not have. Raises `RecordError` with a one-line message.
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
        names = [n for n in (name, _ALIASES.get(name)) if n]
        if name == "hook_embed" and "embed_ln.hook_scale" in values:
            names[1] = "embed_ln.hook_out"  # The embedding is the output of a norm of the tokens' rows.
        if name == "mlp.hook_router_logits" and prefix + _EXPERTS in values:
            names.append(_GATE)
        if name == "logits" and name not in values and _scales_logits(cache, values):
            continue
        if name == "attn.hook_attn_scores" and prefix + name in values and _softmaxed(values[prefix + name]):
            continue  # This family's code does not expose scores: the value is the pattern again.
        known = [prefix + n for n in names if prefix + n in values]
        if not known:
            continue
        used |= {prefix + n for n in names}
        value = _alone(known[0], values[known[0]], axes, batched, lengths)
        for axis, n in zip(axes, value.shape):
            if lengths.setdefault(axis, n) != n:
                raise RecordError(f"{known[0]}: axis {axis} has length {n}, elsewhere {lengths[axis]}")
        found.append((point.name, axes, value))
    if not found:
        raise RecordError("the cache holds no hook point that a trace knows")

    count_tokens = lengths.get("token") or lengths.get("query")
    start = _start(found, count_tokens, lengths.get("key", count_tokens))
    keys = start + count_tokens
    found = [(n, a, v[..., :keys] if "key" in a else v) for n, a, v in found]
    ids = _ids(values, tokens, count_tokens)
    passes = [
        {
            "tokens": ids,
            "plan": [{"name": n, "axes": list(a), "shape": list(v.shape)} for n, a, v in found],
            "lens": {n: lens.describe(v[-1:])[0] for n, _, v in found if n == "logits"},
        }
    ]
    logits = [v for n, _, v in found if n == "logits"]
    named = texts(tokenizer, passes, likely(logits[0]) if logits else ())
    if start:
        passes[0] = {"before": [_NOT_KEPT] * start, **passes[0]}
        named[str(_NOT_KEPT)] = _UNKNOWN
    writer = Writer(path)
    try:
        for name, _, value in found:
            writer.put(name, darken(value) if name.endswith("attn_scores") else value)
        writer.finish(
            {
                "format_version": 1,
                "created_by": f"layerwise-record {VERSION}, from TransformerLens",
                "model": _model(cache, found[0][2], lengths, count, keys),
                "prompt": prompt,
                "texts": named,
                "passes": passes,
            }
        )
    finally:
        writer.close()
    return sorted(set(values) - used - set(_IDS))


def _scales_logits(cache, values: dict[str, Tensor]) -> bool:
    """Whether the model scales or caps its logits after the unembedding.

    Its config tells. Without a config the values tell: models that scale logits also scale the outputs of
    attention and MLP, and models that cap them have norms around both and no norm of queries.
    """
    model = getattr(cache, "model", None)
    config = getattr(getattr(model, "original_model", None), "config", None)
    if config is not None:
        config = config.get_text_config()
        scales = (getattr(config, name, None) for name in ("logits_scaling", "logit_scale"))
        return bool(getattr(config, "final_logit_softcapping", None)) or any(s not in (None, 1) for s in scales)
    for name in (n for n in values if n.startswith("blocks.") and n.endswith(".hook_attn_out")):
        block = name.removesuffix("hook_attn_out")
        if block + "ln1_post.hook_scale" in values:
            if block + "ln1.hook_scale" in values and block + "attn.hook_q_normed" not in values:
                return True
        elif (inner := values.get(block + "attn.hook_out")) is not None:
            inner, added = inner.double().flatten(), values[name].double().flatten()
            by = (inner @ added) / (inner @ inner)
            off, largest = (inner * by - added).abs().max(), added.abs().max()
            if (by - 1).abs() > 0.01 and off < 0.01 * largest:
                return True
    return False


def _softmaxed(scores: Tensor) -> bool:
    rows = scores.double()
    return bool((rows >= 0).all()) and bool(((rows.sum(-1) - 1).abs() < 0.03).all())


def _start(found, tokens: int, keys: int) -> int:
    """The number of tokens before those that were kept, by the keys that the first row attends to."""
    if keys < tokens:
        raise RecordError(f"{tokens} tokens look at {keys}: tokens are missing from this cache")
    if keys == tokens:
        return 0
    last = 0
    for name, axes, value in found:
        if "key" in axes:
            first = value[:, 0].float()
            seen = (darken(first) > float("-inf")) & (first != 0)
            last = max(last, int(seen.any(0).nonzero().max()))
    return min(last, keys - tokens)


def _alone(name: str, value: Tensor, axes: tuple[str, ...], batched: bool, lengths: dict[str, int]) -> Tensor:
    """One sequence's value, without the batch axis."""
    d_head = lengths.get("d_head", 0)
    if name.endswith("_normed") and value.dim() == 3 + batched and value.shape[-2] == lengths.get("token"):
        value = value.transpose(-3, -2)  # A norm over each head stores heads first.
    if axes[-1] == "d_head" and value.dim() == len(axes) - 1 + batched and d_head:
        value = value.unflatten(-1, (-1, d_head))  # A norm over all heads stores them as one.
    if axes[-1] in ("expert", "active") and value.dim() == len(axes):
        return value.float()  # A mixture's values have no batch axis.
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
        # TransformerLens may have folded weights, so this is not the model on disk.
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
