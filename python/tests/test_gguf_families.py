"""A GGUF file of each family that has none among the fixtures, made on the spot: its logits are those of the folder.
"""

import pytest
import torch
from conftest import FIXTURES, PROMPT
from test_made_models import AVERAGED, OWN, STRETCHED_BASE, model
from transformers import PreTrainedTokenizerFast

pytest.importorskip("gguf")
from gguf_files import write  # noqa: E402

YARN = dict(
    rope_type="yarn", rope_theta=50.0, factor=4.0, original_max_position_embeddings=8, mscale=0.7, mscale_all_dim=0.7,
)
GEMMA3N = dict(
    num_hidden_layers=4, layer_types=["sliding_attention", "full_attention"] * 2, num_kv_shared_layers=2,
    intermediate_size=[24, 24, 32, 32], activation_sparsity_pattern=[0.9, 0.0, 0.0, 0.5], laurel_rank=4,
)
STRETCHED = dict(
    rope_type="yarn", rope_theta=20.0, factor=4.0, original_max_position_embeddings=8, beta_fast=32.0, beta_slow=1.0,
    attention_factor=1.3,
)
#: Rotary positions of two kinds of blocks, of which one is stretched.
TWO_KINDS = dict(
    full_attention=STRETCHED, sliding_attention=dict(rope_type="default", rope_theta=30.0, partial_rotary_factor=1.0),
)
INDEXED = dict(index_topk=5, index_head_dim=6, index_n_heads=8, num_key_value_heads=2, q_lora_rank=6)
FOUR = dict(num_hidden_layers=4, layer_types=["full_attention"] + ["sliding_attention"] * 3)
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
    "granite_swa": ("granite_swa", dict(
        FOUR, attention_bias=True, mlp_bias=True, layer_rope_theta=[0, 100.0, 100.0, 0], sliding_window=6, residual_multiplier=0.5)),
    "granitemoe_swa": ("granite_swa", {}),
    "dots1": ("dots1", dict(n_shared_experts=1, n_routed_experts=4, num_experts_per_tok=2, n_group=1, topk_group=1)),
    "glm4_moe": ("glm4moe", dict(head_dim=8, use_qk_norm=True)),
    "phimoe": ("phimoe", dict(lm_head_bias=True, attention_bias=True)),
    "ernie4_5_moe": ("ernie4_5-moe", dict(moe_num_shared_experts=1, moe_layer_start_index=1)),
    "mpt": ("mpt", {}),
    "qwen2_vl": ("qwen2vl", {}),
    "qwen3_vl": ("qwen3vl", {}),
    "qwen3_vl_moe": ("qwen3vlmoe", {}),
    "minimax_m2": ("minimax-m2", dict(head_dim=8)),
    "qwen3_next": ("qwen3next", {}),
    "qwen3_5_text": ("qwen35", {}),
    "qwen3_5_moe_text": ("qwen35moe", {}),
    "lfm2": ("lfm2", {}),
    "lfm2_moe": ("lfm2moe", {}),
    "mamba": ("mamba", {}),
    "falcon_mamba": ("mamba", {}),
    "mamba2": ("mamba2", {}),
    "jamba": ("jamba", dict(num_hidden_layers=4)),
    "falcon_h1": ("falcon-h1", dict(mamba_norm_before_gate=False)),
    "granitemoehybrid": ("granitehybrid", {}),
    "bamba": ("granitehybrid", {}),
    "nemotron_h": ("nemotron_h_moe", {}),
    "deepseek_v2": ("deepseek2", dict(rope_parameters=YARN)),
    "deepseek_v3": ("deepseek2", dict(rope_parameters=YARN)),
    "glm4_moe_lite": ("deepseek2", {}),
    "youtu": ("deepseek2", {}),
    "minicpm3": ("minicpm3", dict(v_head_dim=8, scale_emb=12, scale_depth=1.4, dim_model_base=256)),
    "gemma3n_text": ("gemma3n", GEMMA3N),
    "gemma4_text": ("gemma4", {}),
    "jais2": ("jais2", {}),
    "bitnet": ("bitnet", dict(tie_word_embeddings=True, hidden_act="silu")),
    "ministral3": ("mistral3", dict(rope_parameters=dict(YARN, mscale=1.0, llama_4_scaling_beta=0.3))),
    "glm": ("chatglm", dict(head_dim=8, attention_bias=True, rms_norm_eps=1e-5)),
    "falcon": ("falcon", dict(ffn_hidden_size=64)),
    "apertus": ("apertus", {}),
    "hunyuan_v1_moe": ("hunyuan-moe", {}),
    "afmoe": ("afmoe", dict(num_hidden_layers=4, layer_types=None, mup_enabled=True)),
    "exaone_moe": ("exaone-moe", {}),
    "dbrx": ("dbrx", {}),
    "llama4_text": ("llama4", dict(num_hidden_layers=4, attention_chunk_size=8192)),
    "glm4v": ("glm4", {}),
    "gemma4_unified_text": ("gemma4", dict(attention_k_eq_v=True, num_global_key_value_heads=2)),
    "kimi_linear": ("kimi-linear", dict(num_experts=4, num_experts_per_token=2)),
    "bailing_hybrid": ("bailingmoe3", dict(norm_topk_prob=True)),
    "minimax": ("minimax-01", dict(
        num_hidden_layers=8, layer_types=(["linear_attention"] * 7 + ["full_attention"]), linear_attn_alpha_factor=1.3,
        full_attn_alpha_factor=1.3, mlp_alpha_factor=1.3, linear_attn_beta_factor=1.0, mlp_beta_factor=1.0)),
    "qwen4_exp_text": ("qwen4exp", dict(
        num_hidden_layers=4, layer_types=["linear_attention", "full_attention"] * 2, ple_layer_ids=[3], output_gate_type="sigmoid")),
    "deepseek_v32": ("deepseek32", {}),
    "glm_moe_dsa": ("glm-dsa", dict(
        INDEXED, num_hidden_layers=4, indexer_types=["full", "shared", "full", "shared"],
        mlp_layer_types=["dense"] + ["sparse"] * 3)),
    "mistral4": ("mistral4", dict(
        first_k_dense_replace=1, rope_parameters=dict(
            STRETCHED, attention_factor=None, mscale=0.7, mscale_all_dim=0.7, llama_4_scaling_beta=0.5))),
    "mimo_v2_flash": ("mimo2", dict(
        routed_scaling_factor=1.0, num_hidden_layers=3, mlp_layer_types=["dense", "sparse", "sparse"],
        layer_types=["full_attention", "sliding_attention", "full_attention"])),
    "laguna": ("laguna", dict(
        FOUR, num_attention_heads_per_layer=[2, 3, 3, 3], moe_routed_scaling_factor=1.5,
        mlp_layer_types=["dense"] + ["sparse"] * 3,
        rope_parameters=dict(TWO_KINDS, full_attention=dict(STRETCHED, partial_rotary_factor=0.5)))),
    "mellum": ("mellum", dict(
        num_local_experts=4, layer_types=["sliding_attention", "full_attention"], rope_parameters=TWO_KINDS)),
    "cohere2_moe": ("cohere2moe", AVERAGED),
    "hy_v3": ("hy_v3", {}),
    "hy_v4": ("hy_v4", {}),
    "deepseek_v4": ("deepseek4", dict(
        compress_rates=dict(compressed_sparse_attention=4, heavily_compressed_attention=128), max_position_embeddings=256)),
    "hunyuan_vl": ("hunyuan_vl", {}),
    "paddleocr_vl": ("paddleocr", {}),
    "deepseek_ocr2": ("deepseek2-ocr", {}),
    "glm_ocr": ("glm4", {}),
    "glm4v_moe": ("glm4moe", {}),
    "solar_open": ("glm4moe", {}),
}

#: Files of the same families in other forms: the family, llama.cpp's architecture, the fields that differ, and
#: whether the converter was an older one.
FORMS = {
    "deepseek_v2, queries without a latent": ("deepseek_v2", "deepseek2", dict(
        q_lora_rank=None, topk_method="greedy", n_group=None, topk_group=None, num_experts_per_tok=2), False),
    "deepseek_v3, keys and values together": ("deepseek_v3", "deepseek2", {}, True),
    "qwen3_next, all projections together": ("qwen3_next", "qwen3next", {}, True),
    "qwen3_5_text, a value head for each key": ("qwen3_5_text", "qwen35", dict(linear_num_value_heads=2), False),
    "granitemoehybrid, no experts": ("granitemoehybrid", "granitehybrid", dict(
        num_local_experts=0, shared_intermediate_size=24), False),
    "nemotron_h, no experts": ("nemotron_h", "nemotron_h", dict(
        layers_block_type=["linear_attention", "mlp", "full_attention", "mlp"]), False),
    "falcon_h1, mixers without norms": ("falcon_h1", "falcon-h1", dict(mamba_rms_norm=False), False),
    "falcon, one norm and one key": ("falcon", "falcon", dict(
        ffn_hidden_size=64, new_decoder_architecture=False, multi_query=True, num_kv_heads=1), False),
    "falcon, one norm and several keys": ("falcon", "falcon", dict(
        ffn_hidden_size=64, num_ln_in_parallel_attn=1), False),
    "jamba, attention twice": ("jamba", "jamba", dict(num_hidden_layers=5, attn_layer_period=3), False),
    "laguna, a gate for each element": ("laguna", "laguna", dict(gating="per-element"), False),
    "glm_moe_dsa, each block chooses": ("glm_moe_dsa", "glm-dsa", dict(indexer_types=["full"] * 4), True),
    "mistral4, scores that grow as the published model's": ("mistral4", "mistral4", dict(
        rope_parameters=dict(STRETCHED, attention_factor=None, mscale=0.7, mscale_all_dim=0.7, llama_4_scaling_beta=0.1)), True),
    "mimo_v2_flash, queries, keys and values together": ("mimo_v2_flash", "mimo2", dict(attention_bias=False), False),
    "granitemoe_swa, no shared expert": ("granitemoe_swa", "granite_swa", dict(shared_intermediate_size=0), False),
    "gemma4_text, one width": ("gemma4_text", "gemma4", dict(use_double_wide_mlp=False, enable_moe_block=False), False),
}


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_have_the_logits_of_their_folders(form, both, tmp_path, monkeypatch):
    family, arch, own, older = FORMS[form]
    monkeypatch.setitem(OWN, family, {**OWN.get(family, {}), **FAMILIES[family][1], **own})
    has_logits_of_folder(family, arch, older, both, tmp_path)


@pytest.mark.parametrize("family", ["qwen3_next", "dots1", "minimax_m2", "kimi_linear", "laguna", "granitemoe_swa", "qwen4_exp_text", "bailing_hybrid"])
def test_gates_and_linear_halves_may_be_one_tensor(family, both, tmp_path, monkeypatch):
    monkeypatch.setitem(OWN, family, {**OWN.get(family, {}), **FAMILIES[family][1]})
    has_logits_of_folder(family, FAMILIES[family][0], False, both, tmp_path, fuse=True)


def test_as_much_of_a_head_turns_as_the_file_says(both, tmp_path, monkeypatch):
    monkeypatch.setitem(OWN, "minimax", {**OWN["minimax"], **FAMILIES["minimax"][1], "rotary_dim": 4})
    _, file = traces("minimax", "minimax-01", False, both, tmp_path)
    q, turned = (file[f"blocks.7.attn.hook_{name}"] for name in ("q", "rot_q"))
    assert torch.equal(q[..., 4:], turned[..., 4:]) and not torch.equal(q[-1, :, :4], turned[-1, :, :4])


def test_stretched_bases_are_the_files(both, tmp_path, monkeypatch):
    rope = dict(STRETCHED_BASE, mrope_section=[2, 1, 1])
    monkeypatch.setitem(OWN, "hunyuan_vl_text", dict(OWN["hunyuan_vl_text"], rope_parameters=rope))
    has_logits_of_folder("hunyuan_vl", "hunyuan_vl", False, both, tmp_path)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_has_the_logits_of_its_folder(family, both, tmp_path, monkeypatch):
    monkeypatch.setitem(OWN, family, {**OWN.get(family, {}), **FAMILIES[family][1]})
    has_logits_of_folder(family, FAMILIES[family][0], False, both, tmp_path)


def has_logits_of_folder(family, arch, older, both, tmp_path, fuse=False):
    folder, file = (trace["logits"] for trace in traces(family, arch, older, both, tmp_path, fuse))
    assert folder.shape == file.shape and folder.std() > 1e-3
    # Numbers in keys are float32.
    torch.testing.assert_close(file, folder, rtol=1e-5, atol=1e-6 * folder.abs().max().item())


def traces(family, arch, older, both, tmp_path, fuse=False):
    """The traces of a small model's folder and of its file."""
    made = model(family)
    made.save_pretrained(tmp_path)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(FIXTURES / "llama" / "tokenizer.json"))
    tokenizer.backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    write(tmp_path / "model.gguf", arch, made, tokenizer, older, fuse)
    # An entry may stand for 128 tokens.
    prompt = PROMPT * (5 if arch == "deepseek4" else 1)
    return both(tmp_path, tmp_path / "model.gguf", prompt=prompt)
