"""The plan has the names, axes and order of layerwise's own table."""

import json

import pytest
import torch
from conftest import CONFIGS, PROMPT, ROOT, build
from layerwise_record import from_cache, points, record
from safetensors import safe_open

TABLE = json.loads((ROOT / "python/src/layerwise_record/hook_points.json").read_text())
PLACES = {name: place for place, (name, _) in enumerate(TABLE)}
AXES = dict(TABLE)
#: The beginnings of names that only encoders have.
ENCODERS = ("hook_token_type_embed", "embed_ln.hook_out", "pooler.", "pooling.", "mlm_head.")
FIRST, LAST = PLACES["hook_resid_pre"], PLACES["hook_resid_post"]


def plans(path):
    """The plan of each pass that a trace describes."""
    with safe_open(path, "pt") as f:
        return [p["plan"] for p in json.loads(f.metadata()["layerwise"])["passes"]]


def place(name):
    """A hook point's place in a pass: before the blocks, in one of them, or after them; and its row there."""
    if name.startswith("blocks."):
        _, block, name = name.split(".", 2)
        assert FIRST <= PLACES[name] <= LAST, f"{name} is no hook point of a block"
        return 1, int(block), PLACES[name]
    row = PLACES[name]
    assert not FIRST <= row <= LAST, f"{name} is one of a block"
    return (0 if row < FIRST else 2), 0, row


def check_plan(plan, n_layers):
    names = [p["name"] for p in plan]
    places = [place(n) for n in names]
    assert places == sorted(set(places)), names
    assert {block for part, block, _ in places if part == 1} == set(range(n_layers))
    for p in plan:
        assert p["axes"] == AXES[TABLE[place(p["name"])[2]][0]], p


@pytest.mark.parametrize("name", CONFIGS)
def test_a_plan_keeps_to_the_table(name, tokenizer, tmp_path):
    record(build(name), tokenizer, PROMPT, tmp_path / "t", hooks="logits", passes=2)
    found = plans(tmp_path / "t")
    assert len(found) == 2
    for plan in found:
        check_plan(plan, 2)
        # A decoder has none of an encoder's hook points.
        assert not [p["name"] for p in plan if p["name"].startswith(("hook_token_type", "pool", "mlm_head"))]


def test_a_caches_plan_keeps_to_the_table(tmp_path):
    sizes = dict(token=3, query=3, key=3, head=4, kv_head=2, d_head=8, d_model=32, d_mlp=5, vocab=7, one=1)
    sizes |= dict(expert=4, active=2)
    cache = {
        (f"blocks.0.{name}" if FIRST <= PLACES[name] <= LAST else name): torch.ones(1, *(sizes[a] for a in axes))
        for name, axes in reversed(TABLE)
        # Caches are of recorded families or of encoders.
        if name in points.RECORDED or name.startswith(ENCODERS)
    }
    from_cache(cache, tmp_path / "t", tokens=[1, 2, 3])
    (plan,) = plans(tmp_path / "t")
    check_plan(plan, 1)


def test_lists_and_ranges_name_blocks():
    def blocks(pattern):
        return [i for i in range(12) if points.chosen(f"blocks.{i}.attn.hook_z", [pattern])]

    assert blocks("blocks.{3..5}.attn.hook_z") == [3, 4, 5]
    assert blocks("{1,4,9..10}.z") == [1, 4, 9, 10]
    assert blocks("[12].{{z,y},q}") == [1, 2]
