"""Hooks on a model's modules that turn their inputs and outputs into hook points.

Other hooks may replace a module's input or output, as in an ablation. The recorder's hooks run after them, so
that the values that flow on are recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from . import attention
from .families import Family
from .points import TABLE, Sizes, decoder

#: A function of a hook point's name and its value, in any shape that has its elements in order.
Put = Callable[[str, Tensor], None]


def child(module: nn.Module | None, path: str | None) -> nn.Module | None:
    """The module at `path`; `None` if there is none."""
    for part in (path or "").split(".") if path else [""]:
        module = getattr(module, part, None) if part else None
    return module


def first(out) -> Tensor:
    """The value in a module's arguments or output."""
    return out[0] if isinstance(out, (tuple, list)) else out


def given(args: tuple, kwargs: dict) -> Tensor:
    """The value that a module is called with."""
    return args[0] if args else kwargs["hidden_states"]


class Map:
    """A family's map of modules, applied to one model."""

    def __init__(self, model: nn.Module, family: Family, config):
        self.family, self.config = family, config
        self.root = next((r for p in family.root if (r := child(model, p)) is not None), None)
        self.blocks = list(child(self.root, family.blocks) or [])
        self.head = model.get_output_embeddings()
        flag = {"yes": True, "no": False}
        self.parallel = flag.get(family.parallel, getattr(config, family.parallel, None))

    def _has(self, block: nn.Module | None, name: str) -> bool:
        """Whether this block, or the model outside of blocks, computes a hook point of this name."""
        f = self.family
        there = lambda path: child(block, path) is not None  # noqa: E731
        module, _, leaf = name.rpartition(".")
        if block is None:
            if module == "embed_ln":
                return f.embed_norm is not None
            return leaf != "hook_pos_embed" or f.pos_embed is not None
        if module in ("ln1", "ln1_post", "ln2", "ln2_post"):
            return there(getattr(f, module))
        if name in ("attn.hook_out", "mlp.hook_out"):  # It is the input of a norm, or else the value that is added.
            return there(f.ln1_post if module == "attn" else f.ln2_post)
        if leaf in ("hook_q_normed", "hook_k_normed"):
            return there(f.q_norm if "q" in leaf else f.k_norm)
        if leaf in ("hook_rot_q", "hook_rot_k"):
            # Some blocks of a model may leave positions out.
            return f.rotary and bool(getattr(child(block, f.attn), "use_rope", True))
        if leaf == "hook_resid_mid":
            return not self.parallel
        if leaf.startswith(("hook_router", "hook_expert")):
            return there(f.router)
        if module == "mlp":
            if leaf == "hook_pre_linear":
                return there(f.gate_up) or there(f.pre_linear)
            return there(f.down)
        return True

    def plan(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every hook point of a pass in order, with its axes."""
        inside = lambda p: None if p.block is None else self.blocks[p.block]  # noqa: E731
        return [(p.name, p.axes) for p in decoder(len(self.blocks)) if self._has(inside(p), p.leaf)]

    def reconstructed(self) -> list[str]:
        """Hook points that no module outputs, so that they are computed again; without `blocks.N.`."""
        f = self.family
        names = ["hook_embed"] if f.embed_scale else []
        names += ["hook_attn_out", "hook_mlp_out"] if f.residual_scale else []
        return [n for n in TABLE if n in names or n.endswith((".hook_scale", ".hook_normalized"))]


def norm_parts(module: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """A norm's divisor and its value before weight and bias, as LayerNorm or RMSNorm defines them."""
    eps = next(e for a in ("eps", "variance_epsilon") if (e := getattr(module, a, None)) is not None)
    wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    if "RMS" not in type(module).__name__:
        wide = wide - wide.mean(-1, keepdim=True)
    scale = (wide.square().mean(-1, keepdim=True) + eps).sqrt()
    return scale.to(x.dtype), (wide / scale).to(x.dtype)


class Hooks:
    """Hooks on every module of the map, until the stack closes."""

    def __init__(
        self, model: nn.Module, map: Map, sizes: Sizes, put: Put, wanted: Callable[[str], bool]
    ):
        self.map, self.sizes, self.put, self.wanted = map, sizes, put, wanted
        self.stack = ExitStack()
        self._handles: list[tuple[RemovableHandle, bool]] = []
        with ExitStack() as stack:
            self.stack = stack
            self._embedding()
            for i, block in enumerate(map.blocks):
                self._block(f"blocks.{i}.", block)
            self._norm("ln_final", child(map.root, map.family.ln_final))
            modules = {i: child(b, map.family.attn) for i, b in enumerate(map.blocks)}
            stack.enter_context(
                attention.watching(model, modules, map.family.watch, self._see_attention)
            )
            self.stack = stack.pop_all()

    def close(self) -> None:
        self.stack.close()

    def to_the_ends(self) -> None:
        """Move the recorder's hooks to their ends again, past hooks that were registered since."""
        for handle, last in self._handles:
            hooks = handle.hooks_dict_ref()
            if hooks is not None and handle.id in hooks:
                hooks.move_to_end(handle.id, last)

    def keep(self, handle: RemovableHandle, last: bool = True) -> None:
        """Keep a hook last (or first) on its module, and remove it with the others."""
        self._handles.append((handle, last))
        self.stack.callback(handle.remove)

    def _after(self, module: nn.Module | None, do: Callable[[Tensor], None]) -> None:
        """Call `do` with a module's output."""
        if module is not None:
            self.keep(module.register_forward_hook(lambda m, args, out: do(first(out))))

    def _before(self, module: nn.Module | None, do: Callable[[Tensor], None]) -> None:
        """Call `do` with a module's input."""

        def hook(m, args, kwargs):
            do(given(args, kwargs))

        if module is not None:
            self.keep(module.register_forward_pre_hook(hook, with_kwargs=True))

    def _passing(self, module: nn.Module | None, do: Callable[[Tensor], None]) -> None:
        """Call `do` with the value that a module is called with, which also flows past the module. Hooks that
        change this value in place count; hooks that replace the module's input do not."""
        called: list[Tensor] = []

        def hook(m, args, kwargs):
            called[:] = [given(args, kwargs)]

        if module is not None:
            self.keep(module.register_forward_pre_hook(hook, with_kwargs=True, prepend=True), last=False)
            self._before(module, lambda _: do(called.pop()))

    def _value(self, name: str, scale: float = 1.0) -> Callable[[Tensor], None]:
        """A function that records a value under `name`."""
        if scale == 1.0:
            return lambda x: self.put(name, x)
        return lambda x: self.put(name, x * scale)

    def _scale(self, field: str | None) -> float:
        return float(getattr(self.map.config, field)) if field else 1.0

    def _embedding(self) -> None:
        family, root = self.map.family, self.map.root
        if family.embed_norm:
            self._norm("embed_ln", child(root, family.embed_norm), "hook_embed")
        else:
            scale = self._scale(family.embed_scale)
            self._after(child(root, family.embed), self._value("hook_embed", scale))
        self._after(child(root, family.pos_embed), self._value("hook_pos_embed"))

    def _norm(self, name: str, module: nn.Module | None, out: str = "") -> None:
        """Record a norm's steps; `out` may name the last one."""
        if module is None:
            return
        names = [f"{name}.hook_scale", f"{name}.hook_normalized"]

        def hook(m, args, result):
            if any(map(self.wanted, names)):
                for part, value in zip(names, norm_parts(m, first(args))):
                    self.put(part, value)
            self.put(out or f"{name}.hook_out", first(result))

        self.keep(module.register_forward_hook(hook))

    def _block(self, prefix: str, block: nn.Module) -> None:
        f = self.map.family
        at = lambda path: child(block, path)  # noqa: E731
        value = lambda name: self._value(prefix + name)  # noqa: E731

        self._before(block, value("hook_resid_pre"))
        self._after(block, value("hook_resid_post"))
        self._norm(prefix + "ln1", at(f.ln1))
        self._norm(prefix + "ln2", at(f.ln2))
        self._projections(prefix, at)
        self._before(at(f.out), value("attn.hook_z"))
        self._written(prefix, "attn", at(f.attn_out or f.attn), "ln1_post", at(f.ln1_post))
        if not self.map.parallel:
            self._passing(at(f.ln2) or at(f.mlp), value("hook_resid_mid"))
        self._after(at(f.pre), value("mlp.hook_pre"))
        self._after(at(f.pre_linear), value("mlp.hook_pre_linear"))
        self._after(at(f.gate_up), self._halves(prefix))
        self._before(at(f.down), value("mlp.hook_post"))
        self._router(prefix + "mlp.hook_", at(f.router))
        self._written(prefix, "mlp", at(f.mlp_out or f.mlp), "ln2_post", at(f.ln2_post))

    def _written(
        self, prefix: str, name: str, module: nn.Module, norm_name: str, norm: nn.Module | None
    ) -> None:
        """Record the value that attention or the MLP adds to the stream, after its norm if it has one."""
        added = f"{prefix}hook_{name}_out"
        if norm is None:
            self._after(module, self._value(added, self._scale(self.map.family.residual_scale)))
        else:
            self._after(module, self._value(f"{prefix}{name}.hook_out"))
            self._norm(prefix + norm_name, norm, added)

    def _router(self, prefix: str, module: nn.Module | None) -> None:
        """Record a router's logits before softmax, the experts that it chooses, and each expert's share."""

        def hook(m, args, out):
            logits, shares, chosen = out
            weights = torch.zeros_like(logits).scatter(-1, chosen, shares.to(logits.dtype))
            self.put(prefix + "router_logits", logits)
            self.put(prefix + "expert_indices", chosen.to(logits.dtype))
            self.put(prefix + "expert_weights", weights)

        if module is not None:
            self.keep(module.register_forward_hook(hook))

    def _halves(self, prefix: str) -> Callable[[Tensor], None]:
        def split(x: Tensor) -> None:
            pre, linear = x.chunk(2, -1)
            self.put(prefix + "mlp.hook_pre", pre)
            self.put(prefix + "mlp.hook_pre_linear", linear)

        return split

    def _projections(self, prefix: str, at) -> None:
        f = self.map.family
        names = [prefix + "attn.hook_" + x for x in "qkv"]
        for name, path in zip(names, (f.q, f.k, f.v)):
            self._after(at(path), self._value(name))
        if f.qkv:
            self._after(at(f.qkv), lambda x: self._split(names, x))
        for name, path in zip(names, (f.q_norm, f.k_norm)):
            self._after(at(path), lambda x, n=name + "_normed": self._normed(n, x))

    def _split(self, names: list[str], x: Tensor) -> None:
        """Record the queries, keys and values of a fused projection."""
        sizes = self.sizes
        if self.map.family.qkv_layout == "by_head":
            parts = x.unflatten(-1, (-1, 3, sizes.d_head)).unbind(-2)
        else:
            heads = [n * sizes.d_head for n in (sizes.head, sizes.kv_head, sizes.kv_head)]
            if x.shape[-1] != sum(heads):
                return
            parts = x.split(heads, -1)
        for name, part in zip(names, parts):
            self.put(name, part)

    def _normed(self, name: str, x: Tensor) -> None:
        if self.map.family.heads_first and x.dim() == 4:
            x = x.transpose(1, 2)
        self.put(name, x)

    def _see_attention(self, block: int) -> attention.See:
        prefix = f"blocks.{block}.attn.hook_"

        def see(q: Tensor | None, k: Tensor | None, scores: Tensor | None, pattern: Tensor) -> None:
            if self.map.family.rotary and q is not None and k is not None:
                self.put(prefix + "rot_q", q.transpose(0, 1))
                self.put(prefix + "rot_k", k[:, -q.shape[1] :].transpose(0, 1))
            if scores is not None and self.wanted(prefix + "attn_scores"):
                self.put(prefix + "attn_scores", attention.darken(scores))
            self.put(prefix + "pattern", pattern)

        return see


