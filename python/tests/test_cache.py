"""TransformerLens caches: names and shapes as TransformerLens 4.3 gives them, and the real thing if it is there."""

import json

import pytest
import torch
from conftest import FIXTURES, PROMPT, build
from layerwise_record import RecordError, from_cache, record
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer


def lensed(trace, ids):
    """What `run_with_cache` gives for the pass that `trace` holds."""
    alias = {"hook_embed": "embed.hook_out", "logits": "unembed.hook_out"}
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
