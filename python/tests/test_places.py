"""Models that are not in one place: offloaded, and split over processes."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from conftest import PROMPT, build
from layerwise_record import RecordError, record
from layerwise_record.parallel import check_split
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM


def same(a, b):
    a, b = load_file(a), load_file(b)
    assert a.keys() == b.keys()
    for name, due in a.items():
        scale = due[due.isfinite()].abs().max().item()
        torch.testing.assert_close(b[name], due, rtol=1e-5, atol=1e-5 * scale, msg=lambda m, n=name: f"{n}: {m}")


@pytest.mark.parametrize("name", ["llama", "gptj"])
@pytest.mark.parametrize("place", ["disk", "cpu"])
def test_an_offloaded_model_gives_the_same_trace(name, place, tokenizer, tmp_path):
    whole = build(name)
    whole.save_pretrained(tmp_path / "m")
    root, blocks = ("transformer", "h") if name == "gptj" else ("model", "layers")
    children = [f"{root}.{n}" for n, _ in getattr(whole, root).named_children() if n != blocks]
    places = dict.fromkeys(children, "cpu") | {"lm_head": "cpu"}
    places |= {f"{root}.{blocks}.0": "cpu", f"{root}.{blocks}.1": place}
    split = AutoModelForCausalLM.from_pretrained(
        tmp_path / "m", device_map=places, offload_folder=tmp_path / "offload", attn_implementation="eager"
    )
    assert any(p.device.type == "meta" for p in split.parameters()) == (place == "disk")
    record(whole, tokenizer, PROMPT, tmp_path / "a", passes=2)
    recorder = record(split, tokenizer, PROMPT, tmp_path / "b", passes=2)
    assert recorder.unrecorded == [] and recorder.notes == []
    same(tmp_path / "a", tmp_path / "b")


SPLIT = ["llama", "qwen3", "gpt_neox", "phi3", "olmo2", "mixtral"]
#: The program of each process: it runs every model in turn.
EACH = """
import sys, torch, transformers
from layerwise_record import RecordError, record
from layerwise_record.parallel import check_split
for folder in sys.argv[2:]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, tp_plan="auto")
    recorder = record(model, tokenizer, sys.argv[1], folder + ".trace", passes=2)
    assert recorder.unrecorded == [], recorder.unrecorded
torch.distributed.destroy_process_group()
"""


def torchrun(*args):
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*launcher, *map(str, args)], capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


@pytest.fixture(scope="module")
def models(tokenizer, tmp_path_factory):
    """A folder of models, each with the trace of the whole model beside it."""
    folder = tmp_path_factory.mktemp("models")
    for name in SPLIT:
        model = build(name)
        model.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
        record(model, tokenizer, PROMPT, folder / f"{name}.whole", passes=2)
    return folder


def test_a_split_model_gives_the_same_trace(models, tmp_path):
    (tmp_path / "each.py").write_text(EACH)
    torchrun(tmp_path / "each.py", PROMPT, *(models / name for name in SPLIT))
    for name in SPLIT:
        same(models / f"{name}.whole", models / f"{name}.trace")


def test_what_cannot_be_split_is_said_before_it_is_loaded():
    sizes = lambda heads, kv: SimpleNamespace(num_attention_heads=heads, num_key_value_heads=kv)  # noqa: E731
    check_split(sizes(8, 4), 2)
    check_split(sizes(8, None), 8)
    with pytest.raises(RecordError, match="9 heads with 3 of keys and values .* over 2 processes: 3 would do"):
        check_split(sizes(9, 3), 2)
    with pytest.raises(RecordError, match="over 2 processes$"):
        check_split(sizes(4, 1), 2)


def test_the_command_line_splits_under_torchrun(models, tmp_path):
    said = torchrun("-m", "layerwise_record", models / "mixtral", "-p", PROMPT, "-o", tmp_path / "t", "--passes", "2")
    same(models / "mixtral.whole", tmp_path / "t")
    assert "not recorded" not in said, said
