"""Models of about 100M random parameters with recurrent mixers, for `benches/forward.rs`.

    python make_recurrent.py FOLDER TOKENIZER

FOLDER gets a folder for each of qwen3_next, mamba2, lfm2 and kimi_linear, with TOKENIZER, a tokenizer.json, in it.
"""

import pathlib
import shutil
import sys

import torch
import transformers as tf

SIZES = dict(vocab_size=8192, hidden_size=768, bos_token_id=None, eos_token_id=None, pad_token_id=None)
HEADS = dict(num_attention_heads=12, num_key_value_heads=4, intermediate_size=2048, max_position_embeddings=4096)
MODELS = {
    "qwen3_next": tf.Qwen3NextConfig(
        **SIZES, **HEADS, num_hidden_layers=12, head_dim=64, linear_num_key_heads=6, linear_num_value_heads=12,
        linear_key_head_dim=64, linear_value_head_dim=64, num_experts=8, num_experts_per_tok=2,
        moe_intermediate_size=256, shared_expert_intermediate_size=256,
    ),
    "mamba2": tf.Mamba2Config(**SIZES, num_hidden_layers=24, num_heads=24, head_dim=64, state_size=128, n_groups=1),
    "lfm2": tf.Lfm2Config(
        **SIZES, **HEADS, num_hidden_layers=14, full_attn_idxs=[2, 5, 8, 11], block_auto_adjust_ff_dim=False,
    ),
    "kimi_linear": tf.KimiLinearConfig(
        **SIZES, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=12, num_key_value_heads=12,
        kv_lora_rank=128, qk_rope_head_dim=32, qk_nope_head_dim=32, v_head_dim=64, num_local_experts=8,
        num_experts_per_tok=2, moe_intermediate_size=256, linear_head_dim=64, linear_num_heads=12,
    ),
}

folder, tokenizer = map(pathlib.Path, sys.argv[1:])
for name, config in MODELS.items():
    torch.manual_seed(0)
    model = tf.AutoModelForCausalLM.from_config(config)
    model.save_pretrained(folder / name)
    shutil.copy(tokenizer, folder / name / "tokenizer.json")
    print(name, sum(p.numel() for p in model.parameters()) // 1_000_000, "M parameters")
