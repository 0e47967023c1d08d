"""Hook points: their names, their order in a pass and their axes.

Names are TransformerLens's, without the batch axis. An axis is what it counts; how long it is
follows from the model and the pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

RESIDUAL = ("token", "d_model")
SCALE = ("token", "one")
QUERIES = ("token", "head", "d_head")
KEYS = ("token", "kv_head", "d_head")
PATTERN = ("head", "query", "key")
NEURONS = ("token", "d_mlp")


def _norm(module: str, out: str = "") -> list[tuple[str, tuple[str, ...]]]:
    """A norm's hook points; its output has a name of its own where it stands after a module."""
    return [
        (f"{module}.hook_scale", SCALE),
        (f"{module}.hook_normalized", RESIDUAL),
        (out or f"{module}.hook_out", RESIDUAL),
    ]


#: Before the blocks, in order.
EMBED = [*_norm("embed_ln", "hook_embed"), ("hook_pos_embed", RESIDUAL)]

#: Of a block, in order, without `blocks.N.`.
BLOCK = [
    ("hook_resid_pre", RESIDUAL),
    *_norm("ln1"),
    ("attn.hook_q", QUERIES),
    ("attn.hook_k", KEYS),
    ("attn.hook_v", KEYS),
    ("attn.hook_q_normed", QUERIES),
    ("attn.hook_k_normed", KEYS),
    ("attn.hook_rot_q", QUERIES),
    ("attn.hook_rot_k", KEYS),
    ("attn.hook_attn_scores", PATTERN),
    ("attn.hook_pattern", PATTERN),
    ("attn.hook_z", QUERIES),
    ("attn.hook_out", RESIDUAL),
    *_norm("ln1_post", "hook_attn_out"),
    ("hook_resid_mid", RESIDUAL),
    *_norm("ln2"),
    ("mlp.hook_pre", NEURONS),
    ("mlp.hook_pre_linear", NEURONS),
    ("mlp.hook_post", NEURONS),
    ("mlp.hook_expert_weights", ("token", "expert")),
    ("mlp.hook_expert_indices", ("token", "active")),
    ("mlp.hook_out", RESIDUAL),
    *_norm("ln2_post", "hook_mlp_out"),
    ("hook_resid_post", RESIDUAL),
]

#: After the blocks, in order.
UNEMBED = [*_norm("ln_final"), ("logits", ("token", "vocab"))]

#: Values of the residual stream, which the unembedding can read.
STREAM = {"hook_embed", "hook_resid_pre", "hook_resid_mid", "hook_resid_post"}


@dataclass(frozen=True)
class Sizes:
    """How long the axes are that a model sets."""

    n_layers: int
    head: int
    kv_head: int
    d_head: int
    d_model: int
    d_mlp: int
    vocab: int
    #: Experts of a mixture, and how many of them a token is sent to.
    expert: int = 0
    active: int = 0

    def shape(self, axes: tuple[str, ...], tokens: int, past: int) -> list[int]:
        """The shape of a hook point in a pass of `tokens` after `past` earlier ones."""
        lengths = {"token": tokens, "query": tokens, "key": past + tokens, "one": 1}
        return [lengths.get(axis) or getattr(self, axis) for axis in axes]


def key(number: int, name: str) -> str:
    """The tensor's name in the file: the hook point's own in pass 0, behind `pass.N.` later."""
    return name if number == 0 else f"pass.{number}.{name}"


def is_stream(name: str) -> bool:
    """Whether `name` is a value of the residual stream."""
    return name.rsplit(".", 1)[-1] in STREAM


def spellings(name: str) -> set[str]:
    """Every form in which people may write `name`, as in layerwise itself."""
    short = name.replace("hook_", "")
    forms = {name, short}
    if name.startswith("blocks."):
        _, index, inner = short.split(".", 2)
        module, _, leaf = inner.rpartition(".")
        forms.add(f"{index}.{inner}")
        # `out` names several hook points of a block: only the module tells which.
        if not module.startswith("ln"):
            forms |= {f"blocks.{index}.{leaf}", f"{index}.{leaf}"}
    return forms


def chosen(name: str, patterns: list[str]) -> bool:
    """Whether one of `patterns` (shell wildcards) matches `name` in any spelling."""
    return any(fnmatchcase(form, pattern) for form in spellings(name) for pattern in patterns)
