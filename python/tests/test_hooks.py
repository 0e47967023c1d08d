"""The changes of other hooks are in the trace: the values that flow on are recorded."""

import pytest
import torch
from conftest import CONFIGS, PROMPT, build
from layerwise_record import Recorder, record
from layerwise_record.capture import child, first, given
from safetensors.torch import load_file


class Changes:
    """Hooks that replace modules' inputs and outputs, and keep the final values."""

    def __init__(self, model, family):
        torch.manual_seed(1)
        self.due: dict[str, torch.Tensor] = {}
        root = next(r for p in family.root if (r := child(model, p)) is not None)
        norms = {"embed_norm": "hook_embed", "ln_final": "ln_final.hook_out"}
        for field, name in {"pos_embed": "hook_pos_embed", **norms}.items():
            self.gives(child(root, getattr(family, field)), name)
        if family.embed_norm is None and family.embed_scale is None:
            self.gives(child(root, family.embed), "hook_embed")
        for i, block in enumerate(child(root, family.blocks)):
            self.block(f"blocks.{i}.", family, block, first_block=i == 0)

    def block(self, prefix, f, block, first_block):
        at = lambda path: child(block, path)  # noqa: E731
        outputs = {
            "attn.hook_q": f.q,
            "attn.hook_k": f.k,
            "attn.hook_v": f.v,
            "mlp.hook_pre": f.pre,
            "mlp.hook_pre_linear": f.pre_linear,
            "ln1.hook_out": f.ln1,
            "ln2.hook_out": f.ln2,
            "hook_attn_out" if at(f.ln1_post) is None else "attn.hook_out": f.attn_out or f.attn,
            "hook_mlp_out" if at(f.ln2_post) is None else "mlp.hook_out": f.mlp_out or f.mlp,
        }
        if at(f.ln1_post):
            outputs |= {"hook_attn_out": f.ln1_post, "hook_mlp_out": f.ln2_post}
        for name, path in outputs.items():
            scale = 1.0
            if name in ("hook_attn_out", "hook_mlp_out") and f.residual_scale:
                scale = CONFIGS["granite"]().residual_multiplier
            self.gives(at(path), prefix + name, scale)
        for name, path in {"q": f.q_norm, "k": f.k_norm}.items():
            self.gives(at(path), f"{prefix}attn.hook_{name}_normed", heads_first=f.heads_first)
        self.takes(at(f.out), prefix + "attn.hook_z")
        self.takes(at(f.down), prefix + "mlp.hook_post")
        if first_block:
            self.takes(block, prefix + "hook_resid_pre")
        self.gives(block, prefix + "hook_resid_post")
        self.routes(at(f.router), prefix + "mlp.hook_")

    def gives(self, module, name, scale=1.0, heads_first=False):
        def hook(m, args, out):
            new = first(out) + torch.randn_like(first(out))
            seen = new.transpose(1, 2) if heads_first else new
            self.due.setdefault(name, seen * scale)
            return (new, *out[1:]) if isinstance(out, tuple) else new

        if module is not None:
            module.register_forward_hook(hook)

    def takes(self, module, name):
        def hook(m, args, kwargs):
            new = given(args, kwargs) + torch.randn_like(given(args, kwargs))
            self.due.setdefault(name, new)
            if args:
                return (new, *args[1:]), kwargs
            return args, {**kwargs, "hidden_states": new}

        if module is not None:
            module.register_forward_pre_hook(hook, with_kwargs=True)

    def routes(self, module, prefix):
        def hook(m, args, out):
            logits, shares, chosen = out
            new = logits + 1, shares / 2, chosen.flip(-1)
            self.due.setdefault(prefix + "router_logits", new[0])
            self.due.setdefault(prefix + "expert_indices", new[2].float())
            return new

        if module is not None:
            module.register_forward_hook(hook)


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("since", ["before", "inside"])
def test_what_others_hooks_replace_is_recorded(name, since, tmp_path):
    model = build(name)
    ids = torch.arange(5, 14)[None]
    with torch.no_grad():
        plain = model(ids).logits
        if since == "before":
            changes = Changes(model, Recorder(model, tmp_path / "t").map.family)
        with Recorder(model, tmp_path / "t") as recorder:
            if since == "inside":
                changes = Changes(model, recorder.map.family)
            out = model(ids).logits
    assert recorder.unrecorded == [] and not torch.allclose(out, plain)
    trace = load_file(tmp_path / "t")
    assert trace["logits"].equal(out[0])
    assert {n.split(".", 2)[-1] for n in changes.due} >= {"hook_resid_pre", "hook_attn_out", "hook_mlp_out"}
    for point, due in changes.due.items():
        assert trace[point].flatten().equal(due.flatten()), point
    for i in range(2):  # Each sum is the sum of the values that were added to it.
        pre, mid, post = (trace.get(f"blocks.{i}.hook_resid_{x}") for x in ("pre", "mid", "post"))
        if mid is not None:
            torch.testing.assert_close(pre + trace[f"blocks.{i}.hook_attn_out"], mid)
        if i == 0:
            assert trace["blocks.1.hook_resid_pre"].equal(post)


def test_an_ablated_mlp_adds_nothing(tokenizer, tmp_path):
    for name in ("llama", "gpt2", "gpt_oss", "gemma2"):
        model = build(name)
        block = model.get_decoder().layers[1] if name != "gpt2" else model.transformer.h[1]
        last = block.mlp if name != "gemma2" else block.post_feedforward_layernorm
        zero = lambda m, a, out: (out[0] * 0, *out[1:]) if isinstance(out, tuple) else out * 0  # noqa: E731
        last.register_forward_hook(zero)
        recorder = record(model, tokenizer, PROMPT, tmp_path / "t")
        trace = load_file(tmp_path / "t")
        assert not trace["blocks.1.hook_mlp_out"].any() and trace["blocks.0.hook_mlp_out"].any()
        assert trace["blocks.1.hook_resid_mid"].equal(trace["blocks.1.hook_resid_post"])
        assert recorder.notes == []


def test_what_a_norm_is_given_in_the_place_of_the_stream_is_not_the_stream(tmp_path):
    ids = torch.arange(5, 14)[None]
    for change in ("replaced", "in place"):
        model = build("llama")
        norm = model.model.layers[0].post_attention_layernorm

        def hook(m, args, change=change):
            if change == "replaced":
                return (args[0] * 0 + 1,)
            args[0][:, 2] = 1

        with torch.no_grad(), Recorder(model, tmp_path / "t"):
            norm.register_forward_pre_hook(hook)
            model(ids)
        trace = {n.removeprefix("blocks.0."): x for n, x in load_file(tmp_path / "t").items()}
        mid = trace["hook_resid_mid"]
        torch.testing.assert_close(mid + trace["hook_mlp_out"], trace["hook_resid_post"])
        assert mid[2].eq(1).all() == (change == "in place") and not mid[1].eq(1).all()
        assert trace["ln2.hook_normalized"].isclose(torch.ones(())).all(-1)[2]


def test_what_a_hook_makes_of_the_answer_is_recorded(tmp_path):
    model = build("llama")
    ids = torch.arange(5, 14)[None]

    def hook(m, args, out):
        out.logits = out.logits + 1
        return out

    with torch.no_grad(), Recorder(model, tmp_path / "t", hooks="logits"):
        model.register_forward_hook(hook)
        due = model(ids).logits
    assert load_file(tmp_path / "t")["logits"].equal(due[0])
