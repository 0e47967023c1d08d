"""The logit lens: the model's answer read from the residual stream at any point (nostalgebraist 2020)."""

from __future__ import annotations

import torch
from torch import Tensor

from .capture import Map, child, first
from .trace import number

#: The number of candidates recorded for each point.
TOP = 20
#: The number of rows of logits that are widened at once.
_ROWS = 16


@torch.no_grad()
def read(map: Map, rows: Tensor) -> Tensor:
    """Logits `[point, vocab]` of values of the residual stream, `[point, d_model]`."""
    config, divisor = map.config, map.family.logit_divisor
    logits = first(map.head(first(child(map.root, map.family.ln_final)(rows[None]))))[0]
    if divisor:
        logits = logits / getattr(config, divisor)
    cap = getattr(config, "final_logit_softcapping", None)
    return torch.tanh(logits / cap) * cap if cap else logits


def describe(logits: Tensor) -> list[dict]:
    """The next-token distribution of each row of logits, in the trace format."""
    return [lens for rows in logits.split(_ROWS) for lens in _describe(rows.double())]


def _describe(logits: Tensor) -> list[dict]:
    log_p = logits.log_softmax(-1)
    top, ids = logits.topk(min(TOP, logits.shape[-1]))
    prob = log_p.gather(-1, ids).exp().tolist()
    # 0 · log 0 counts as 0.
    entropy = -(log_p.exp().mul_(log_p)).nansum(-1)
    return [
        {"entropy": number(e), "top": [[i, number(x), number(p)] for i, x, p in zip(*row)]}
        for e, *row in zip(entropy.tolist(), ids.tolist(), top.tolist(), prob)
    ]


def agrees(found: Tensor, truth: Tensor) -> bool:
    """Whether the lens at the end of the pass equals the model's own answer, up to rounding."""
    found, truth = found.double().cpu(), truth.double().cpu()
    return found.shape == truth.shape and bool(
        (found - truth).norm() <= 0.05 * truth.norm() + 1e-6
    )
