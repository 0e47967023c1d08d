"""Hook points: their names, their order in a pass and their axes, from layerwise's own table.

Names are TransformerLens's; values have no batch axis. An axis is named by what it counts; its length follows
from the model and the pass.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import NamedTuple

#: The axes of each hook point, in the order of a pass; a block's names have no `blocks.N.`.
TABLE: dict[str, tuple[str, ...]] = {
    name: tuple(axes)
    for name, axes in json.loads(files(__package__).joinpath("hook_points.json").read_text("utf-8"))
}

#: Hook points of the families that are recorded. Families that are not have more.
RECORDED = frozenset(
    """
    embed_ln.hook_scale embed_ln.hook_normalized hook_embed hook_pos_embed hook_resid_pre ln1.hook_scale
    ln1.hook_normalized ln1.hook_out attn.hook_q attn.hook_k attn.hook_v attn.hook_q_normed attn.hook_k_normed
    attn.hook_rot_q attn.hook_rot_k attn.hook_attn_scores attn.hook_pattern attn.hook_z attn.hook_out
    ln1_post.hook_scale ln1_post.hook_normalized hook_attn_out hook_resid_mid ln2.hook_scale ln2.hook_normalized
    ln2.hook_out mlp.hook_pre mlp.hook_pre_linear mlp.hook_post mlp.hook_router_logits mlp.hook_expert_indices
    mlp.hook_expert_weights mlp.hook_out ln2_post.hook_scale ln2_post.hook_normalized hook_mlp_out
    hook_resid_post ln_final.hook_scale ln_final.hook_normalized ln_final.hook_out logits
    """.split()
)
#: The first and the last hook point of a block.
_BLOCK = ("hook_resid_pre", "hook_resid_post")


class HookPoint(NamedTuple):
    """One hook point of a pass: the block it is in, if any, its name there, and its axes."""

    block: int | None
    leaf: str
    axes: tuple[str, ...]

    @property
    def prefix(self) -> str:
        return "" if self.block is None else f"blocks.{self.block}."

    @property
    def name(self) -> str:
        return self.prefix + self.leaf


def decoder(n_layers: int) -> list[HookPoint]:
    """Every hook point that a pass through a decoder may have, in order."""
    names = [name for name in TABLE if name in RECORDED]
    first, last = (names.index(name) for name in _BLOCK)
    parts = [(None, names[:first])]
    parts += [(i, names[first : last + 1]) for i in range(n_layers)]
    parts += [(None, names[last + 1 :])]
    return [HookPoint(block, name, TABLE[name]) for block, part in parts for name in part]


#: Values of the residual stream, which the unembedding can read.
STREAM = {"hook_embed", "hook_resid_pre", "hook_resid_mid", "hook_resid_post"}


@dataclass(frozen=True)
class Sizes:
    """The lengths of the axes that a model sets."""

    n_layers: int
    head: int
    kv_head: int
    d_head: int
    d_model: int
    d_mlp: int
    vocab: int
    #: The number of experts in a mixture, and of those that a token is sent to.
    expert: int = 0
    active: int = 0

    def shape(self, axes: tuple[str, ...], tokens: int, past: int) -> list[int]:
        """The shape of a hook point in a pass of `tokens` new tokens after `past` others."""
        lengths = {"token": tokens, "query": tokens, "key": past + tokens, "one": 1}
        return [lengths.get(axis) or getattr(self, axis) for axis in axes]


def key(number: int, name: str) -> str:
    """The tensor's name in the file: the hook point's in pass 0, prefixed with `pass.N.` in later passes."""
    return name if number == 0 else f"pass.{number}.{name}"


def leaf(name: str) -> str:
    """A hook point's name without `blocks.N.`."""
    return name.split(".", 2)[2] if name.startswith("blocks.") else name


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
        # Several hook points of a block are named `out`, so the module cannot be left out.
        if not module.startswith("ln"):
            forms |= {f"blocks.{index}.{leaf}", f"{index}.{leaf}"}
    return forms


BRACES = re.compile(r"\{([^{}]*)\}")


def alternatives(pattern: str) -> list[str]:
    """A pattern with its lists `{1,4}` and ranges `{3..5}` written out."""
    found = BRACES.search(pattern)
    if not found:
        return [pattern]
    entries = []
    for entry in found[1].split(","):
        first, dots, last = entry.partition("..")
        entries += map(str, range(int(first), int(last) + 1)) if dots else [entry]
    before, after = pattern[: found.start()], pattern[found.end() :]
    return [whole for entry in entries for whole in alternatives(f"{before}{entry}{after}")]


def chosen(name: str, patterns: list[str]) -> bool:
    """Whether one of `patterns` (shell wildcards, lists and ranges) matches `name` in any spelling."""
    whole = [one for pattern in patterns for one in alternatives(pattern)]
    return any(fnmatchcase(form, pattern) for form in spellings(name) for pattern in whole)
