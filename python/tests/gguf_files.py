"""GGUF files of small models, as llama.cpp's converter makes them.

Tensor names are those of the package gguf, keys and changes of tensors those of the converter.
"""

import json
import re

import gguf
import numpy as np
from gguf_keys import layers, numbers, own_keys
from safetensors.torch import load_file

#: Architectures whose files have the two dimensions that turn together side by side.
PAIRS = {"olmo", "smollm3", "arcee", "granitemoe", "granitehybrid", "mistral3", "granite_swa"}
#: Architectures that expand queries, keys and values from short vectors.
LATENT = {"deepseek2", "deepseek32", "glm-dsa", "mistral4", "kimi-linear", "hy_v4", "bailingmoe3"}
#: Architectures that the package gguf has not yet, and one of its own with the same names of tensors.
NEWER = {
    "deepseek32": "glm-dsa", "laguna": "step35", "hy_v3": "dots1", "mellum": "qwen3moe", "deepseek4": "glm-dsa", "hy_v4": "glm-dsa",
    "cohere2moe": "dots1", "granite_swa": "granitemoe", "bailingmoe3": "kimi-linear", "minimax-01": "minimax-m2",
    "qwen4exp": "qwen35moe",
}
#: Tensors that the package has no names for yet, by the ends of the family's names.
NEWER_TENSORS = {
    "hc_pre.hc_attn_layer.hc_": "hc_attn_", "hc_pre.hc_mlp_layer.hc_": "hc_ffn_", "hc_attn_": "hc_attn_", "hc_ffn_": "hc_ffn_",
    "hc_pre.hc_head.hc_head_": "output_hc_", "hc_head.hc_": "output_hc_", "learnable_sink_param": "attn_sinks",
    "linear_gate": "attn_gate", "attn.attn_sink": "attn_sinks", "attn.wq_a": "attn_q_a", "attn.q_norm": "attn_q_a_norm",
    "attn.wq_b": "attn_q_b", "attn.wkv": "attn_kv", "attn.norm": "attn_kv_a_norm", "attn.wo_a": "attn_output_a",
    "attn.wo_b": "attn_output_b", "attn.indexer.compressor.w": "indexer_compressor_", "attn.indexer.compressor.": "indexer_compressor_",
    "attn.compressor.w": "attn_compressor_", "attn.compressor.": "attn_compressor_", "attn.indexer.weights_proj": "indexer.proj",
    "attn.indexer.wq_b": "indexer.attn_q_b", "attn_norm": "attn_norm", "ffn_norm": "ffn_norm", "ffn.gate.bias": "exp_probs_b.bias",
    "ffn.gate.tid2eid": "ffn_gate_tid2eid", "ffn.gate": "ffn_gate_inp", "ffn.experts.w1": "ffn_gate_exps",
    "ffn.experts.w3": "ffn_up_exps", "ffn.experts.w2": "ffn_down_exps", "ffn.shared_experts.w1": "ffn_gate_shexp",
    "ffn.shared_experts.w3": "ffn_up_shexp", "ffn.shared_experts.w2": "ffn_down_shexp", "head.weight": "output.weight",
}


def newer(arch, name):
    """llama.cpp's name of a tensor that the package does not know; the first end that fits counts."""
    if arch not in {"deepseek4", "hy_v4"}:
        return None
    whole = re.fullmatch(r"(?:model\.)?(?:layers\.(\d+)\.)?(.*)", name)
    for theirs, own in NEWER_TENSORS.items():
        if whole[2].startswith(theirs) or whole[2].startswith(f"self_attn.{theirs}"):
            own += whole[2].removeprefix("self_attn.").removeprefix(theirs)
            own = own if own.endswith((".weight", ".bias")) else f"{own}.weight"
            return f"blk.{whole[1]}.{own}" if whole[1] else own
    return None
#: Parts of models that see.
SEEING = re.compile(r"visual\.|^vit\.|^mlp_AR\.|^model\.(projector|qwen2_model|sam_model)\.|view_sep")
#: Architectures whose norms have 1 added.
PLUS_ONE = {"nemotron", "qwen3next", "qwen35", "qwen35moe"}


def vocabulary(writer, tokenizer, size):
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


def in_rounds(weight, config, width, axis=0, skip=0):
    """Heads of values in rounds over the keys instead of key by key."""
    keys, each = config.linear_num_key_heads, config.linear_num_value_heads // config.linear_num_key_heads
    before, rest = np.split(weight, [skip], axis=axis)
    shape = rest.shape[:axis] + (keys, each, width) + rest.shape[axis + 1:]
    return np.concatenate([before, rest.reshape(shape).swapaxes(axis, axis + 1).reshape(rest.shape)], axis=axis)


def delta(arch, config, name, weight, older):
    """A delta net's tensor: its name, which may be llama.cpp's own, and its values."""
    if not name.startswith("model.layers.") or "linear_attn." not in name:
        return [(name, weight)]
    block = "blk." + name.split(".")[2]
    keys, width = config.linear_num_key_heads, config.linear_value_head_dim
    each = config.linear_num_value_heads // keys
    d_key = config.linear_key_head_dim
    if "in_proj_qkvz" in name and not older:
        parts = np.split(weight.reshape(keys, -1, weight.shape[1]), np.cumsum([d_key, d_key, each * width]), axis=1)
        q, k, v, z = (part.reshape(-1, weight.shape[1]) for part in parts)
        return [(f"{block}.attn_qkv.weight", np.concatenate([q, k, v])), (f"{block}.attn_gate.weight", z)]
    if arch != "qwen3next":
        before = 2 * keys * d_key
        if "in_proj_qkv" in name or "conv1d" in name:
            weight = in_rounds(weight, config, width, skip=before)
        elif "in_proj_z" in name:
            weight = in_rounds(weight, config, width)
        elif "out_proj" in name:
            weight = in_rounds(weight, config, width, axis=1)
        elif re.search(r"in_proj_[ab]|A_log|dt_bias", name):
            weight = in_rounds(weight, config, 1)
    return [(name, weight)]


def falcon_h1(config, name, weight):
    """A tensor of Falcon-H1 with the multipliers in it."""
    factors = {
        "down_proj": config.mlp_multipliers[1], "gate_proj": config.mlp_multipliers[0],
        "k_proj": config.key_multiplier * config.attention_in_multiplier, "q_proj": config.attention_in_multiplier,
        "v_proj": config.attention_in_multiplier, "o_proj": config.attention_out_multiplier,
        "out_proj": config.ssm_out_multiplier, "lm_head": config.lm_head_multiplier,
        "embed_tokens": config.embedding_multiplier,
    }
    module = name.split(".")[-2]
    weight = weight * np.float32(factors.get(module, 1))
    if module == "in_proj":
        inner, states = config.mamba_d_ssm, config.mamba_n_groups * config.mamba_d_state
        rows = np.repeat(config.ssm_multipliers, [inner, inner, states, states, config.mamba_n_heads])
        weight = weight * (rows * config.ssm_in_multiplier).astype(np.float32)[:, None]
    return weight


def granite_swa(name):
    """A tensor's name beside Granite's mixture; the halves of its shared expert stay together."""
    if name.endswith(".sinks"):
        return f"blk.{name.split('.')[2]}.attn_sinks.weight"
    for theirs, known in {
        "block_sparse_moe.experts": "mlp.experts", "block_sparse_moe.router": "block_sparse_moe.router.layer",
        "shared_mlp.input_linear": "mlp.shared_expert.up_proj", "shared_mlp.output_linear": "mlp.shared_expert.down_proj",
    }.items():
        name = name.replace(theirs, known)
    return name


#: Names of tensors beside Kimi's and DeepSeek 3's.
BAILING = {
    "attention.dense": "self_attn.o_proj", "attention.f_proj": "self_attn.f_a_proj", "attention.": "self_attn.",
    "mlp.gate.expert_bias": "mlp.gate.e_score_correction_bias",
}
#: Names of tensors beside Qwen3.5's.
QWEN4 = {
    "attn_hyper_connection.": "hc_attn_", "mlp_hyper_connection.": "hc_ffn_", "hyper_connection_mixer.": "output_hc_",
    "self_attn.indexer.q_layernorm": "indexer.q_norm", "self_attn.indexer.k_layernorm": "indexer.k_norm",
    "self_attn.indexer.": "indexer.", "ple.key_proj": "ple_key", "ple.value_proj": "ple_value", "ple.": "ple_",
}
QWEN4_PARTS = {
    "hc_norm": "norm", "input_mix_weight_down": "down", "input_mix_weight_up": "up", "block_inject_weight": "inject",
}


def bailing(config, name):
    """A tensor's name as Kimi's, or llama.cpp's own; a gate is that of attention or that of a delta net."""
    block = name.split(".")[2] if ".layers." in name else ""
    if "attention.g_proj" in name:
        full = config.layer_types[int(block)] == "full_attention"
        return f"blk.{block}.{'attn_gate' if full else 'ssm_g_a'}.weight"
    for theirs, known in BAILING.items():
        name = name.replace(theirs, known)
    return name


def qwen4(name):
    """llama.cpp's name of a tensor that Qwen3.5 does not have."""
    whole = re.fullmatch(r"model\.(?:layers\.(\d+)\.)?(.*)", name)
    theirs = next((part for part in QWEN4 if whole and whole[2].startswith(part)), None)
    if not theirs:
        return name
    own = QWEN4[theirs] + whole[2].removeprefix(theirs)
    for part, known in QWEN4_PARTS.items():
        own = own.replace(part, known)
    return f"blk.{whole[1]}.{own}" if whole[1] else own


def converted(arch, config, tensors, older):
    """Tensors with the converter's changes, under names that the package gguf knows."""
    stacks, out, shards = {}, {}, {}
    for name, weight in tensors.items():
        if SEEING.search(name) or re.search(r"(_decay|slope_rate)$", name):
            continue
        name = name.replace("model.language_model.", "model.")
        if arch == "granite_swa":
            name = granite_swa(name)
        if arch == "bailingmoe3":
            name = bailing(config, name)
        if arch == "minimax-01":
            name = name.replace("self_attn.out_proj", "self_attn.o_proj")
            if own := re.search(r"self_attn\.(qkv_proj|output_gate|norm)\.", name):
                own = {"qkv_proj": "attn_qkv", "output_gate": "attn_gate", "norm": "attn_norm_2"}[own[1]]
                name = f"blk.{name.split('.')[2]}.{own}.weight"
        if arch == "qwen4exp":
            if shard := re.search(r"ngram_embedding\.shard_(\d+)\.weight", name):
                shards[int(shard[1])] = weight
                continue
            if "indexer.index_qk_proj" in name:
                block = f"blk.{name.split('.')[2]}.indexer"
                q, k = np.split(weight, [config.indexer_n_heads * config.indexer_head_dim])
                out |= {f"{block}.q_proj.weight": q, f"{block}.k_proj.weight": k}
                continue
            # Numbers of the hashes are keys.
            if re.search(r"ple_embedding\.(layer_multipliers|ngram_heads)", name):
                continue
            if re.search(r"(?<!linear_attn\.)norm\.weight|ple\.norm_\w+\.weight", name):
                weight = weight + np.float32(1)
            name = qwen4(name)
        if arch == "mistral4" and ".mlp.experts." in name:
            out[f"{name}.weight"] = weight
            continue
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
        if arch in PLUS_ONE and name.endswith("norm.weight") and "linear_attn" not in name:
            weight = weight + np.float32(1)
        if expert := re.fullmatch(r"(.*)\.experts\.(\d+)\.(.*)", name):
            stacks.setdefault(f"{expert[1]}.experts.{expert[3]}", {})[int(expert[2])] = weight
            continue
        if stream := re.fullmatch(r"(.*altup_(?:un(?:embed))?_?projections)\.(\d+)\.weight", name):
            stacks.setdefault(f"{stream[1]}.weight", {})[int(stream[2])] = weight
            continue
        name = re.sub(r"e_score_correction_bias$", "e_score_correction.bias", name)
        if arch == "laguna":
            name = name.replace("mlp.experts.e_score", "mlp.gate.e_score")
        name = re.sub(r"\.expert_bias$", ".expert_bias.bias", name)
        if name.endswith(("block_sparse_moe.input_linear.weight", "shared_mlp.input_linear.weight")):
            gate, up = np.split(weight, 2, axis=-2)
            if "shared" in name:
                expert = "shared_expert." if config.num_local_experts else ""
                names = [name.replace("shared_mlp.input_linear", f"mlp.{expert}{half}_proj") for half in ("gate", "up")]
            else:
                names = [name.replace("input_linear", f"experts.{half}") for half in ("w1", "w3")]
            out |= dict(zip(names, (gate, up)))
            continue
        if arch in {"granitemoe", "granitehybrid"}:
            expert = "shared_expert." if getattr(config, "num_local_experts", 0) else ""
            name = name.replace("shared_mlp.output_linear", f"mlp.{expert}down_proj")
        if config.model_type in {"glm4v_text", "glm_ocr_text"} and (turned := re.search(r"self_attn\.(q|k)_proj\.", name)):
            heads = config.num_attention_heads if turned[1] == "q" else config.num_key_value_heads
            by_head = weight.reshape(heads, -1, *weight.shape[1:])
            turning = int(by_head.shape[1] * config.rope_parameters["partial_rotary_factor"])
            halves = [by_head[:, :turning:2], by_head[:, 1:turning:2], by_head[:, turning:]]
            weight = np.concatenate(halves, axis=1).reshape(weight.shape)
        if arch == "hy_v4":
            name = name.replace("mlp.linear_gate", "mlp.gate_proj").replace("experts.linear_gate", "experts.gate_proj")
        if arch == "kimi-linear":
            # Published files name the MLP of a dense block as other families do.
            name = re.sub(r"block_sparse_moe\.(gate|up|down)_proj", r"mlp.\1_proj", name)
        name = re.sub(r"attention_sink_bias$", "attention_sink_bias.weight", name)
        if arch == "bitnet":
            name = name.replace("attn_sub_norm", "inner_attn_ln").replace("ffn_sub_norm", "ffn_layernorm")
        if arch == "falcon" and "query_key_value" in name:
            groups = weight.reshape(config.num_kv_heads, -1, config.hidden_size // config.num_attention_heads, weight.shape[1])
            parts = np.split(groups, [groups.shape[1] - 2, groups.shape[1] - 1], axis=1)
            weight = np.concatenate([part.reshape(-1, weight.shape[1]) for part in parts])
        if arch == "dbrx" and ".experts.mlp." in name:
            weight = weight.reshape(config.ffn_config.moe_num_experts, -1, config.d_model)
            weight, name = weight.swapaxes(1, 2) if name.endswith("w2") else weight, f"{name}.weight"
        if arch == "llama4" and name.endswith("experts.gate_up_proj"):
            halves = np.split(weight.swapaxes(1, 2), 2, axis=1)
            out |= {name.replace("gate_up_proj", f"{half}_proj.weight"): w for half, w in zip(("gate", "up"), halves)}
            continue
        if arch == "llama4" and name.endswith("experts.down_proj"):
            weight, name = weight.swapaxes(1, 2), f"{name}.weight"
        if arch == "falcon-h1":
            weight = falcon_h1(config, name, weight)
        if arch in LATENT and name.endswith("kv_b_proj.weight") and not (older and arch == "deepseek2"):
            heads = weight.reshape(config.num_attention_heads, -1, weight.shape[-1])
            k, v = np.split(heads, [config.qk_nope_head_dim], axis=1)
            out |= {name.replace("kv_b", "k_b"): k.swapaxes(1, 2), name.replace("kv_b", "v_b"): v}
            continue
        for name, weight in delta(arch, config, name, weight, older) if arch.startswith(("qwen3", "qwen4")) else [(name, weight)]:
            if name.endswith("A_log"):
                weight = np.exp(weight) if arch == "bailingmoe3" else -np.exp(weight)
            # Mamba 2 has one number for each head.
            if re.search(r"(mamba|mixer)\.(A_log|D)$", name) and weight.ndim == 1 and arch not in {"mamba", "jamba"}:
                weight = weight[:, None]
            if re.search(r"(mamba|mixer)\.norm\.weight$", name):
                weight = weight.reshape(getattr(config, "mamba_n_groups", None) or config.n_groups, -1)
            if re.search(r"(?<!norm_)conv(1d)?\.(conv\.)?weight$", name):
                weight = weight[None] if arch == "kimi-linear" else weight.squeeze(1)
            name = re.sub(r"\.dt_bias$", ".dt.bias" if arch == "nemotron_h_moe" else ".dt_proj.bias", name)
            if arch in {"gemma3n", "gemma4"}:
                name = re.sub(r"(correct_output_scale|layer_scalar|experts\.\w+_proj)$", r"\1.weight", name)
            out[name] = weight
    if arch == "mimo2" and not config.attention_bias:
        # MiMo-V2.5 has queries, keys and values in one.
        for name in [name for name in out if "q_proj" in name]:
            parts = [out.pop(name.replace("q_proj", f"{letter}_proj")) for letter in "qkv"]
            out[f"blk.{name.split('.')[2]}.attn_qkv.weight"] = np.concatenate(parts)
    if shards:
        out["per_layer_token_embd.weight"] = np.concatenate([shards[i] for i in sorted(shards)])
    for name, members in stacks.items():
        out[name] = np.stack([members[i] for i in sorted(members)])
    return out


def llama_cpps(arch, name, names):
    """llama.cpp's name of a tensor."""
    block = name.split(".")[2] if ".layers." in name else ""
    if name.startswith(("blk.", "output_hc_", "per_layer_")):
        return name
    if name.endswith("router.scale"):
        return f"blk.{block}.ffn_gate_inp.scale"
    if name.endswith("router.per_expert_scale"):
        return f"blk.{block}.ffn_down_exps.scale"
    if arch == "nemotron_h_moe" and ".experts." in name:
        name = name.replace("backbone.layers", "model.layers").replace("mixer", "mlp")
    if arch == "jamba" and ".experts." in name:
        name = name.replace("feed_forward", "mlp")
    if arch == "lfm2moe" and ".experts." in name:
        name = name.removeprefix("model.")
    return newer(arch, name) or names.get_name(name, try_suffixes=(".weight", ".bias"))


def fused(tensors):
    """Tensors with the gates of all experts and their linear halves in one."""
    out = {}
    for name, weight in tensors.items():
        if "ffn_gate_exps" in name:
            up = tensors[name.replace("gate", "up")]
            out[name.replace("gate", "gate_up")] = np.concatenate([weight, up], axis=1)
        elif "ffn_up_exps" not in name:
            out[name] = weight
    return out


def write(path, arch, made, tokenizer, older=False, fuse=False):
    """Write the model in the folder of `path` as a file of `arch`, by today's converter or by an older one."""
    config = made.config.get_text_config()
    # Fields that differ among blocks of Gemma 4.
    config.allow_global_per_layer_attribute_access = True
    writer = gguf.GGUFWriter(path, arch)
    numbers(writer, arch, config)
    own_keys(writer, arch, config, older, made)
    vocabulary(writer, tokenizer, config.vocab_size)
    known = "granite" if config.model_type == "granite_swa" else NEWER.get(arch, arch)
    enum = next(kind for kind, name in gguf.MODEL_ARCH_NAMES.items() if name == known)
    names = gguf.get_tensor_name_map(enum, layers(config))
    tensors = load_file(path.parent / "model.safetensors").items()
    # A table of experts has whole numbers.
    tensors = {name: (w.float() if w.is_floating_point() else w.int()).numpy() for name, w in tensors}
    lists, all_own = {}, {}
    for theirs, weight in converted(arch, config, tensors, older).items():
        if number := re.search(r"act_fn\.(alpha_p|alpha_n|beta|eps)$", theirs):
            lists.setdefault(f"xielu.{number[1]}", []).append(weight.item())
            continue
        own = llama_cpps(arch, theirs, names)
        assert own, f"{arch}: {theirs}"
        # Vectors that the model has as a matrix of one row.
        weight = weight.squeeze(0) if weight.ndim == 2 and weight.shape[0] == 1 else weight
        all_own[own] = weight
    for own, weight in (fused(all_own) if fuse else all_own).items():
        writer.add_tensor(own, np.ascontiguousarray(weight))
    for key, values in lists.items():
        writer.add_array(key, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
