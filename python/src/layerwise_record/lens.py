"""The logit lens: what the model would say from the residual stream as it stands (nostalgebraist 2020)."""

from __future__ import annotations

import torch
from torch import Tensor

from .capture import Map, child, first
from .trace import number

#: Candidates recorded for each point.
TOP = 20


@torch.no_grad()
def read(map: Map, rows: Tensor) -> Tensor:
    """Logits `[point, vocab]` of values of the residual stream, `[point, d_model]`."""
    config, divisor = map.config, map.family.logit_divisor
    logits = first(map.head(first(child(map.root, map.family.ln_final)(rows[None]))))[0]
    if divisor:
        logits = logits / getattr(config, divisor)
    cap = getattr(config, "final_logit_softcapping", None)
    return torch.tanh(logits / cap) * cap if cap else logits


def describe(logits: Tensor) -> dict:
    """The next-token distribution of one row of logits, as the trace format has it."""
    logits = logits.double().cpu()
    log_p = logits.log_softmax(-1)
    p = log_p.exp()
    top, ids = logits.topk(min(TOP, logits.numel()))
    return {
        "entropy": number(-(p * log_p).nan_to_num(0.0).sum().item()),
        "top": [
            [i, number(logit), number(p[i].item())] for i, logit in zip(ids.tolist(), top.tolist())
        ],
    }


def agrees(found: Tensor, truth: Tensor) -> bool:
    """Whether the lens at the end of the pass gives the model's own answer, rounding aside."""
    found, truth = found.double().cpu(), truth.double().cpu()
    return found.shape == truth.shape and bool(
        (found - truth).norm() <= 0.05 * truth.norm() + 1e-6
    )
