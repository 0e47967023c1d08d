"""layerwise opens the package's traces, and computes the same values."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest
import torch
from conftest import FIXTURES, PROMPT, ROOT
from layerwise_record import FAMILIES, RecordError, Recorder, record
from layerwise_record.__main__ import main
from layerwise_record.identity import model_hash
from layerwise_record.trace import Writer
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import CONFIG_MAPPING, AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

#: The norms are of each sum, not before or after its parts.
REFUSED = ["opt_norm_of_sum"]
ENCODERS = ("bert", "distilbert", "roberta", "xlm-roberta")
#: transformers loads 8-bit floats on a GPU, with blocks that divide the shape, or with another package.
UNLOADABLE = ("_fp8", "_compressed")
MODELS = sorted(
    p.name
    for p in FIXTURES.iterdir()
    if (p / "config.json").exists()
    and not p.name.startswith(ENCODERS)
    and not p.name.endswith(UNLOADABLE)
    # The program knows more families than the package.
    and json.loads((p / "config.json").read_text())["model_type"] in {*FAMILIES, "gpt2_sinusoidal"}
)


def description(path):
    with safe_open(path, "pt") as f:
        return json.loads(f.metadata()["layerwise"])


def load(name):
    folder = FIXTURES / name
    config = AutoConfig.from_pretrained(folder)
    config._experts_implementation = "eager"
    model = AutoModelForCausalLM.from_pretrained(folder, config=config)
    return model, PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))


@pytest.mark.parametrize("name", [m for m in MODELS if m not in REFUSED])
def test_the_engine_computes_what_was_recorded(name, layerwise, tmp_path):
    recorder = record(*load(name), PROMPT, tmp_path / "t", passes=2)
    assert recorder.unrecorded == [] and recorder.notes == []
    code, said = layerwise("check", tmp_path / "t", "--model", FIXTURES / name)
    assert code == 0 and "hook points hold" in said, said


@pytest.mark.parametrize("kind", ["mamba", "rwkv", "recurrent_gemma", "minimax", "lfm2", "qwen3_next"])
def test_a_recurrent_model_is_refused_with_what_to_do(kind, tmp_path):
    mixers = dict(layer_types=["conv", "full_attention"]) if kind == "lfm2" else {}
    config = CONFIG_MAPPING[kind](num_hidden_layers=2, vocab_size=32, **mixers)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    with pytest.raises(RecordError, match=f"^{kind} has recurrent mixers or convolutions, .*`layerwise record` writes"):
        Recorder(model, tmp_path / "t")
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_wrong_is_refused(name, tmp_path):
    with pytest.raises(RecordError, match="cannot be recorded"):
        record(*load(name), PROMPT, tmp_path / "t")


@pytest.mark.parametrize("name", ["bert", "roberta", "xlm-roberta"])
def test_an_encoder_is_refused(name, tmp_path):
    with pytest.raises(RecordError, match="no family that can be recorded"):
        record(*load(name), PROMPT, tmp_path / "t")


@pytest.mark.parametrize("name", ["gemma2", "gpt2", "gpt_oss", "llama", "mixtral", "qwen3_moe"])
def test_it_writes_what_layerwise_writes(name, layerwise, tmp_path):
    trace, own = tmp_path / "theirs", tmp_path / "ours"
    record(*load(name), PROMPT, trace, passes=3)
    code, said = layerwise("record", FIXTURES / name, "-p", PROMPT, "-o", own, "--passes", "3")
    assert code == 0, said
    code, said = layerwise("diff", trace, own, "--json")
    assert code == 0 and json.loads(said)["only_in_b"] == [], said
    # Model, tokens, plan and lenses are the same too, not only values.
    theirs, ours = description(trace), description(own)
    # Only the engine describes its architecture.
    assert ours["model"].pop("arch")
    assert {**theirs["model"], "device": ""} == {**ours["model"], "device": ""}
    assert theirs["texts"].items() >= ours["texts"].items()
    for a, b in zip(theirs["passes"], ours["passes"], strict=True):
        assert (a["tokens"], a["plan"]) == (b["tokens"], b["plan"])
        assert a["lens"].keys() == b["lens"].keys()
        for point, lens in a["lens"].items():
            assert lens["top"][0][0] == b["lens"][point]["top"][0][0]
            assert lens["entropy"] == pytest.approx(b["lens"][point]["entropy"], rel=1e-4)


def test_a_wrong_value_is_found(layerwise, tmp_path):
    model, tokenizer = load("llama")
    with torch.no_grad():
        model.model.layers[1].self_attn.v_proj.weight[3, 5] += 0.5
    record(model, tokenizer, PROMPT, tmp_path / "t")
    code, said = layerwise("check", tmp_path / "t", "--model", FIXTURES / "llama")
    assert code == 1 and "first difference: blocks.1.attn.v[" in said, said


def test_a_wrong_repeat_of_keys_is_found_in_the_scores(layerwise, tmp_path, monkeypatch):
    model, tokenizer = load("llama")
    wrong = lambda x, n: x.repeat(1, n, 1, 1)  # noqa: E731
    monkeypatch.setattr(sys.modules[type(model).__module__], "repeat_kv", wrong)
    record(model, tokenizer, PROMPT, tmp_path / "t")
    code, said = layerwise("check", tmp_path / "t", "--model", FIXTURES / "llama")
    assert code == 1 and "first difference: blocks.0.attn.attn_scores[" in said, said


@pytest.mark.parametrize("name", ["granite", "gpt2"])
def test_what_is_reconstructed_is_marked(name, layerwise, tmp_path):
    record(*load(name), PROMPT, tmp_path / "t", hooks=["*.ln1.*", "hook_embed", "*.hook_mlp_out", "logits"])
    due = {"ln1.hook_scale", "ln1.hook_normalized"}
    if name == "granite":  # A factor is applied outside of any module.
        due |= {"hook_embed", "hook_mlp_out"}
    assert set(description(tmp_path / "t")["reconstructed"]) == due
    code, said = layerwise("inspect", tmp_path / "t")
    marked = {line.split()[0] for line in said.splitlines() if line.endswith("  reconstructed")}
    due = {name.replace("hook_", "") for name in due}
    assert code == 0 and {n.split(".", 2)[-1] if "blocks" in n else n for n in marked} == due, said


def test_the_command_line(tmp_path, layerwise, capsys):
    out = tmp_path / "t"
    arguments = [str(FIXTURES / "gpt2"), "-p", PROMPT, "-o", str(out)]
    assert main([*arguments, "--hooks", "*.pattern", "--hooks", "logits", "--passes", "2"]) == 0
    with safe_open(out, "pt") as f:
        names = [f"{p}{n}" for p in ("", "pass.1.")
                 for n in ("logits", "blocks.0.attn.hook_pattern", "blocks.1.attn.hook_pattern")]
        assert sorted(f.keys()) == sorted(names)
    code, said = layerwise("inspect", out)
    assert code == 0, said
    for arguments, why in [
        ([str(tmp_path / "no-model"), "-p", "x", "-o", str(out)], "no-model"),
        ([str(FIXTURES / "gpt2"), "-p", "x" * 200, "-o", str(out)], "context of 64"),
        ([str(FIXTURES / "gpt2"), "-p", "x", "-o", "/no/such/folder/t"], "cannot write /no/such/folder/t: No such"),
        ([str(FIXTURES / "gpt2"), "-p", "x", "-o", str(out), "--hooks", "odd"], "no hook point has a name like odd"),
    ]:
        assert main(arguments) == 2
        said = capsys.readouterr().err
        assert why in said and said.count("\n") == 1, said


def test_generate_is_recorded_pass_by_pass(layerwise, tmp_path):
    model, tokenizer = load("llama")
    ids = tokenizer(PROMPT, return_tensors="pt").input_ids
    with Recorder(model, tmp_path / "t", tokenizer, PROMPT) as recorder:
        out = model.generate(ids, max_new_tokens=3, do_sample=False)
    assert [len(p["tokens"]) for p in recorder.passes] == [ids.shape[1], 1, 1]
    assert [p["tokens"][0] for p in recorder.passes[1:]] == out[0, ids.shape[1] : -1].tolist()
    # `generate` computes the last token's logits only, and the plan has a row for each token.
    assert recorder.unrecorded == ["logits"]
    code, said = layerwise("check", tmp_path / "t", "--model", FIXTURES / "llama")
    assert code == 0, said


def test_what_cannot_be_recorded_is_said(tmp_path):
    model, tokenizer = load("llama")
    path = tmp_path / "t"
    with pytest.raises(RecordError, match="bert is no family .* llama,"):
        from transformers import BertConfig, BertLMHeadModel

        tiny = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
        Recorder(BertLMHeadModel(tiny), path)
    ids = torch.tensor([[1, 2, 3]])
    for run, why in [
        (lambda: None, "no forward pass"),
        (lambda: model(torch.cat([ids, ids])), "one sequence"),
        (lambda: model(ids, attention_mask=torch.tensor([[0, 1, 1]])), "without padding"),
        (lambda: (model(ids), model(ids)), "goes on from 0 tokens, and 3 are recorded"),
    ]:
        with pytest.raises(RecordError, match=why), Recorder(model, path):
            run()
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(RecordError, match="no tokens"):
        record(model, tokenizer, "", path)


def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    model, tokenizer = load("llama")
    path = tmp_path / "t"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), Recorder(model, path):
        model(torch.tensor([[1, 2]]))
        raise KeyboardInterrupt
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Writer, "_copy", full)
    with pytest.raises(RecordError, match=f"cannot write {path}: No space left on device"):
        record(model, tokenizer, PROMPT, path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(RecordError, match="not an ordinary file"):
        record(model, tokenizer, PROMPT, "/dev/null")


def test_the_hash_is_of_every_shard(layerwise, tmp_path):
    model, tokenizer = load("llama")
    model.save_pretrained(tmp_path / "m", max_shard_size="20KB")
    tokenizer.save_pretrained(tmp_path / "m")
    assert len(list((tmp_path / "m").glob("*.safetensors"))) > 2
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "m")
    record(model, tokenizer, PROMPT, tmp_path / "t", hooks="logits")
    code, said = layerwise("record", tmp_path / "m", "-p", PROMPT, "-o", tmp_path / "own", "--hooks", "logits")
    assert code == 0, said
    found = description(tmp_path / "t")["model"]["hash"]
    assert found and found == description(tmp_path / "own")["model"]["hash"]
    assert model_hash(tmp_path) == "" == model_hash(None)


@pytest.mark.parametrize("way", ["cls_token", "mean_tokens", "max_tokens", "lasttoken"])
@pytest.mark.parametrize("normalised", [False, True])
def test_the_hash_is_of_the_pooling_too(way, normalised, layerwise, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(FIXTURES / "qwen3", folder)
    plain = model_hash(folder)
    kinds = ["Transformer", "Pooling", "Normalize"][: 3 if normalised else 2]
    paths = ["", "1_Pooling", "2_Normalize"]
    modules = [
        {"idx": i, "name": str(i), "path": paths[i], "type": f"sentence_transformers.models.{kind}"}
        for i, kind in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    width = json.loads((folder / "config.json").read_text())["hidden_size"]
    pooling = {"word_embedding_dimension": width, "pooling_mode_mean_tokens": False, f"pooling_mode_{way}": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    code, said = layerwise("inspect", folder, "--json", "--hash")
    assert code == 0 and model_hash(folder) == json.loads(said)["hash"] != plain, said
    pooling["pooling_mode_weightedmean_tokens"] = True  # layerwise refuses it
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    assert model_hash(folder) == ""


def test_the_hash_changes_with_every_value_and_is_kept_where_layerwise_keeps_it(layerwise, tmp_path, monkeypatch):
    monkeypatch.setenv("LAYERWISE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "m"
    model, tokenizer = load("llama")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    weights = folder / "model.safetensors"

    def both():
        code, said = layerwise("inspect", folder, "--json")
        found = model_hash(folder)
        assert code == 0 and found == json.loads(said)["hash"]
        return found

    first = both()
    assert first.startswith("sha256:")
    assert not (tmp_path / "cache").exists()  # The file has only just been written.
    time.sleep(3.1)
    assert both() == first
    (entry,) = (tmp_path / "cache" / "hashes").iterdir()
    kept = json.loads(entry.read_text())
    # Each side reads the other's entries, and neither trusts a damaged one.
    entry.write_text(json.dumps({**kept, "digest": "0" * 64}))
    assert both() != first
    entry.write_text("{")
    assert model_hash(folder) == first and json.loads(entry.read_text()) == kept
    entry.write_text(json.dumps({**kept, "digest": "0"}))
    assert both() == first and json.loads(entry.read_text()) == kept

    was = weights.stat()
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    os.utime(weights, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert both() != first


def test_a_trace_holds_the_texts_of_all_that_its_logits_show(tmp_path):
    model, tokenizer = load("llama")
    record(model, tokenizer, PROMPT, tmp_path / "t", passes=2)
    trace, held = load_file(tmp_path / "t"), description(tmp_path / "t")["texts"]
    for name in ("logits", "pass.1.logits"):
        for row in trace[name]:
            assert {str(i) for i in row.topk(64).indices.tolist()} <= held.keys()


def test_the_documented_example_reads_it(tmp_path):
    model, tokenizer = load("llama")
    recorder = record(model, tokenizer, PROMPT, tmp_path / "t")
    example = (ROOT / "docs" / "trace-format.md").read_text().split("```python\n")[1].split("```")[0]
    done = subprocess.run([sys.executable, "-c", example, tmp_path / "t"], capture_output=True, text=True)
    first, second = done.stdout.splitlines()
    assert first == f"llama {recorder.passes[0]['tokens']}"
    with safe_open(tmp_path / "t", "pt") as f:
        value = f.get_tensor("hook_embed")[0, 0].item()
    assert second == f"[{len(recorder.passes[0]['tokens'])}, 32] {value}"
