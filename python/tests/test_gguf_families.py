"""A GGUF file of each family that has none among the fixtures, made on the spot: its logits are those of the folder.

Tensor names are those of the package gguf, keys and changes of tensors those of llama.cpp's converter.
"""

import re

import numpy as np
import pytest
import torch
from conftest import FIXTURES, PROMPT
from safetensors.torch import load_file
from test_made_models import OWN, model
from transformers import PreTrainedTokenizerFast

gguf = pytest.importorskip("gguf")

#: Each family with llama.cpp's architecture, and the fields of its small model beyond the usual ones.
FAMILIES = {
    "olmo": ("olmo", dict(clip_qkv=0.4)),
    "olmo3": ("olmo2", {}),
    "cohere": ("command-r", dict(use_qk_norm=True, logit_scale=0.25, num_key_value_heads=2)),
    "cohere2": ("cohere2", dict(head_dim=8, num_hidden_layers=4, layer_types=None)),
    "glm4": ("glm4", dict(head_dim=8, attention_bias=True)),
    "exaone4": ("exaone4", {}),
    "smollm3": ("smollm3", dict(num_hidden_layers=4, no_rope_layers=None, layer_types=None)),
    "seed_oss": ("seed_oss", dict(head_dim=8)),
    "ernie4_5": ("ernie4_5", {}),
    "hunyuan_v1_dense": ("hunyuan-dense", dict(head_dim=8)),
    "nemotron": ("nemotron", dict(num_key_value_heads=1, head_dim=8)),
    "arcee": ("arcee", {}),
    "gpt_bigcode": ("starcoder", {}),
    "qwen2_moe": ("qwen2moe", {}),
    "olmoe": ("olmoe", {}),
    "granitemoe": ("granitemoe", dict(embedding_multiplier=3.0, residual_multiplier=0.5, logits_scaling=2.0)),
    "granitemoeshared": ("granitemoe", dict(shared_intermediate_size=12)),
    "dots1": ("dots1", dict(n_shared_experts=1, n_routed_experts=4, num_experts_per_tok=2, n_group=1, topk_group=1)),
    "glm4_moe": ("glm4moe", dict(head_dim=8, use_qk_norm=True)),
    "phimoe": ("phimoe", dict(lm_head_bias=True, attention_bias=True)),
    "ernie4_5_moe": ("ernie4_5-moe", dict(moe_num_shared_experts=1, moe_layer_start_index=1)),
    "mpt": ("mpt", {}),
    "qwen2_vl": ("qwen2vl", {}),
    "qwen3_vl": ("qwen3vl", {}),
    "qwen3_vl_moe": ("qwen3vlmoe", {}),
    "minimax_m2": ("minimax-m2", dict(head_dim=8)),
}
#: Architectures whose files have the two dimensions that turn together side by side.
PAIRS = {"olmo", "smollm3", "arcee", "granitemoe"}
SIGMOIDS = {"dots1", "glm4moe", "minimax-m2"}

#: Keys without the architecture's name, and the config fields that they are made of.
NUMBERS = {
    "block_count": ["num_hidden_layers", "n_layer", "n_layers"],
    "context_length": ["max_position_embeddings", "n_positions", "max_seq_len"],
    "embedding_length": ["hidden_size", "n_embd", "d_model"],
    "feed_forward_length": ["intermediate_size"],
    "attention.head_count": ["num_attention_heads", "n_head", "n_heads"],
    "attention.head_count_kv": ["num_key_value_heads"],
    "attention.key_length": ["head_dim"],
    "attention.value_length": ["head_dim"],
    "expert_count": ["n_routed_experts", "num_experts", "num_local_experts", "moe_num_experts"],
    "expert_used_count": ["num_experts_per_tok", "moe_k"],
    "expert_feed_forward_length": ["moe_intermediate_size"],
    "expert_shared_feed_forward_length": ["shared_expert_intermediate_size", "shared_intermediate_size"],
    "expert_shared_count": ["n_shared_experts", "moe_num_shared_experts"],
    "expert_group_count": ["n_group"],
    "expert_group_used_count": ["topk_group"],
    "leading_dense_block_count": ["first_k_dense_replace", "moe_layer_start_index"],
    "interleave_moe_layer_step": ["moe_layer_interval"],
}
REALS = {
    "attention.layer_norm_rms_epsilon": ["rms_norm_eps"],
    "attention.layer_norm_epsilon": ["layer_norm_eps", "layer_norm_epsilon", "norm_eps"],
    "attention.clamp_kqv": ["clip_qkv"],
    "logit_scale": ["logit_scale", "logits_scaling"],
    "embedding_scale": ["embedding_multiplier"],
    "residual_scale": ["residual_multiplier"],
    "attention.scale": ["attention_multiplier"],
    "expert_weights_scale": ["routed_scaling_factor"],
}


def metadata(writer, arch, config):
    def found(names):
        return next((value for name in names if (value := getattr(config, name, None)) is not None), None)

    for key, names in NUMBERS.items():
        if (value := found(names)) is not None:
            writer.add_uint32(f"{arch}.{key}", value)
    for key, names in REALS.items():
        if (value := found(names)) is not None:
            writer.add_float32(f"{arch}.{key}", value)
    if arch == "olmo":
        writer.add_float32("olmo.attention.layer_norm_epsilon", 1e-5)
    if arch == "ernie4_5-moe":
        writer.add_expert_shared_feed_forward_length(config.intermediate_size // config.num_key_value_heads)
    if arch == "mpt":
        writer.add_feed_forward_length(4 * config.d_model)
        writer.add_max_alibi_bias(8.0)
        writer.add_clamp_kqv(config.attn_config.clip_qkv)
    if arch in {"qwen2vl", "qwen3vl", "qwen3vlmoe"}:
        writer.add_rope_dimension_sections([2, 1, 1, 0])
    if arch in {"qwen3vl", "qwen3vlmoe"}:
        writer.add_num_deepstack_layers(1)
    if arch == "starcoder":
        writer.add_feed_forward_length(4 * config.n_embd)
    if arch == "minimax-m2":
        writer.add_expert_feed_forward_length(config.intermediate_size)
    if arch in SIGMOIDS:
        writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
    if (normed := getattr(config, "norm_topk_prob", None)) is not None and arch in {"dots1", "glm4moe"}:
        writer.add_expert_weights_norm(normed)
    if arch in {"olmo2", "exaone4", "cohere2", "phimoe"} and config.sliding_window:
        writer.add_sliding_window(config.sliding_window)
    if arch in {"olmo2", "exaone4"}:
        writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config.layer_types])
    rope = getattr(config, "rope_parameters", None) or {}
    rope = rope.get("full_attention", rope)
    if rope:
        writer.add_rope_freq_base(rope["rope_theta"])
    if arch in {"glm4", "glm4moe", "nemotron", "minimax-m2"}:
        d_head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        writer.add_rope_dimension_count(int(d_head * rope.get("partial_rotary_factor", 1)))


def vocabulary(writer, tokenizer, size):
    import json

    bpe = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    tokens = {i: token for token, i in bpe["vocab"].items()}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([tokens.get(i, f"[PAD{i}]") for i in range(size)])
    writer.add_token_types([1 if i in tokens else 5 for i in range(size)])
    writer.add_token_merges([" ".join(merge) for merge in bpe["merges"]])
    writer.add_add_bos_token(False)


def paired(weight, heads):
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def converted(arch, config, tensors):
    """Tensors with the converter's changes, under names that the package gguf knows."""
    stacks, out = {}, {}
    for name, weight in tensors.items():
        if "visual." in name:
            continue
        name = name.replace("model.language_model.", "model.")
        if name.endswith("mlp.experts.gate_up_proj"):
            # Gate and linear half, `[expert, out, in]` where the model may have `[expert, in, out]`.
            if weight.shape[2] != config.hidden_size:
                weight = weight.swapaxes(1, 2)
            halves = np.split(weight, 2, axis=1)
            out |= {name.replace("gate_up_proj", f"{half}_proj.weight"): w for half, w in zip(("gate", "up"), halves)}
            continue
        if name.endswith("mlp.experts.down_proj"):
            out[f"{name}.weight"] = weight if weight.shape[1] == config.hidden_size else weight.swapaxes(1, 2)
            continue
        if arch in PAIRS and (turned := re.search(r"\.(q|k)_proj\.", name)):
            heads = config.num_attention_heads if turned[1] == "q" else config.num_key_value_heads
            weight = paired(weight, heads)
        if arch == "nemotron" and name.endswith("norm.weight"):
            weight = weight + np.float32(1)
        if expert := re.fullmatch(r"(.*)\.experts\.(\d+)\.(.*)", name):
            stacks.setdefault(f"{expert[1]}.experts.{expert[3]}", {})[int(expert[2])] = weight
            continue
        name = re.sub(r"e_score_correction_bias$", "e_score_correction.bias", name)
        if name.endswith(("block_sparse_moe.input_linear.weight", "shared_mlp.input_linear.weight")):
            gate, up = np.split(weight, 2, axis=-2)
            if "shared" in name:
                names = [name.replace("shared_mlp.input_linear", f"mlp.shared_expert.{half}_proj") for half in ("gate", "up")]
            else:
                names = [name.replace("input_linear", f"experts.{half}") for half in ("w1", "w3")]
            out |= dict(zip(names, (gate, up)))
            continue
        if arch == "granitemoe":
            name = name.replace("shared_mlp.output_linear", "mlp.shared_expert.down_proj")
        out[name] = weight
    for name, members in stacks.items():
        out[name] = np.stack([members[i] for i in sorted(members)])
    return out


def write(path, family, made, tokenizer):
    arch, config = FAMILIES[family][0], made.config.get_text_config()
    writer = gguf.GGUFWriter(path, arch)
    metadata(writer, arch, config)
    vocabulary(writer, tokenizer, config.vocab_size)
    enum = next(kind for kind, name in gguf.MODEL_ARCH_NAMES.items() if name == arch)
    layers = getattr(config, "num_hidden_layers", None) or getattr(config, "n_layer", None) or config.n_layers
    names = gguf.get_tensor_name_map(enum, layers)
    tensors = {name: weight.float().numpy() for name, weight in load_file(path.parent / "model.safetensors").items()}
    for theirs, weight in converted(arch, config, tensors).items():
        own = names.get_name(theirs, try_suffixes=(".weight", ".bias"))
        assert own, f"{family}: {theirs}"
        # The converter takes axes of length 1 away.
        writer.add_tensor(own, np.ascontiguousarray(weight.squeeze()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_has_the_logits_of_its_folder(family, layerwise, tmp_path, monkeypatch):
    monkeypatch.setitem(OWN, family, {**OWN.get(family, {}), **FAMILIES[family][1]})
    made = model(family)
    made.save_pretrained(tmp_path)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(FIXTURES / "llama" / "tokenizer.json"))
    tokenizer.backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    write(tmp_path / "model.gguf", family, made, tokenizer)
    logits = []
    for source in (tmp_path, tmp_path / "model.gguf"):
        code, said = layerwise("record", source, "-p", PROMPT, "-o", tmp_path / "t", "--dtype", "f64")
        assert code == 0, said
        assert source is tmp_path or "warning" not in said, said
        logits.append(load_file(tmp_path / "t")["logits"])
    folder, file = logits
    assert folder.shape == file.shape and folder.std() > 1e-3
    # Numbers in keys are float32.
    torch.testing.assert_close(file, folder, rtol=1e-5, atol=1e-6 * folder.abs().max().item())
