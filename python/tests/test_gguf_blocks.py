"""Every type of ggml's blocks that the package gguf reads: the numbers of a file are those that it reads."""

import numpy as np
import pytest
import torch
from conftest import FIXTURES, build
from transformers import PreTrainedTokenizerFast

gguf = pytest.importorskip("gguf")
from gguf_files import paired, vocabulary  # noqa: E402
from gguf_keys import numbers  # noqa: E402

#: Types that stand in one file together, each in a tensor of its own.
GROUPS = [
    ["TQ1_0", "TQ2_0", "NVFP4", "MXFP4", "IQ4_NL"],
    ["IQ1_S", "IQ1_M", "IQ4_XS", "Q2_K", "Q6_K"],
    ["Q4_K", "Q3_K", "Q5_K", "Q8_0", "Q4_0"],
    ["IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S"],
    # Another type in the table that rows are looked up in.
    ["NVFP4", "IQ3_S", "TQ1_0", "IQ1_M", "IQ2_S"],
    ["Q1_0", "Q1_0", "Q1_0", "Q1_0", "Q1_0"],
]
QUANTISED = ["embed_tokens", "v_proj", "o_proj", "gate_proj", "down_proj"]
#: Types, with the places of the half-precision factors in a block: any other bytes are valid.
TYPES = {
    "Q1_0": [0], "TQ1_0": [52], "TQ2_0": [64], "NVFP4": [], "MXFP4": [], "IQ4_NL": [0], "IQ4_XS": [0], "IQ1_S": [0], "IQ1_M": None,
    "IQ2_XXS": [0], "IQ2_XS": [0], "IQ2_S": [0], "IQ3_XXS": [0], "IQ3_S": [0], "Q2_K": [80, 82], "Q6_K": [208],
    "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q8_0": [0], "Q4_0": [0],
}


def blocks(kind, count, rng):
    """Random blocks whose values are small numbers."""
    _, size = gguf.GGML_QUANT_SIZES[kind]
    made = rng.integers(0, 256, (count, size), dtype=np.uint8)
    small = rng.uniform(1e-3, 1e-2, count).astype(np.float16)
    at = TYPES[kind.name]
    if at is None:
        # The factor is in the highest bits of four words.
        words = made[:, -8:].view(np.uint16)
        for i in range(4):
            words[:, i] = words[:, i] & 0x0FFF | (small.view(np.uint16) >> (4 * i) & 15) << 12
    for place in at or []:
        made[:, place:place + 2] = small.view(np.uint8).reshape(-1, 2)
    if kind.name == "NVFP4":
        made[:, :4] &= 127  # scales have no sign
    if kind.name == "MXFP4":
        made[:, 0] = rng.integers(118, 122, count)
    return made


def read(stored, kind):
    """The numbers of blocks. The package knows the size of Q1_0 alone: a factor and 128 signs, the lowest bit first."""
    if kind.name != "Q1_0":
        return gguf.quants.dequantize(stored, kind)
    parts = stored.reshape(-1, 18)
    signs = np.unpackbits(parts[:, 2:], axis=1, bitorder="little").astype(np.float32) * 2 - 1
    return parts[:, :2].copy().view(np.float16).astype(np.float32) * signs


@pytest.fixture(scope="module")
def model():
    return build("llama", hidden_size=256, intermediate_size=256, num_hidden_layers=1, head_dim=64, attention_bias=False)


def write(path, config, tokenizer, tensors, factors):
    writer = gguf.GGUFWriter(path, "llama")
    numbers(writer, "llama", config)
    vocabulary(writer, tokenizer, config.vocab_size)
    for name, (data, kind) in tensors.items():
        writer.add_tensor(name, data, raw_dtype=kind)
    for name, factor in factors.items():
        writer.add_tensor(name, np.atleast_1d(np.float32(factor)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize("group", GROUPS, ids=" ".join)
def test_numbers_are_those_that_python_reads(group, model, both, layerwise, tmp_path):
    rng = np.random.default_rng(0)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(FIXTURES / "llama" / "tokenizer.json"))
    tokenizer.backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 1)
    kinds = {module: gguf.GGMLQuantizationType[name] for module, name in zip(QUANTISED, group)}
    plain, tensors, values, factors = gguf.GGMLQuantizationType.F32, {}, {}, {}
    for key, weight in model.state_dict().items():
        own = names.get_name(key, try_suffixes=(".weight",))
        data = weight.numpy().copy()
        kind = next((kind for module, kind in kinds.items() if module in key), None)
        if kind:
            elements, _ = gguf.GGML_QUANT_SIZES[kind]
            stored = blocks(kind, data.size // elements, rng).reshape(data.shape[0], -1)
            tensors[own] = (stored, kind)
            data = read(stored, kind).reshape(data.shape)
            # A tensor of NVFP4 has a factor of its own.
            if kind.name == "NVFP4":
                factors[own.replace(".weight", ".scale")] = 0.375
                data = data * np.float32(0.375)
        elif any(module in key for module in ("q_proj", "k_proj")):
            heads = model.config.num_attention_heads if "q_proj" in key else model.config.num_key_value_heads
            tensors[own] = (np.ascontiguousarray(paired(data, heads)), plain)
        else:
            tensors[own] = (data, plain)
        assert np.isfinite(data).all() and data.std() > 0
        values[key] = torch.from_numpy(np.ascontiguousarray(data))
    write(tmp_path / "model.gguf", model.config, tokenizer, tensors, factors)
    model.load_state_dict(values)
    model.save_pretrained(tmp_path)
    if factors:
        # A factor for each expert, where there are none.
        write(tmp_path / "wrong.gguf", model.config, tokenizer, tensors, {name: [1.0, 2.0] for name in factors})
        code, said = layerwise("inspect", tmp_path / "wrong.gguf")
        assert code == 2 and f"`{next(iter(factors))}` has 2 factors" in said, said
    folder, file = both(tmp_path, tmp_path / "model.gguf")
    # Rows of the table are looked up, and matrices multiply the same numbers in float64.
    assert torch.equal(file["hook_embed"], folder["hook_embed"])
    torch.testing.assert_close(file["logits"], folder["logits"], rtol=1e-12, atol=1e-12)
