"""Recording a model's forward passes as a trace."""

from __future__ import annotations

import os
from collections import Counter

import torch
from torch import Tensor

from . import lens
from .capture import Hooks, Map, first
from .errors import RecordError
from .families import FAMILIES
from .identity import folder_of, model_hash
from .parallel import Group
from .points import Sizes, chosen, is_stream, key, leaf
from .texts import likely, texts
from .trace import Writer

VERSION = "0.1.0"
NAMES = {
    torch.float64: "f64",
    torch.float32: "f32",
    torch.float16: "f16",
    torch.bfloat16: "bf16",
}


class Recorder:
    """Records the forward passes that a transformers model runs while the context lasts.

        with Recorder(model, "run.safetensors", tokenizer, prompt=text):
            model(**tokenizer(text, return_tensors="pt"))

    The first forward is pass 0. Another forward is recorded as the next pass if it continues from the
    key/value cache that earlier ones filled, as in `model.generate`. The file is written when the context
    ends, whole or not at all; an exception leaves no file.

    With tensor parallelism every process enters the context, and rank 0 writes the file. The model's
    attention runs in its eager form meanwhile, since fused kernels compute no pattern.

    `layerwise check` runs `prompt` again. Without `tokenizer`, tokens are shown as their ids.

    After the context, `unrecorded` names the hook points that were asked for but not seen.
    """

    def __init__(self, model, path, tokenizer=None, prompt: str = "", hooks="*"):
        self.model, self.tokenizer, self.prompt = model, tokenizer, prompt
        self.patterns = [hooks] if isinstance(hooks, str) else list(hooks)
        config = model.config.get_text_config()
        kind = config.model_type
        family = FAMILIES.get(kind)
        mixers = {"linear_attention", "conv"} & set(getattr(config, "layer_types", None) or ())
        if family is None and (mixers or getattr(model, "_is_stateful", False)):
            raise RecordError(
                f"{kind} has recurrent mixers or convolutions, whose states are no values of a module here: "
                "`layerwise record` writes them"
            )
        if family is None:
            known = ", ".join(sorted(FAMILIES))
            raise RecordError(f"{kind} is no family that can be recorded; these are: {known}")
        for name, due in family.needs.items():
            if getattr(config, name, due) != due:
                raise RecordError(
                    f"{kind} with {name} = {getattr(config, name)} cannot be recorded: only {due}"
                )
        self.map = Map(model, family, config)
        if not self.map.blocks or self.map.head is None:
            raise RecordError(f"{type(model).__name__} does not look like a {kind} for causal language modelling")
        self.kind, self.sizes = kind, sizes(config)
        self.plan = self.map.plan()
        self.axes = dict(self.plan)
        self.wanted = {name for name, _ in self.plan if chosen(name, self.patterns)}
        if not self.wanted:
            raise RecordError(f"no hook point has a name like {', '.join(self.patterns)}: nothing to record")
        self.group = Group(model)
        self.writer = Writer(path) if self.group.writes else None
        self.passes: list[dict] = []
        self._likely: set[int] = set()
        self.unrecorded: list[str] = []
        self.notes: list[str] = []
        self._hooks: Hooks | None = None
        self._quiet = True

    def __enter__(self) -> Recorder:
        try:
            self._hooks = Hooks(self.model, self.map, self.sizes, self._put, self.wanted.__contains__)
            self._hooks.keep(self.model.register_forward_pre_hook(self._begin, with_kwargs=True))
            self._hooks.keep(self.model.register_forward_hook(self._end))
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind, error, trace) -> None:
        self._hooks.close()
        try:
            if kind is None:
                if not self.passes:
                    raise RecordError("the model ran no forward pass: there is nothing to write")
                self._tell()
                try:
                    if self.writer:
                        self.writer.finish(self._description())
                finally:
                    self.group.meet()
        finally:
            self._stop()

    def _stop(self) -> None:
        if self._hooks:
            self._hooks.close()
        if self.writer:
            self.writer.close()

    # The life of a pass.

    def _begin(self, model, args, kwargs) -> None:
        self._hooks.to_the_ends()
        ids = kwargs.get("input_ids", args[0] if args else None)
        if ids is None or ids.dim() != 2 or ids.shape[0] != 1:
            raise RecordError("a recording takes one sequence of token ids: input_ids of shape [1, tokens]")
        mask = kwargs.get("attention_mask")
        if isinstance(mask, Tensor) and mask.dim() == 2 and not bool(mask.all()):
            raise RecordError("a recording takes a sequence without padding")
        cache = kwargs.get("past_key_values")
        past = cache.get_seq_length() if cache is not None else 0
        run = sum(len(p["tokens"]) for p in self.passes)
        if past != run:
            raise RecordError(
                f"this pass goes on from {past} tokens, and {run} are recorded: "
                "a further pass must use the key/value cache of those before, and nothing else"
            )
        tokens = ids[0].tolist()
        self._past, self._tokens = past, len(tokens)
        self._seen: set[str] = set()
        self._rows: dict[str, Tensor] = {}
        self._quiet = False
        self.passes.append({"tokens": tokens, "lens": {}})

    def _put(self, name: str, value: Tensor) -> None:
        if self._quiet or name in self._seen or name not in self.axes:
            return
        axes = self.axes[name]
        if axes[0] == "token":
            tail = (self.sizes.d_head,) if axes[-1] == "d_head" else ()
            value = value.detach().reshape(self._tokens, -1, *tail)
        else:
            value = self._all_keys(name, value.detach())
        if is_stream(name):
            self._rows[name] = value[-1]
        if name not in self.wanted:
            return
        whole = self.group.whole(value, self.sizes.shape(axes, self._tokens, self._past))
        if whole is None:
            return
        self._seen.add(name)
        if name == "logits":
            self._likely |= likely(whole)
        if self.writer:
            self.writer.put(key(len(self.passes) - 1, name), whole)

    def _all_keys(self, name: str, value: Tensor) -> Tensor:
        """The value with a column for every key: a cache with a sliding window drops old ones."""
        short = self._past + self._tokens - value.shape[-1]
        dark = float("-inf") if name.endswith("attn_scores") else 0.0
        return torch.nn.functional.pad(value, (short, 0), value=dark) if short > 0 else value

    def _end(self, model, args, out) -> None:
        logits = first(getattr(out, "logits", out))
        # `generate` asks for the last token's logits only.
        if logits.shape[-2] == self._tokens:
            self._put("logits", logits)
        self._quiet = True
        self.passes[-1]["unseen"] = sorted(self.wanted - self._seen)
        if not self._rows:
            return
        last = logits.detach().reshape(-1, logits.shape[-1])[-1]
        end = f"blocks.{len(self.map.blocks) - 1}.hook_resid_post"
        device = self._rows[end].device
        found = lens.read(self.map, torch.stack([r.to(device) for r in self._rows.values()]))
        by_name = dict(zip(self._rows, found))
        lenses = {"logits": lens.describe(last[None])[0]}
        if lens.agrees(by_name[end], last):
            lenses |= dict(zip(by_name, lens.describe(found)))
        else:
            self.notes.append("the lens: read at the end of the pass it is not the model's answer")
        self.passes[-1]["lens"] = lenses

    # The description.

    def _description(self) -> dict:
        past, passes = 0, []
        recorded = {leaf(name) for name in self.wanted}
        for p in self.passes:
            tokens = p["tokens"]
            plan = [
                {"name": n, "axes": list(a), "shape": self.sizes.shape(a, len(tokens), past)}
                for n, a in self.plan
            ]
            passes.append({"tokens": tokens, "plan": plan, "lens": p["lens"]})
            past += len(tokens)
        return {
            "format_version": 1,
            "created_by": f"layerwise-record {VERSION}",
            "model": self._model_info(),
            "prompt": self.prompt,
            "texts": texts(self.tokenizer, passes, self._likely),
            "reconstructed": [n for n in self.map.reconstructed() if n in recorded],
            "passes": passes,
        }

    def _model_info(self) -> dict:
        config, s = self.map.config, self.sizes
        name = getattr(self.model, "name_or_path", "") or ""
        devices = sorted({str(d) for d in (getattr(self.model, "hf_device_map", None) or {}).values()})
        return {
            "name": os.path.basename(name.rstrip("/")) or self.kind,
            "family": self.kind,
            "hash": model_hash(folder_of(name)) if name else "",
            "n_layers": s.n_layers,
            "n_heads": s.head,
            "n_kv_heads": s.kv_head,
            "d_model": s.d_model,
            "d_head": s.d_head,
            "d_mlp": s.d_mlp,
            "d_vocab": s.vocab,
            "n_ctx": context(config) or sum(len(p["tokens"]) for p in self.passes),
            "dtype": NAMES.get(self.model.dtype, "f32"),
            "device": "+".join(devices) or str(self.model.device),
        }

    def _tell(self) -> None:
        """Summarise the hook points that were asked for but not seen."""
        self.unrecorded = sorted({n for p in self.passes for n in p.get("unseen", [])})
        count = Counter(f"blocks.*.{leaf(n)}" if n.startswith("blocks.") else n for n in self.unrecorded)
        self.notes += [f"{name}: in {n} layers" if "*" in name else name for name, n in count.items()]
        self.notes = list(dict.fromkeys(self.notes))


def sizes(config) -> Sizes:
    """The lengths of a model's axes, from its config."""
    head, d_model = config.num_attention_heads, config.hidden_size
    d_mlp = next(
        (n for a in ("intermediate_size", "ffn_dim", "n_inner") if (n := getattr(config, a, None))),
        4 * d_model,
    )
    return Sizes(
        n_layers=config.num_hidden_layers,
        head=head,
        kv_head=getattr(config, "num_key_value_heads", None) or head,
        d_head=getattr(config, "head_dim", None) or d_model // head,
        d_model=d_model,
        d_mlp=d_mlp,
        vocab=config.vocab_size,
        expert=getattr(config, "num_local_experts", None) or getattr(config, "num_experts", None) or 0,
        active=getattr(config, "num_experts_per_tok", None) or 0,
    )


def context(config) -> int | None:
    """The longest sequence that a model was made for; None if its config does not tell."""
    longest = getattr(config, "max_position_embeddings", None) or getattr(config, "seq_length", None)
    rope = getattr(config, "rope_parameters", None) or {}
    if longest and rope.get("rope_type") in ("dynamic", "yarn"):
        first = rope.get("original_max_position_embeddings") or longest
        return max(longest, int(first * rope["factor"]))
    return longest


@torch.no_grad()
def record(model, tokenizer, prompt: str, path, hooks="*", passes: int = 1) -> Recorder:
    """Run `prompt` through `model` and write the values of its hook points to `path` as a trace.

    `hooks`: a shell wildcard or several, in any spelling that layerwise takes (`blocks.*.attn.pattern`).
    `passes`: the number of passes in the trace: the prompt's, and one for each greedily chosen token after
    it. Returns the `Recorder`, whose `unrecorded` and `notes` list what could not be captured.

    Raises `RecordError` with a one-line message.
    """
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    count, n_ctx = ids.shape[1], context(model.config.get_text_config())
    if count == 0:
        raise RecordError("the prompt has no tokens: give some text")
    if passes < 1:
        raise RecordError(f"a trace holds at least one pass, not {passes}")
    if n_ctx and count + passes - 1 > n_ctx:
        raise RecordError(
            f"{count} tokens and {passes - 1} more are past the model's context of {n_ctx}: "
            "shorten the prompt or record fewer passes"
        )
    training = model.training
    model.eval()
    try:
        with Recorder(model, path, tokenizer, prompt, hooks) as recorder:
            ids, cache = ids.to(model.device), None
            for _ in range(passes):
                out = model(input_ids=ids, past_key_values=cache, use_cache=passes > 1)
                cache = getattr(out, "past_key_values", None)
                ids = out.logits[:, -1:].argmax(-1).to(model.device)
    finally:
        model.train(training)
    return recorder
