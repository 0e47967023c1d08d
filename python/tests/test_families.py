"""Every family's map: recorded values equal transformers' own, and their parts add up."""

import pytest
import torch
from conftest import CONFIGS, PROMPT, build
from layerwise_record import FAMILIES, record
from safetensors.torch import load_file

PASSES = 8


def close(found, due):
    torch.testing.assert_close(found, due, rtol=1e-4, atol=1e-4 * due.abs().max().item())


def heads(x, count):
    """`x`, `[token, kv_head, d_head]`, with each head repeated for the query heads that share it."""
    return x.repeat_interleave(count // x.shape[1], 1)


def test_every_family_is_tested():
    tested = {name.split()[0] for name in CONFIGS}
    # It differs from gemma3_text in the place of its root only.
    assert tested | {"gemma3"} == set(FAMILIES)


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_recorded_is_what_was_computed(name, tokenizer, tmp_path):
    model = build(name)
    path = tmp_path / "t.safetensors"
    recorder = record(model, tokenizer, PROMPT, path, passes=PASSES)
    assert recorder.unrecorded == []
    trace = load_file(path)
    assert list(trace) and set(trace) == {
        n if p == 0 else f"pass.{p}.{n}" for p in range(PASSES) for n, _ in recorder.plan
    }
    ids = [i for p in recorder.passes for i in p["tokens"]]
    routers = {"output_router_logits": True} if recorder.map.family.router else {}
    with torch.no_grad():
        out = model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True, **routers)
    past = 0
    for number, run in enumerate(recorder.passes):
        rows = slice(past, past + len(run["tokens"]))
        past = rows.stop

        def get(leaf, number=number):
            return trace.get(leaf if number == 0 else f"pass.{number}.{leaf}")

        close(get("logits"), out.logits[0, rows])
        close(get("ln_final.hook_out"), out.hidden_states[-1][0, rows])
        for i in range(len(out.attentions)):
            block = lambda leaf, i=i: get(f"blocks.{i}.{leaf}")  # noqa: E731
            close(block("hook_resid_pre"), out.hidden_states[i][0, rows])
            close(block("attn.hook_pattern"), out.attentions[i][0, :, rows, :past])
            check_sums(block)
            if routers:
                close(block("mlp.hook_router_logits"), out.router_logits[i][rows])
            # Later keys are masked.
            scores = block("attn.hook_attn_scores")
            future = torch.ones(past, past).triu(1)[rows, :past].bool()
            assert scores[:, future].isneginf().all()
            # Keys outside of the window, and keys that a cache has dropped, are masked too.
            assert scores.isneginf().equal(block("attn.hook_pattern") == 0)
    check_attention(name, model, trace)
    # The lens at the end is the model's answer.
    last = f"blocks.{len(out.attentions) - 1}.hook_resid_post"
    lenses = recorder.passes[0]["lens"]
    assert lenses[last]["top"][0][0] == lenses["logits"]["top"][0][0] == ids[len(recorder.passes[0]["tokens"])]
    assert recorder.notes == []


def check_sums(block):
    """The residual stream is the sum of the values that were added to it."""
    pre, mid, post = (block(f"hook_resid_{x}") for x in ("pre", "mid", "post"))
    if mid is None:
        close(pre + block("hook_attn_out") + block("hook_mlp_out"), post)
    else:
        close(pre + block("hook_attn_out"), mid)
        close(mid + block("hook_mlp_out"), post)
    if (weights := block("mlp.hook_expert_weights")) is not None:
        chosen = block("mlp.hook_expert_indices").long()
        assert chosen.equal(block("mlp.hook_router_logits").topk(2).indices)
        assert chosen.shape[1] == 2 and weights.count_nonzero(-1).eq(2).all()
        shares = weights.gather(-1, chosen)
        assert (shares[:, 0] >= shares[:, 1]).all() and (shares > 0).all()
        assert (shares.sum(-1) < 1 + 1e-5).all()
    pattern = block("attn.hook_pattern")
    assert (pattern.sum(-1) < 1 + 1e-5).all()
    after = {"ln1_post": "hook_attn_out", "ln2_post": "hook_mlp_out"}
    for norm in ("ln1", "ln2", *after):
        if block(f"{norm}.hook_normalized") is not None and len(pre) > 2:
            out = block(after.get(norm, f"{norm}.hook_out"))
            check_norm(block(f"{norm}.hook_scale"), block(f"{norm}.hook_normalized"), out)


def check_norm(scale, normalized, out):
    """Each feature of the output is a weight times the normalised feature, plus a bias."""
    assert scale.shape == (len(out), 1) and (scale > 0).all()
    features = torch.stack([normalized.T, torch.ones_like(normalized.T)], -1).double()
    fit = torch.linalg.lstsq(features, out.T.double()[..., None]).solution
    close((features @ fit)[..., 0].T, out.double())


def check_attention(name, model, trace):
    """z is the values mixed by the pattern; scores are the products of queries and keys."""
    config = model.config
    for i in range(config.num_hidden_layers):
        get = lambda leaf, i=i: trace.get(f"blocks.{i}.attn.hook_{leaf}")  # noqa: E731
        pattern, scores = get("pattern"), get("attn_scores")
        count = pattern.shape[0]
        close(torch.einsum("hqk,khd->qhd", pattern, heads(get("v"), count)), get("z"))
        joined = scores
        if name == "gpt_oss":  # A sink takes a share.
            sinks = model.model.layers[i].self_attn.sinks.detach()[:, None, None]
            joined = torch.cat([scores, sinks.expand(-1, scores.shape[1], 1)], -1)
        close(joined.softmax(-1)[..., : scores.shape[-1]], pattern)
        q, k = (next(x for p in ("rot_", "", "") if (x := get(p + n)) is not None) for n in "qk")
        products = torch.einsum("qhd,khd->hqk", q, heads(k, count))
        seen = ~scores.isneginf()
        if name == "bloom":  # Each head adds a penalty that grows with distance.
            slopes = torch.tensor([2 ** (-8 * (h + 1) / count) for h in range(count)])
            keys = torch.arange(scores.shape[-1])
            scores = scores - slopes[:, None, None] * keys
        cap = getattr(config, "attn_logit_softcapping", None)
        if cap:
            scores = torch.atanh(scores / cap) * cap
        ratio = (scores[seen] * products[seen]).sum() / products[seen].square().sum()
        close(scores[seen], products[seen] * ratio)
        if (rot := get("rot_q")) is not None:  # Turning keeps lengths; YaRN scales them all.
            before = get("q_normed") if get("q_normed") is not None else get("q")
            ratio = rot.norm() / before.norm()
            close(rot.norm(dim=-1), before.norm(dim=-1) * ratio)
            assert ratio == pytest.approx(1, abs=1e-5) or name == "gpt_oss"


def test_half_precision_is_recorded_as_computed(tokenizer, tmp_path):
    model = build("llama").bfloat16()
    recorder = record(model, tokenizer, PROMPT, tmp_path / "t", passes=2)
    trace = load_file(tmp_path / "t")
    assert {x.dtype for x in trace.values()} == {torch.bfloat16}
    assert recorder.unrecorded == [] and not recorder.notes


def test_the_model_is_left_as_it_was(tokenizer, tmp_path):
    for name in ("llama", "gptj"):
        model = build(name).train()
        model.set_attn_implementation("sdpa" if name == "llama" else "eager")
        before = model.config._attn_implementation
        record(model, tokenizer, PROMPT, tmp_path / "t")
        assert model.training and model.config._attn_implementation == before
        assert not any(m._forward_hooks or m._forward_pre_hooks or "forward" in vars(m) for m in model.modules())
