"""The keys of GGUF files that llama.cpp's converter makes of config fields."""

import gguf
import numpy as np
import torch

SIGMOIDS = {
    "dots1", "glm4moe", "minimax-m2", "lfm2moe", "afmoe", "exaone-moe", "mimo2", "laguna", "hy_v3", "kimi-linear", "deepseek32",
    "glm-dsa", "hy_v4", "cohere2moe", "bailingmoe3",
}
#: Architectures with a rotary base for each of two kinds of blocks.
TWO_BASES = {"gemma3n", "gemma4", "mimo2", "laguna", "mellum"}
#: DeepSeek 2 and what its converter writes too.
DEEPSEEKS = {"deepseek2", "deepseek32", "glm-dsa", "mistral4", "hy_v4"}

#: Keys without the architecture's name, and the config fields that they are made of.
NUMBERS = {
    "block_count": ["num_hidden_layers", "n_layer", "n_layers"],
    "context_length": ["max_position_embeddings", "n_positions", "max_seq_len", "model_max_length"],
    "embedding_length": ["hidden_size", "n_embd", "d_model"],
    "feed_forward_length": ["intermediate_size"],
    "attention.head_count": ["num_attention_heads", "n_head", "n_heads"],
    "attention.head_count_kv": ["num_key_value_heads"],
    "attention.key_length": ["head_dim"],
    "attention.value_length": ["head_dim"],
    "expert_count": ["n_routed_experts", "num_experts", "num_local_experts", "moe_num_experts"],
    "expert_used_count": ["num_experts_per_tok", "num_experts_per_token", "moe_k", "moe_topk"],
    "expert_feed_forward_length": ["moe_intermediate_size"],
    "expert_shared_feed_forward_length": [
        "shared_expert_intermediate_size", "shared_intermediate_size", "moe_shared_expert_intermediate_size",
    ],
    "expert_shared_count": ["n_shared_experts", "moe_num_shared_experts", "num_shared_experts"],
    "expert_group_count": ["n_group"],
    "expert_group_used_count": ["topk_group"],
    "leading_dense_block_count": ["first_k_dense_replace", "moe_layer_start_index", "num_dense_layers"],
    "interleave_moe_layer_step": ["moe_layer_interval"],
    "attention.q_lora_rank": ["q_lora_rank"],
    "attention.kv_lora_rank": ["kv_lora_rank"],
    "shortconv.l_cache": ["conv_L_cache"],
    "ssm.conv_kernel": ["conv_kernel", "mamba_d_conv", "linear_conv_kernel_dim"],
    "ssm.state_size": ["state_size", "ssm_state_size", "mamba_d_state", "linear_key_head_dim"],
    "ssm.group_count": ["mamba_n_groups", "n_groups", "linear_num_key_heads"],
    "ssm.time_step_rank": [
        "time_step_rank", "mamba_dt_rank", "mamba_num_heads", "mamba_n_heads", "num_heads", "linear_num_value_heads",
    ],
}
REALS = {
    "attention.layer_norm_rms_epsilon": ["rms_norm_eps"],
    "attention.layer_norm_epsilon": ["layer_norm_eps", "layer_norm_epsilon", "norm_eps"],
    "attention.clamp_kqv": ["clip_qkv"],
    "logit_scale": ["logit_scale", "logits_scaling"],
    "embedding_scale": ["embedding_multiplier"],
    "residual_scale": ["residual_multiplier"],
    "attention.scale": ["attention_multiplier"],
    "expert_weights_scale": ["routed_scaling_factor", "route_scale"],
    "final_logit_softcapping": ["final_logit_softcapping"],
}
#: Architectures whose converter reads other fields than most.
NOT_WRITTEN = {
    "falcon-h1": {"embedding_scale", "logit_scale", "attention.scale"},
    **{arch: {"attention.key_length", "attention.value_length", "attention.head_count_kv"} for arch in DEEPSEEKS},
    "kimi-linear": {"attention.key_length", "attention.value_length", "attention.head_count_kv"},
    "bailingmoe3": {"attention.key_length", "attention.value_length", "attention.head_count_kv"},
    "mimo2": {"block_count", "attention.value_length", "attention.head_count_kv", "expert_weights_scale"},
    "laguna": {"attention.head_count"},
    "hy_v3": {"expert_shared_count"},
    "deepseek4": {"attention.kv_lora_rank"},
    "cohere2moe": {"feed_forward_length"},
    "minicpm3": {"logit_scale", "attention.key_length", "attention.value_length"},
    "granitehybrid": {"attention.head_count_kv", "attention.key_length", "attention.value_length"},
    "lfm2": {"attention.head_count_kv", "feed_forward_length"},
    "lfm2moe": {"attention.head_count_kv", "expert_weights_scale"},
    "jamba": {"attention.head_count_kv"},
    "nemotron_h": {"attention.head_count_kv", "feed_forward_length", *(key for key in NUMBERS | REALS if "expert" in key)},
    "nemotron_h_moe": {"attention.head_count_kv", "feed_forward_length"},
    "falcon": {"attention.key_length", "attention.value_length", "feed_forward_length", "attention.layer_norm_epsilon"},
    "dbrx": {"attention.head_count_kv"},
    "llama4": {"feed_forward_length"},
    "hunyuan-moe": {"expert_feed_forward_length"},
    "exaone-moe": {"leading_dense_block_count"},
    "mamba": {"feed_forward_length"},
    "mamba2": {"ssm.time_step_rank", "attention.key_length", "attention.value_length"},
    "gemma3n": {"feed_forward_length"},
    "gemma4": {"attention.key_length", "attention.value_length", "attention.head_count_kv", "feed_forward_length"},
}
#: Architectures whose norms' epsilon has another field.
EPS = {"lfm2": "norm_eps", "lfm2moe": "norm_eps", "mamba": "layer_norm_epsilon", "mamba2": "layer_norm_epsilon",
       "nemotron_h": "layer_norm_epsilon", "nemotron_h_moe": "layer_norm_epsilon"}


def layers(config):
    return getattr(config, "num_hidden_layers", None) or getattr(config, "n_layer", None) or config.n_layers


def kinds(config):
    """Whether each block attends."""
    types = getattr(config, "layer_types", None) or getattr(config, "layers_block_type", None)
    return ["attention" in kind and kind != "linear_attention" for kind in types]


def numbers(writer, arch, config):
    def found(names):
        return next((value for name in names if (value := getattr(config, name, None)) is not None), None)

    left_out = NOT_WRITTEN.get(arch, set())
    for key, names in NUMBERS.items():
        if (value := found(names)) is not None and key not in left_out:
            writer.add_uint32(f"{arch}.{key}", value)
    for key, names in REALS.items():
        if (value := found(names)) is not None and key not in left_out and not (key.endswith("_epsilon") and arch in EPS):
            writer.add_float32(f"{arch}.{key}", value)
    if arch in EPS:
        writer.add_layer_norm_rms_eps(getattr(config, EPS[arch]))
    if arch in SIGMOIDS:
        writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
    normed = getattr(config, "norm_topk_prob", None)
    if normed is not None and arch in {"dots1", "glm4moe", "nemotron_h_moe", "exaone-moe", "cohere2moe", "bailingmoe3"} | DEEPSEEKS:
        writer.add_expert_weights_norm(normed)
    if arch in {"olmo2", "exaone4", "cohere2", "phimoe", "gemma3n", "gemma4", "afmoe", "exaone-moe", "mimo2", "laguna", "mellum", "cohere2moe", "granite_swa"} and config.sliding_window:
        writer.add_sliding_window(config.sliding_window)
    if arch in {"olmo2", "exaone4", "gemma3n", "gemma4", "exaone-moe", "mellum", "cohere2moe", "granite_swa"}:
        writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config.layer_types])
    rope = getattr(config, "rope_parameters", None) or {}
    theta = rope.get("sliding_attention", {}).get("rope_theta")
    if theta and arch in TWO_BASES:
        writer.add_float32(f"{arch}.rope.freq_base_swa", theta)
    rope = rope.get("full_attention", rope)
    if "rope_theta" in rope:
        writer.add_rope_freq_base(rope["rope_theta"])
    if arch in {"glm4", "glm4moe", "nemotron", "minimax-m2", "qwen3next", "qwen35", "qwen35moe", "chatglm", "qwen4exp"}:
        d_head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        writer.add_rope_dimension_count(int(d_head * rope.get("partial_rotary_factor", 1)))


def own_keys(writer, arch, config, older, made):
    """Keys that follow from several fields."""
    if arch == "olmo":
        writer.add_float32("olmo.attention.layer_norm_epsilon", 1e-5)
    if arch == "ernie4_5-moe":
        writer.add_expert_shared_feed_forward_length(config.intermediate_size // config.num_key_value_heads)
    if arch == "mpt":
        writer.add_feed_forward_length(4 * config.d_model)
        writer.add_max_alibi_bias(8.0)
        writer.add_clamp_kqv(config.attn_config.clip_qkv)
    if arch in {"qwen2vl", "qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe", "qwen4exp"}:
        writer.add_rope_dimension_sections([2, 1, 1, 0])
    if config.model_type in {"glm4v_text", "glm_ocr_text", "glm4v_moe_text"}:
        writer.add_rope_dimension_sections([1, 1, 0, 0])
    if arch in {"qwen3vl", "qwen3vlmoe"}:
        writer.add_num_deepstack_layers(1)
    if arch == "starcoder":
        writer.add_feed_forward_length(4 * config.n_embd)
    if arch == "minimax-m2":
        writer.add_expert_feed_forward_length(config.intermediate_size)
    if arch in {"qwen3next", "qwen35", "qwen35moe", "qwen4exp"}:
        writer.add_ssm_inner_size(config.linear_value_head_dim * config.linear_num_value_heads)
        writer.add_uint32(f"{arch}.full_attention_interval", 2)
    if arch in {"mamba", "mamba2"}:
        writer.add_context_length(2**20)
        writer.add_feed_forward_length(0)
        writer.add_head_count(0)
        writer.add_ssm_inner_size(2 * config.hidden_size)
    if arch == "mamba2":
        writer.add_ssm_time_step_rank(2 * config.hidden_size // config.head_dim)
    if arch == "mamba":
        writer.add_ssm_dt_b_c_rms(config.model_type == "falcon_mamba")
    if arch == "jamba":
        writer.add_ssm_inner_size(config.mamba_expand * config.hidden_size)
    if arch == "falcon-h1":
        writer.add_ssm_inner_size(config.mamba_d_ssm)
    if arch == "granitehybrid":
        writer.add_ssm_inner_size(config.mamba_expand * config.hidden_size)
        writer.add_rope_scaling_finetuned(config.model_type == "bamba")
        if config.model_type == "granitemoehybrid":
            writer.add_context_length(2**20)
    if arch.startswith("nemotron_h"):
        width = config.moe_intermediate_size if arch.endswith("moe") else config.intermediate_size
        kind = "moe" if arch.endswith("moe") else "mlp"
        writer.add_ssm_inner_size(config.mamba_num_heads * config.mamba_head_dim)
        writer.add_feed_forward_length([width if own == kind else 0 for own in config.layers_block_type])
    if arch == "jamba":
        attends = [i % config.attn_layer_period == config.attn_layer_offset for i in range(layers(config))]
        writer.add_head_count_kv([config.num_key_value_heads if own else 0 for own in attends])
    elif arch in {"lfm2", "lfm2moe", "granitehybrid", "nemotron_h", "nemotron_h_moe"}:
        writer.add_head_count_kv([config.num_key_value_heads if own else 0 for own in kinds(config)])
    if arch == "falcon":
        writer.add_context_length(2048)
        writer.add_tensor_data_layout("jploski")
        writer.add_feed_forward_length(4 * config.hidden_size)
        writer.add_head_count_kv(config.num_kv_heads)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
    if arch == "dbrx":
        attention, ffn = config.attn_config, config.ffn_config
        writer.add_feed_forward_length(ffn.ffn_hidden_size)
        writer.add_head_count_kv(attention.kv_n_heads)
        writer.add_rope_freq_base(attention.rope_theta)
        writer.add_clamp_kqv(attention.clip_qkv)
        writer.add_expert_count(ffn.moe_num_experts)
        writer.add_expert_used_count(ffn.moe_top_k)
        writer.add_layer_norm_eps(1e-5)
    if arch == "llama4":
        writer.add_feed_forward_length(config.intermediate_size_mlp)
        writer.add_expert_feed_forward_length(config.intermediate_size)
        writer.add_interleave_moe_layer_step(config.interleave_moe_layer_step)
    if arch == "hunyuan-moe":
        writer.add_expert_shared_feed_forward_length(config.intermediate_size)
        writer.add_expert_feed_forward_length(config.intermediate_size)
        writer.add_expert_shared_count(1)
    if arch == "afmoe":
        writer.add_expert_weights_norm(True)
    if arch == "exaone-moe":
        writer.add_expert_shared_feed_forward_length(config.moe_intermediate_size * config.num_shared_experts)
        writer.add_leading_dense_block_count(config.mlp_layer_types.count("dense"))
        writer.add_rope_scaling_type(gguf.RopeScalingType.NONE)
    if arch in {"apertus", "llama4"} and config.rope_parameters.get("rope_type") == "llama3":
        from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

        # llama.cpp divides frequencies by these numbers.
        usual, rope = config.rope_parameters["rope_theta"], ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")[0]
        pairs = torch.arange(0, 2 * len(rope), 2, dtype=torch.float32) / (2 * len(rope))
        writer.add_tensor("rope_freqs.weight", (usual**-pairs / rope).numpy())
    if arch == "mistral3":
        rope = config.rope_parameters
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        writer.add_rope_scaling_yarn_log_mul(rope["mscale_all_dim"])
        writer.add_attn_temperature_scale(rope["llama_4_scaling_beta"])
    if arch == "minicpm3":
        writer.add_key_length(config.qk_nope_head_dim + config.qk_rope_head_dim)
        writer.add_rope_dimension_count(config.qk_rope_head_dim)
    if arch == "kimi-linear":
        writer.add_head_count_kv([int(own) for own in kinds(config)])
        writer.add_uint32(f"{arch}.kda.head_dim", config.linear_head_dim)
        writer.add_rope_dimension_count(config.qk_rope_head_dim)
        writer.add_key_length(config.kv_lora_rank + config.qk_rope_head_dim)
        writer.add_key_length_mla(config.qk_nope_head_dim + config.qk_rope_head_dim)
        writer.add_value_length_mla(config.v_head_dim)
        writer.add_leading_dense_block_count(config.mlp_layer_types.count("dense"))
    if arch == "bailingmoe3":
        writer.add_head_count_kv([int(own) for own in kinds(config)])
        writer.add_uint32(f"{arch}.ssm.conv_kernel", config.short_conv_kernel_size)
        writer.add_uint32(f"{arch}.kda.head_dim", config.linear_head_dim)
        writer.add_bool(f"{arch}.kda.safe_gate", config.kda_safe_gate)
        writer.add_float32(f"{arch}.kda.gate_lower_bound", config.kda_lower_bound)
        writer.add_rope_dimension_count(config.qk_rope_head_dim)
        writer.add_key_length(config.kv_lora_rank + config.qk_rope_head_dim)
        writer.add_key_length_mla(config.qk_nope_head_dim + config.qk_rope_head_dim)
        writer.add_value_length_mla(config.v_head_dim)
        writer.add_expert_shared_feed_forward_length(config.moe_intermediate_size)
    if arch == "minimax-01":
        writer.add_float32(f"{arch}.residual_scale", config.full_attn_alpha_factor)
        d_head = config.head_dim or config.hidden_size // config.num_attention_heads
        writer.add_rope_dimension_count(getattr(config, "rotary_dim", d_head))
    if arch == "qwen4exp":
        writer.add_uint32(f"{arch}.hyper_connection.count", config.hc_count)
        writer.add_uint32(f"{arch}.hyper_connection.low_rank", config.hc_lowrank)
        writer.add_uint32(f"{arch}.embedding_length_out", config.hc_count * config.hidden_size)
        writer.add_uint32(f"{arch}.attention.indexer.head_count", config.indexer_n_heads)
        writer.add_uint32(f"{arch}.attention.indexer.key_length", config.indexer_head_dim)
        writer.add_uint32(f"{arch}.attention.indexer.top_k", config.indexer_budget)
        writer.add_array(f"{arch}.attention.compress_ratios", [config.indexer_compress_ratio * own for own in kinds(config)])
        writer.add_array(f"{arch}.ple.layers", [i - 1 for i in config.ple_layer_ids])
        for key, value in {
            "ngram_size": config.ngram_size, "heads_per_ngram": config.heads_per_ngram, "conv_kernel": config.ple_conv_kernel_size,
            "eos_token_id": config.eos_token_id,
        }.items():
            writer.add_uint32(f"{arch}.ple.{key}", value)
        width = config.ple_embed_dim // ((config.ngram_size - 1) * config.heads_per_ngram)
        writer.add_uint32(f"{arch}.embedding_length_per_layer_input", width)
        table = made.get_submodule(f"model.layers.{config.ple_layer_ids[0] - 1}.ple.ple_embedding")
        for key, values in {
            "layer_multipliers": table.layer_multipliers.tolist(), "head_offsets": table.head_offsets,
            "head_vocab_sizes": table.head_vocab_sizes,
        }.items():
            writer.add_key_value(f"{arch}.ple.{key}", values, gguf.GGUFValueType.ARRAY, sub_type=gguf.GGUFValueType.UINT64)
    if arch == "mimo2":
        # Three blocks behind the last one guess further ahead.
        slides = [kind == "sliding_attention" for kind in config.layer_types] + [True] * 3
        writer.add_block_count(layers(config) + 3)
        writer.add_nextn_predict_layers(3)
        writer.add_head_count_kv([config.num_key_value_heads * (1 + own) for own in slides])
        writer.add_sliding_window_pattern([int(own) for own in slides])
        writer.add_value_length(config.v_head_dim)
        writer.add_float32(f"{arch}.attention.value_scale", config.attention_value_scale)
    if arch == "laguna":
        writer.add_head_count(config.num_attention_heads_per_layer)
        writer.add_leading_dense_block_count(config.mlp_layer_types.count("dense"))
        writer.add_expert_weights_norm(True)
        writer.add_float32(f"{arch}.expert_weights_scale", config.moe_routed_scaling_factor)
    if arch in {"mimo2", "laguna"}:
        parts = {kind: rope["partial_rotary_factor"] for kind, rope in config.rope_parameters.items()}
        writer.add_rope_dimension_count(int(config.head_dim * parts["full_attention"]))
        if arch == "laguna":
            writer.add_uint32(f"{arch}.rope.dimension_count_swa", int(config.head_dim * parts["sliding_attention"]))
    if arch == "cohere2moe":
        wide = config.intermediate_size
        writer.add_feed_forward_length(config.prefix_dense_intermediate_size or wide)
        writer.add_expert_feed_forward_length(wide)
        writer.add_expert_shared_feed_forward_length(wide * config.num_shared_experts)
        writer.add_leading_dense_block_count(config.mlp_layer_types.count("dense"))
        writer.add_rope_dimension_count(config.head_dim)
        writer.add_rope_scaling_type(gguf.RopeScalingType.NONE)
    if arch == "granite_swa":
        writer.add_array(f"{arch}.attention.rope_pattern", [theta > 0 for theta in config.layer_rope_theta])
        writer.add_rope_freq_base(max(config.layer_rope_theta))
    if arch == "hy_v3":
        writer.add_expert_shared_feed_forward_length(config.moe_intermediate_size * config.num_shared_experts)
        writer.add_expert_weights_norm(True)
        writer.add_float32(f"{arch}.expert_weights_scale", config.router_scaling_factor)
    if arch in {"deepseek4", "hy_v4"}:
        writer.add_array(f"{arch}.swiglu_clamp_exp", [config.swiglu_limit] * layers(config))
        writer.add_uint32(f"{arch}.hyper_connection.count", config.hc_mult)
        writer.add_float32(f"{arch}.hyper_connection.epsilon", config.hc_eps)
    if arch == "hy_v4":
        writer.add_float32(f"{arch}.hyper_connection.magnitude", config.hc_magnitude)
        writer.add_leading_dense_block_count(config.mlp_layer_types.count("dense"))
    if arch == "deepseek4":
        rope = config.rope_parameters["compress"]
        ratios = dict(sliding_attention=0, compressed_sparse_attention=4, heavily_compressed_attention=128)
        writer.add_array(f"{arch}.attention.compress_ratios", [ratios[kind] for kind in config.layer_types])
        writer.add_float32(f"{arch}.attention.compress_rope_freq_base", config.compress_rope_theta)
        writer.add_uint32(f"{arch}.attention.output_lora_rank", config.o_lora_rank)
        writer.add_uint32(f"{arch}.attention.output_group_count", config.o_groups)
        writer.add_uint32(f"{arch}.hash_layer_count", config.mlp_layer_types.count("hash_moe"))
        writer.add_uint32(f"{arch}.hyper_connection.sinkhorn_iterations", config.hc_sinkhorn_iters)
        writer.add_rope_dimension_count(config.qk_rope_head_dim)
        writer.add_rope_freq_base(config.rope_theta)
        writer.add_uint32(f"{arch}.expert_gating_func", 4)
        writer.add_expert_weights_norm(True)
        writer.add_nextn_predict_layers(1)
        writer.add_sliding_window(config.sliding_window)
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        writer.add_float32(f"{arch}.rope.scaling.yarn_beta_fast", rope["beta_fast"])
        writer.add_float32(f"{arch}.rope.scaling.yarn_beta_slow", rope["beta_slow"])
    if arch in {"deepseek32", "glm-dsa", "deepseek4", "hy_v4"}:
        writer.add_uint32(f"{arch}.attention.indexer.head_count", config.index_n_heads)
        writer.add_uint32(f"{arch}.attention.indexer.key_length", config.index_head_dim)
        writer.add_uint32(f"{arch}.attention.indexer.top_k", config.index_topk)
    if arch in {"glm-dsa", "hy_v4"} and not older:
        writer.add_array(f"{arch}.attention.indexer.types", [kind == "full" for kind in config.indexer_types])
    if arch == "deepseek2-ocr":
        writer.add_rope_dimension_count(0)
        writer.add_leading_dense_block_count(config.mlp_layer_types.count("dense"))
    if arch == "hunyuan_vl":
        rope = config.rope_parameters
        writer.add_rope_dimension_sections([*rope["mrope_section"], 0])
        if rope["rope_type"] == "dynamic":
            writer.add_float32(f"{arch}.rope.scaling.alpha", rope["alpha"])
            writer.add_rope_scaling_type(gguf.RopeScalingType.NONE)
            writer.add_rope_scaling_factor(rope.get("factor", 1))
    if arch == "paddleocr":
        writer.add_rope_dimension_sections([2, 1, 1, 0])
    full = (getattr(config, "rope_parameters", None) or {}).get("full_attention", {})
    if arch in {"laguna", "mellum"} and full.get("rope_type") == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(full["factor"])
        writer.add_rope_scaling_orig_ctx_len(full["original_max_position_embeddings"])
        writer.add_float32(f"{arch}.rope.scaling.yarn_attn_factor", full["attention_factor"])
        writer.add_float32(f"{arch}.rope.scaling.yarn_beta_fast", full["beta_fast"])
        writer.add_float32(f"{arch}.rope.scaling.yarn_beta_slow", full["beta_slow"])
    if arch in DEEPSEEKS:
        width = config.qk_nope_head_dim + config.qk_rope_head_dim
        if older and arch == "deepseek2":
            writer.add_head_count_kv(config.num_attention_heads)
            writer.add_key_length(width)
            writer.add_value_length(config.v_head_dim)
        else:
            writer.add_head_count_kv(1)
            writer.add_key_length(config.kv_lora_rank + config.qk_rope_head_dim)
            writer.add_value_length(config.kv_lora_rank)
            writer.add_key_length_mla(width)
            writer.add_value_length_mla(config.v_head_dim)
        writer.add_rope_dimension_count(config.qk_rope_head_dim)
        if arch == "mistral4" and not older:
            writer.add_attn_temperature_scale(config.rope_parameters["llama_4_scaling_beta"])
        if config.model_type == "youtu":
            writer.add_leading_dense_block_count(layers(config))
            writer.add_expert_feed_forward_length(config.intermediate_size)
            writer.add_expert_shared_count(0)
        elif arch == "deepseek2":
            sigmoid = config.model_type != "deepseek_v2"
            kind = gguf.ExpertGatingFuncType
            writer.add_expert_gating_func(kind.SIGMOID if sigmoid else kind.SOFTMAX)
        if config.model_type == "glm4_moe_lite":
            writer.add_leading_dense_block_count(config.mlp_layer_types.count("dense"))
        rope = config.rope_parameters
        if rope["rope_type"] == "yarn":
            writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
            writer.add_rope_scaling_factor(rope["factor"])
            writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
            writer.add_rope_scaling_yarn_log_mul(0.1 * rope["mscale_all_dim"])
            for key in {"beta_fast", "beta_slow"} & rope.keys():
                writer.add_float32(f"{arch}.rope.scaling.yarn_{key}", rope[key])
    if arch == "lfm2":
        wide = 2 * config.intermediate_size // 3
        block = config.block_multiple_of
        writer.add_feed_forward_length(block * -(-int(config.block_ffn_dim_multiplier * wide) // block))
    if arch in {"gemma3n", "gemma4"}:
        writer.add_shared_kv_layers(config.num_kv_shared_layers)
        writer.add_embedding_length_per_layer_input(getattr(config, "hidden_size_per_layer_input", 0))
    if arch == "gemma3n":
        widths = config.intermediate_size
        writer.add_feed_forward_length(widths if isinstance(widths, list) else [widths] * layers(config))
        writer.add_altup_active_idx(config.altup_active_idx)
        writer.add_altup_num_inputs(config.altup_num_inputs)
        normal = torch.distributions.normal.Normal(0, 1)
        cuts = [normal.icdf(torch.tensor(s, dtype=torch.float32)).item() for s in config.activation_sparsity_pattern]
        writer.add_activation_sparsity_scale(cuts)
    if arch == "gemma4":
        sliding = [kind == "sliding_attention" for kind in config.layer_types]
        blocks = [config.per_layer_config[i] for i in range(layers(config))]
        narrow, wide = blocks[sliding.index(True)].head_dim, blocks[sliding.index(False)].head_dim
        writer.add_head_count_kv([block.num_key_value_heads for block in blocks])
        writer.add_key_length(wide)
        writer.add_value_length(wide)
        writer.add_key_length_swa(narrow)
        writer.add_value_length_swa(narrow)
        writer.add_rope_dimension_count(wide)
        writer.add_rope_dimension_count_swa(narrow)
        first = layers(config) - config.num_kv_shared_layers
        widths = [config.intermediate_size * (1 + (i >= first)) for i in range(layers(config))]
        writer.add_feed_forward_length(widths if config.use_double_wide_mlp else widths[0])
        if getattr(config, "top_k_experts", None):
            writer.add_expert_used_count(config.top_k_experts)
        turning = config.rope_parameters["full_attention"]["partial_rotary_factor"]
        pairs = wide // 2
        turning = int(wide * turning / 2)
        factors = np.array([1.0] * turning + [1e30] * (pairs - turning), dtype=np.float32)
        writer.add_tensor("rope_freqs.weight", factors)
