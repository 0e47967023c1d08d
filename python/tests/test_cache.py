"""TransformerLens caches: names and shapes of TransformerLens 4.3, and real caches if it is installed."""

import json

import pytest
import torch
from conftest import FIXTURES, PROMPT, build
from layerwise_record import RecordError, from_cache, record
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

#: The prompt of the caches among the fixtures.
CACHED = "The cat is"


def lensed(trace, ids):
    """The cache that `run_with_cache` gives for the pass in `trace`."""
    alias = {"hook_embed": "embed.hook_out", "logits": "unembed.hook_out"}
    if "embed_ln.hook_scale" in trace:
        alias["hook_embed"] = "embed_ln.hook_out"
    if "blocks.0.ln1_post.hook_scale" in trace and "blocks.0.ln1.hook_scale" in trace:
        del alias["logits"]  # They are capped after the unembedding.
    cache = {"embed.hook_in": torch.tensor([ids])}
    for name, value in trace.items():
        cache[alias.get(name, name)] = value[None]
        if name.endswith("hook_resid_pre"):
            cache[name.replace("resid_pre", "in")] = value[None]
            cache[name.replace("hook_resid_pre", "attn.q.hook_in")] = value[None]
        if name.endswith("_normed"):
            cache[name] = value.flatten(-2)[None]
    return cache


@pytest.mark.parametrize("name", ["gpt2", "olmo2", "gemma2", "bloom"])
def test_a_cache_becomes_the_trace_of_its_pass(name, tokenizer, tmp_path):
    recorder = record(build(name), tokenizer, PROMPT, tmp_path / "own")
    own = load_file(tmp_path / "own")
    ids = recorder.passes[0]["tokens"]
    left = from_cache(lensed(own, ids), tmp_path / "t", tokenizer, PROMPT)
    assert left == ["blocks.0.attn.q.hook_in", "blocks.1.attn.q.hook_in"]
    found = load_file(tmp_path / "t")
    assert found.keys() == own.keys()
    assert all(found[n].equal(own[n]) for n in own)
    with safe_open(tmp_path / "t", "pt") as f, safe_open(tmp_path / "own", "pt") as g:
        one, other = (json.loads(x.metadata()["layerwise"]) for x in (f, g))
    for p in (one, other):
        p["passes"][0]["lens"] = p["passes"][0]["lens"]["logits"]
        del p["texts"]
    assert one["passes"] == other["passes"] and one["prompt"] == PROMPT
    sizes = ["n_layers", "n_heads", "n_kv_heads", "d_model", "d_head", "d_mlp", "d_vocab"]
    assert [one["model"][s] for s in sizes] == [other["model"][s] for s in sizes]


def test_what_is_no_cache_of_one_sequence_is_refused(tmp_path):
    point, path = "blocks.0.hook_resid_pre", tmp_path / "t"
    for cache, more, why in [
        ({"odd": torch.ones(1)}, {}, "no hook point"),
        ({point: torch.ones(1, 2, 3)}, {}, "give them as `tokens`"),
        ({point: torch.ones(2, 2, 3)}, {"tokens": [1, 2]}, "holds 2 sequences"),
        ({point: torch.ones(1, 2, 3)}, {"tokens": [1, 2, 3]}, "3 token ids for values of 2 tokens"),
        ({point: torch.ones(1, 2, 3), "hook_embed": torch.ones(1, 2, 4)}, {"tokens": [1, 2]}, "axis d_model"),
    ]:
        with pytest.raises(RecordError, match=why):
            from_cache(cache, path, **more)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_a_real_cache_is_what_the_engine_computes(name, layerwise, tmp_path):
    bridge = pytest.importorskip("transformer_lens.model_bridge").TransformerBridge
    folder = str(FIXTURES / name)
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.eos_token = "!"
    bridge = bridge.boot_transformers(folder, hf_model=model, tokenizer=tokenizer, device="cpu")
    _, cache = bridge.run_with_cache(tokenizer(PROMPT, return_tensors="pt").input_ids)
    from_cache(cache, tmp_path / "t", tokenizer, PROMPT)
    code, said = layerwise("check", tmp_path / "t", "--model", folder)
    assert code == 0, said


#: The caches of decoders by `fixtures/make_transformer_lens.py`. A mixture's values have no batch axis.
CACHES = sorted(p.stem for p in (FIXTURES.parent / "transformer_lens").iterdir())


@pytest.mark.parametrize("name", [n for n in CACHES if n not in ("bert", "roberta")])
def test_every_familys_cache_holds(name, layerwise, tmp_path):
    cache = load_file(FIXTURES.parent / "transformer_lens" / f"{name}.safetensors")
    sliced = name.startswith("at_")
    folder = FIXTURES / ("llama" if sliced else name)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    own, path = tmp_path / "own", tmp_path / "t"
    left = from_cache(cache, path, tokenizer, CACHED)
    code, said = layerwise("record", folder, "-p", CACHED, "-o", own)
    assert code == 0, said
    found = load_file(path)
    names = {n.split(".")[-1] for n in found}
    assert ("logits" in found) == (name not in ("gemma2", "granite"))
    assert ("hook_attn_scores" in names) == (name not in ("gpt_neo", "gptj", "opt"))
    assert "logits" in found or "unembed.hook_out" in left
    if sliced:
        rows = {"at_last": slice(3, 4), "at_middle": slice(1, 3), "at_end": slice(2, 4)}[name]
        whole = load_file(own)
        torch.testing.assert_close(found["logits"], whole["logits"][rows])
        scores = "blocks.1.attn.hook_attn_scores"
        torch.testing.assert_close(found[scores], whole[scores][:, rows, : rows.stop])
        code, said = layerwise("diff", path, own)
        assert code == 0, said
    else:
        code, said = layerwise("check", path, "--model", folder)
        assert code == 0, said
