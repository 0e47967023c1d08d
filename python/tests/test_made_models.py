"""Families without a model under `fixtures/models`, made on the spot: their logits are as near to float64 as
transformers' own float32, by a factor of 4."""

import dataclasses
import json
import re
import shutil

import pytest
import torch
import transformers
from conftest import FIXTURES, PROMPT
from safetensors.torch import load_file, save_file
from transformers import CONFIG_MAPPING, PreTrainedTokenizerFast
from transformers.models.auto import modeling_auto

#: The value of each field in a small model.
SIZES = {
    name: size
    for size, names in {
        16: "hidden_size d_model n_embd out_hidden_size embed_dim",
        24: "intermediate_size ffn_dim decoder_ffn_dim encoder_ffn_dim ffn_hidden_size intermediate_size_mlp",
        12: "moe_intermediate_size shared_expert_intermediate_size shared_intermediate_size",
        2: "num_hidden_layers n_layer n_layers num_layers decoder_layers encoder_layers num_attention_heads"
        " attention_heads decoder_attention_heads encoder_attention_heads num_experts_per_tok moe_k moe_topk n_group"
        " num_heads n_groups",
        1: "num_key_value_heads topk_group first_k_dense_replace depth n_shared_experts",
        4: "n_head n_heads num_experts num_local_experts n_routed_experts moe_num_experts num_kv_heads qk_rope_head_dim"
        " hidden_size_per_layer_input",
        8: "head_dim rotary_dim attention_chunk_size pronunciation_embed_dim qk_nope_head_dim kv_lora_rank",
        6: "sliding_window v_head_dim q_lora_rank",
        272: "vocab_size vocab_size_per_layer_input",
        64: "max_position_embeddings n_positions max_seq_len",
        14: "patch_size",
        28: "image_size",
    }.items()
    for name in names.split()
}
#: Heads that expand from a latent vector each have keys of their own.
LATENT = dict(num_key_value_heads=2, q_lora_rank=6)
#: Fewer keys than the prompt has tokens.
INDEXED = dict(index_topk=5, index_head_dim=6, index_n_heads=8, mlp_layer_types=["dense", "sparse"])
GEMMA4 = dict(global_head_dim=16, num_kv_shared_layers=2, num_hidden_layers=4, use_double_wide_mlp=True,
              layer_types=["sliding_attention", "full_attention"] * 2)
MROPE = dict(rope_type="default", rope_theta=10000.0, mrope_section=[2, 1, 1])
HALF = dict(MROPE, mrope_section=[1, 1, 0], partial_rotary_factor=0.5)
STRETCHED_BASE = dict(rope_type="dynamic", rope_theta=20.0, alpha=3.0, factor=1.0)
LINEAR = ["linear_attention", "full_attention"]
CONV = ["conv", "full_attention"]
DELTA = dict(
    layer_types=LINEAR, linear_num_key_heads=2, linear_num_value_heads=4, linear_key_head_dim=4,
    linear_value_head_dim=6,
)
#: Fewer runs of keys than the prompt has, and tables in parts of which the last is shorter.
QWEN4 = dict(
    DELTA, num_hidden_layers=3, layer_types=["linear_attention", "full_attention", "linear_attention"], hc_count=3,
    hc_lowrank=5, indexer_n_heads=5, indexer_kv_heads=1, indexer_head_dim=8, indexer_budget=4, indexer_compress_ratio=2,
    ple_layer_ids=[1, 3], ple_embed_dim=12, ple_conv_kernel_size=3, heads_per_ngram=2, ngram_vocab_size_base=40,
    make_ngram_vocab_size_divisible_by=7, split_ngram_parts=3, eos_token_id=101, rope_parameters=HALF,
)
#: The fields that a family needs beyond these sizes.
OWN = {
    "axk1": dict(LATENT, num_experts_per_tok=1),
    "axk2": dict(LATENT, **INDEXED, num_experts_per_tok=1, gated_norm_rank=3, n_group=2, topk_group=1),
    "bailing_hybrid": dict(
        num_key_value_heads=2, num_hidden_layers=3, head_dim=4, kda_lower_bound=-2.0, num_local_experts=4, num_experts_per_tok=2, n_group=2,
        topk_group=1, num_mtp_layers=0, layer_types=["linear_attention", "full_attention", "linear_attention"],
        kv_lora_rank=6,
    ),
    "bamba": dict(attn_layer_indices=[1], mamba_n_heads=4, mamba_d_state=4),
    "codegen": dict(rotary_dim=4),
    "cohere_compass_text": dict(
        layer_types=["sliding_attention", "full_attention"], logit_scale=0.5, head_dim=8,
        rope_parameters=dict(
            sliding_attention=dict(rope_type="default", rope_theta=100.0, mrope_section=[2, 1, 1]),
            full_attention=None,
        ),
    ),
    "dbrx": dict(
        attn_config=dict(kv_n_heads=2, clip_qkv=0.5, rope_theta=10000.0),
        ffn_config=dict(ffn_hidden_size=12, moe_num_experts=4, moe_top_k=2, hidden_size=16),
    ),
    "deepseek_ocr2_text": dict(num_key_value_heads=2, num_experts_per_tok=2, mlp_layer_types=["dense", "sparse"]),
    "deepseek_v2": dict(LATENT, topk_method="group_limited_greedy", num_experts_per_tok=1, n_group=2, topk_group=1),
    "deepseek_v3": dict(LATENT, num_mtp_layers=0),
    "deepseek_v32": dict(LATENT, **INDEXED),
    "deepseek_v4": dict(
        num_hidden_layers=3, num_key_value_heads=1, partial_rotary_factor=0.5, rope_theta=20.0, compress_rope_theta=60.0,
        layer_types=["sliding_attention", "compressed_sparse_attention", "heavily_compressed_attention"],
        compress_rates=dict(compressed_sparse_attention=2, heavily_compressed_attention=5), o_groups=2, o_lora_rank=6,
        index_n_heads=8, index_head_dim=8, index_topk=3, mlp_layer_types=["hash_moe", "moe", "moe"], hc_mult=3,
        swiglu_limit=0.5, rope_scaling=dict(
            rope_type="yarn", factor=4.0, original_max_position_embeddings=8, beta_fast=32.0, beta_slow=1.0),
    ),
    "dots1": dict(n_shared_experts=1),
    "emu3": dict(vocabulary_map={"<image>": 5, "<|extra_200|>": 6}),
    "falcon": dict(num_kv_heads=2, new_decoder_architecture=True),
    "falcon_h1": dict(
        mamba_d_ssm=32, mamba_n_heads=4, mamba_d_state=4, mamba_n_groups=2, mamba_rms_norm=True, ssm_in_multiplier=0.75,
        ssm_multipliers=[0.7, 1.2, 0.8, 1.3, 0.6], ssm_out_multiplier=1.25, attention_in_multiplier=0.8,
        attention_out_multiplier=1.2, key_multiplier=0.7, mlp_multipliers=[0.8, 1.3], embedding_multiplier=1.5,
        lm_head_multiplier=0.8,
    ),
    "falcon_mamba": dict(state_size=4),
    "flint": dict(mlp_only_layers=[0]),
    "granitemoe_swa": dict(
        layer_rope_theta=[0, 100.0], num_key_value_heads=1, shared_intermediate_size=12, sliding_window=6,
        embedding_multiplier=1.5, residual_multiplier=0.8, attention_multiplier=0.3, logits_scaling=1.2,
        layer_types=["full_attention", "sliding_attention"]),
    "gemma4_text": dict(GEMMA4, enable_moe_block=True, top_k_experts=2, num_experts=4, moe_intermediate_size=6),
    "gemma4_unified_text": GEMMA4,
    "glm4_moe_lite": LATENT,
    "glm4v_moe_text": dict(rope_parameters=HALF),
    "glm4v_text": dict(rope_parameters=HALF),
    "glm_ocr_text": dict(rope_parameters=HALF),
    "granitemoehybrid": dict(
        layer_types=["linear_attention", "full_attention"], mamba_n_heads=4, mamba_d_state=4, num_key_value_heads=1,
        embedding_multiplier=1.5, residual_multiplier=0.8, attention_multiplier=0.3, logits_scaling=1.2,
    ),
    "hunyuan_v1_moe": dict(head_dim=8),
    "hy_v4": dict(
        LATENT, num_hidden_layers=3, index_n_heads=8, index_head_dim=8, index_topk=5, hc_mult=3, hc_magnitude=1.5,
        hc_eps=0.02, swiglu_limit=0.5, indexer_types=["full", "full", "shared"], n_group=1,
    ),
    "hunyuan_vl_text": dict(head_dim=8, rope_parameters=MROPE),
    "mimo_v2_flash": dict(
        head_dim=16, num_attention_heads=4, n_group=2, topk_group=1, routed_scaling_factor=1.5, attention_bias=True,
        layer_types=["full_attention", "sliding_attention"], mlp_layer_types=["dense", "sparse"]),
    "minicpm3": LATENT,
    "jamba": dict(attn_layer_period=2, attn_layer_offset=1, mamba_d_state=4, mamba_dt_rank=3),
    "kimi_linear": dict(LATENT, layer_types=LINEAR, linear_num_heads=2, linear_head_dim=4, mlp_layer_types=["dense", "sparse"]),
    "lfm2": dict(layer_types=CONV, block_multiple_of=8),
    "lfm2_moe": dict(layer_types=CONV, num_dense_layers=1),
    "lfm3": dict(num_hidden_layers=3, layer_types=["conv", "sliding_attention", "full_attention"]),
    "longcat_flash": dict(
        LATENT, head_dim=4, zero_expert_num=2, expert_ffn_hidden_size=12, routed_scaling_factor=1.5, moe_topk=3,
    ),
    "mamba": dict(state_size=4),
    "mamba2": dict(num_heads=4, state_size=4, n_groups=2),
    "minimax": dict(
        layer_types=LINEAR, block_size=8, linear_attn_alpha_factor=1.4, linear_attn_beta_factor=0.7,
        full_attn_alpha_factor=1.3, mlp_alpha_factor=1.2, mlp_beta_factor=0.8,
    ),
    "ministral": dict(head_dim=8),
    "mistral4": dict(LATENT, rope_parameters=dict(
        rope_type="yarn", rope_theta=20.0, factor=4.0, original_max_position_embeddings=8, beta_fast=32.0, beta_slow=1.0,
        mscale=1.0, mscale_all_dim=0.5, llama_4_scaling_beta=0.5)),
    "mpt": dict(attn_config=dict(clip_qkv=0.5)),
    "nemotron": dict(num_key_value_heads=1),
    "nemotron_h": dict(
        layers_block_type=["linear_attention", "moe", "full_attention", "mlp"], mamba_num_heads=4, mamba_head_dim=8,
        ssm_state_size=4, moe_shared_expert_intermediate_size=12,
    ),
    "olmo_hybrid": dict(DELTA, linear_num_value_heads=2, linear_value_head_dim=4, num_key_value_heads=1),
    "paddleocr_vl_text": dict(rope_parameters=MROPE),
    "youtu": LATENT,
    "qwen3_5_moe_text": dict(DELTA, rope_parameters=HALF),
    "qwen3_5_text": dict(DELTA, rope_parameters=HALF),
    "qwen3_next": dict(DELTA),
    "qwen4_exp_text": QWEN4,
    "recurrent_gemma": dict(num_hidden_layers=3, lru_width=12, attention_window_size=6, conv1d_width=3, logits_soft_cap=3.0),
    "rwkv": dict(num_hidden_layers=3, attention_hidden_size=12, rescale_every=2),
    "radio": dict(video_temporal_patch_size=2),
    "xmod": dict(default_language="en_XX"),
    "xlstm": dict(ffn_round_up_to_multiple_of=8, gate_soft_cap=2.0, use_bias=True, output_logit_soft_cap=3.0),
    "zamba": dict(
        num_hidden_layers=4, layers_block_type=["mamba", "hybrid", "mamba", "hybrid"], n_mamba_heads=2, mamba_d_state=4,
        mamba_dt_rank=3, num_key_value_heads=2,
    ),
    "zamba2": dict(
        num_hidden_layers=4, layers_block_type=["mamba", "hybrid", "hybrid", "hybrid"], n_mamba_heads=4, mamba_d_state=4,
        mamba_ngroups=2, num_mem_blocks=2, adapter_rank=3, use_shared_attention_adapter=True, use_mem_rope=True,
        num_key_value_heads=2, add_bias_linear=True,
    ),
}
#: Blocks before the mixtures turn and are of another width; the mean of shared and chosen experts is added.
AVERAGED = dict(
    num_shared_experts=2, expert_selection_fn="sigmoid", num_hidden_layers=3, prefix_dense_intermediate_size=20,
    mlp_layer_types=["dense", "sparse", "sparse"], layer_types=["full_attention", "sliding_attention", "full_attention"],
)
#: Further small models of a family, each with an option that its published models use.
VARIANTS = {
    "cohere2_moe": [
        AVERAGED,
        dict(num_shared_experts=1, shared_expert_combination_strategy="sum", norm_topk_prob=False),
        dict(num_shared_experts=1, expert_selection_fn="sigmoid", norm_topk_prob=False),
    ],
    "doge": [dict(sliding_window=6, keep_window_size=4, attention_bias=True, mlp_bias=True)],
    "falcon": [
        dict(new_decoder_architecture=False, alibi=True, multi_query=False, bias=True, parallel_attn=False),
        dict(new_decoder_architecture=False, alibi=True, num_attention_heads=4, num_kv_heads=4),
        dict(new_decoder_architecture=False, parallel_attn=False),
        dict(num_ln_in_parallel_attn=1),
    ],
    "granite_swa": [dict(attention_bias=True, mlp_bias=True, num_key_value_heads=1)],
    "hunyuan_v1_dense": [dict(head_dim=8, rope_parameters=STRETCHED_BASE)],
    "hunyuan_v1_moe": [dict(rope_parameters=STRETCHED_BASE)],
    "laguna": [dict(gating="per-element", attention_bias=True, num_attention_heads_per_layer=None,
                    layer_types=["sliding_attention", "full_attention"])],
    "modernbert-decoder": [dict(norm_bias=True, attention_bias=True, mlp_bias=True, classifier_bias=True,
                                decoder_bias=False, classifier_activation="silu")],
    # Convolutions of three sizes, which transformers saves in three equal parts.
    "olmo_hybrid": [dict(linear_num_value_heads=4, linear_value_head_dim=6)],
    "roformer": [dict(embedding_size=12)],
    "xlm": [dict(causal=True, gelu_activation=False)],
    "xmod": [
        dict(pre_norm=True),
        dict(adapter_layer_norm=True, languages=["en_XX", "zh_CN"], default_language="zh_CN"),
        dict(adapter_reuse_layer_norm=False, ln_before_adapter=False),
    ],
}
#: Encoders that may be decoders too.
ENCODERS = ["big_bird", "flaubert", "megatron-bert", "rembert", "roberta-prelayernorm", "roformer", "xlm-roberta-xl"]
#: Families whose other parts are not made: they need another package, a file, or hundreds of megabytes.
UNMADE = {"deepseek_vl_hybrid", "fast_vlm", "gemma3n", "granite4_vision", "janus", "llama4", "perception_lm", "shieldgemma2"}


def renamed(folder, name):
    """Give tensors the names that `name` gives them."""
    path = folder / "model.safetensors"
    save_file({name(key): tensor for key, tensor in load_file(path).items()}, path, {"format": "pt"})


def of_kimi(folder):
    renamed(folder, lambda key: key.replace("language_model.model.blocks.", "language_model.model.layers."))


def inside(family):
    """Make a folder one of this family, whose model thinks as the folder's does, and speaks."""

    def around(folder):
        renamed(folder, lambda key: f"thinker.{key}")
        path = folder / "config.json"
        path.write_text(json.dumps({"model_type": family, "thinker_config": json.loads(path.read_text())}))

    return around


def adapted(folder):
    """Make a folder one with adapters, which text does not use."""
    renamed(folder, lambda key: key.replace("_proj.weight", "_proj.base_layer.weight"))
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model_type": "phi4mm"}))


#: Changes to what transformers writes that give what is published. It reads both.
PUBLISHED = {
    "kimi_k25": of_kimi,
    "phi4_multimodal": adapted,
    "qwen2_5_omni_thinker": inside("qwen2_5_omni"),
    "qwen3_omni_moe_thinker": inside("qwen3_omni_moe"),
}


def families():
    """The families without a model among the fixtures, from the page that is generated of them."""
    page = (FIXTURES.parents[1] / "docs" / "models.md").read_text("utf-8")
    _, rest = page.split("# Families without a model here")
    listed = next(line for line in rest.splitlines() if line.startswith("`"))
    return re.findall(r"`([^`]+)`", listed)


def tiny(cls, more=()):
    """A small config of this class, and of the configs inside it; `more` fields come last."""
    usual = cls()
    fields = {f.name for f in dataclasses.fields(cls)}
    known = {n: SIZES[n] for n in fields & SIZES.keys() if isinstance(vars(usual).get(n), int)}
    ids = {n: 7 for n in fields if re.search(r"token_(id|index)$", n) and isinstance(getattr(usual, n), int)}
    inner = {n: tiny(type(getattr(usual, n))) for n in cls.sub_configs if getattr(usual, n, None) is not None}
    if "mrope_section" in str(getattr(cls, "ignore_keys_at_rope_validation", "")):
        known["rope_parameters"] = MROPE
    if "layer_types" in fields and {"sliding_attention", "full_attention"} <= set(usual.layer_types or ()):
        known["layer_types"] = ["sliding_attention", "full_attention"]
    return cls(**{**ids, **known, **inner, **OWN.get(cls.model_type, {}), **dict(more)})


def model(name, more=()):
    """A small model of a family, with `more` fields of its config, and weights large enough for faults to show."""
    torch.manual_seed(0)
    encodes = dict(more).get("is_decoder") is False
    kind = next(
        mapping[name]
        for mapping in (
            modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES if encodes else {},
            modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
            modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        )
        if name in mapping
    )
    config = tiny(CONFIG_MAPPING[name], more)
    for own in [config, *(getattr(config, n) for n in config.sub_configs)]:
        if own is not None:
            own._experts_implementation = "eager"
    if hasattr(config, "is_decoder") and not encodes:
        config.is_decoder = True
    # Falcon's plain attention adds the penalties of distance twice, its usual one once.
    attention = "sdpa" if dict(more).get("alibi") else "eager"
    made = getattr(transformers, kind)._from_config(config, attn_implementation=attention).eval()
    with torch.no_grad():
        for p in made.parameters():
            if p.requires_grad:
                p.add_(torch.randn_like(p) * 0.15)
        for key, buffer in made.named_buffers():
            if re.search("(correction|expert)_bias$", key):
                buffer.add_(torch.randn_like(buffer) * 0.3)
            elif key.endswith("tid2eid"):  # two experts of each token, by its id
                token = torch.arange(len(buffer))
                buffer.copy_(torch.stack([token % 4, (token // 4 + token + 1) % 4], -1))
    return made


def logits(made, ids):
    with torch.no_grad():
        return made(input_ids=ids[None], use_cache=False).logits[0]


def test_what_is_made_is_computed(layerwise, tmp_path):
    with_models = {json.loads((p / "config.json").read_text())["model_type"] for p in FIXTURES.iterdir()}
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(FIXTURES / "llama" / "tokenizer.json"))
    ids = torch.tensor(tokenizer(PROMPT)["input_ids"])
    mapped = [modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES]
    # A text model inside another is made with it.
    alone = [name for name in families() if any(name in mapping for mapping in mapped)]
    todo = [(name, {}) for name in alone if name not in with_models | UNMADE]
    todo += [(name, dict(is_decoder=False)) for name in ENCODERS]
    todo += [(name, more) for name, variants in VARIANTS.items() for more in variants]
    wrong, made_ones = [], 0
    todo = [(*each, False) for each in todo] + [(name, {}, True) for name in PUBLISHED]
    for name, more, published in todo:
        folder = tmp_path / name
        shutil.rmtree(folder, ignore_errors=True)
        made = model(name, more)
        made.save_pretrained(folder)
        if published:
            PUBLISHED[name](folder)
        tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        single = logits(made, ids)
        try:
            double = logits(made.double(), ids)
            own = (single - double).abs().max().item()
        except RuntimeError:  # It does not run in float64.
            double, own = single, 5e-7 * single.abs().max().item()
        code, said = layerwise("record", folder, "-p", PROMPT, "-o", tmp_path / "t")
        if code:
            wrong.append(f"{name} {more} {published}: {said}")
            continue
        error = (load_file(tmp_path / "t")["logits"] - double).abs().max().item()
        bound = 4 * own + 1e-7 * double.abs().max().item()
        made_ones += 1
        if not error <= bound:
            wrong.append(f"{name} {more} {published}: off by {error:e}, at most {bound:e}")
    assert not wrong, "\n".join(wrong)
    assert made_ones > 60
