"""Tiny random models, made on the spot."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file
from transformers import PreTrainedTokenizerFast

os.environ["HF_HUB_OFFLINE"] = "1"
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures" / "models"
PROMPT = "The capital of France is 中华人民"

_SIZES = dict(vocab_size=272, bos_token_id=None, eos_token_id=None, pad_token_id=None)
_LLAMA = dict(
    _SIZES,
    hidden_size=32,
    intermediate_size=56,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
)
_GPT = dict(_SIZES, hidden_size=32, num_hidden_layers=2, num_attention_heads=4)
_SLIDING = ["sliding_attention", "full_attention"]
_EXPERTS = dict(num_experts_per_tok=2)

#: The configurations to build, by a name of the tests' own. Some families have several.
CONFIGS = {
    "bloom": lambda: transformers.BloomConfig(**_SIZES, hidden_size=32, n_layer=2, n_head=4),
    "gemma": lambda: transformers.GemmaConfig(**_LLAMA, head_dim=12),
    "gemma2": lambda: transformers.Gemma2Config(
        **_LLAMA, head_dim=12, sliding_window=6, query_pre_attn_scalar=10
    ),
    "gemma3_text": lambda: transformers.Gemma3TextConfig(
        **_LLAMA, head_dim=12, sliding_window=6, layer_types=_SLIDING
    ),
    "gpt2": lambda: transformers.GPT2Config(**_SIZES, n_embd=32, n_layer=2, n_head=4, n_positions=64),
    "gpt_neo": lambda: transformers.GPTNeoConfig(
        **_SIZES,
        hidden_size=32,
        num_layers=2,
        num_heads=4,
        window_size=8,
        attention_types=[[["global", "local"], 1]],
        max_position_embeddings=64,
    ),
    "gpt_neox": lambda: transformers.GPTNeoXConfig(**_GPT, intermediate_size=64, max_position_embeddings=64),
    "gpt_neox sequential": lambda: transformers.GPTNeoXConfig(
        **_GPT, intermediate_size=64, max_position_embeddings=64, use_parallel_residual=False
    ),
    "gpt_oss": lambda: transformers.GptOssConfig(
        **_LLAMA, **_EXPERTS, head_dim=16, num_local_experts=4, sliding_window=6, layer_types=_SLIDING
    ),
    "gptj": lambda: transformers.GPTJConfig(
        **_SIZES, n_embd=32, n_layer=2, n_head=4, rotary_dim=4, n_positions=64
    ),
    "granite": lambda: transformers.GraniteConfig(
        **_LLAMA,
        embedding_multiplier=12.0,
        residual_multiplier=0.22,
        attention_multiplier=0.0625,
        logits_scaling=8.0,
    ),
    "llama": lambda: transformers.LlamaConfig(**_LLAMA, head_dim=12, attention_bias=True),
    "mistral": lambda: transformers.MistralConfig(**_LLAMA, sliding_window=6, head_dim=8),
    "mixtral": lambda: transformers.MixtralConfig(**_LLAMA, **_EXPERTS, num_local_experts=4),
    "olmo2": lambda: transformers.Olmo2Config(**_LLAMA),
    "olmo3": lambda: transformers.Olmo3Config(**_LLAMA, sliding_window=6, layer_types=_SLIDING),
    "opt": lambda: transformers.OPTConfig(
        **_GPT, ffn_dim=64, max_position_embeddings=64, word_embed_proj_dim=32
    ),
    "phi": lambda: transformers.PhiConfig(
        **_GPT, intermediate_size=64, max_position_embeddings=64, qk_layernorm=True
    ),
    "phi3": lambda: transformers.Phi3Config(**dict(_LLAMA, pad_token_id=0)),
    "qwen2": lambda: transformers.Qwen2Config(**_LLAMA),
    "qwen3": lambda: transformers.Qwen3Config(**_LLAMA, head_dim=16),
    "qwen3_moe": lambda: transformers.Qwen3MoeConfig(
        **_LLAMA, **_EXPERTS, head_dim=16, num_experts=4, moe_intermediate_size=40
    ),
    "smollm3": lambda: transformers.SmolLM3Config(**_LLAMA, no_rope_layers=[1, 0]),
    "stablelm": lambda: transformers.StableLmConfig(**_LLAMA, use_parallel_residual=True, qk_layernorm=True),
    "stablelm sequential": lambda: transformers.StableLmConfig(**_LLAMA),
    "starcoder2": lambda: transformers.Starcoder2Config(**_LLAMA),
}


def build(name: str, **more):
    """A model of this configuration, with weights large enough for faults to show."""
    torch.manual_seed(0)
    config = CONFIGS[name]()
    for field, value in more.items():
        setattr(config, field, value)
    config._experts_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.1)
    return model


@pytest.fixture(scope="session")
def tokenizer():
    return PreTrainedTokenizerFast(tokenizer_file=str(FIXTURES / "llama" / "tokenizer.json"))


@pytest.fixture(scope="session")
def layerwise():
    """Run the `layerwise` that was built in this checkout, or the one that LAYERWISE names."""
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    program = os.environ.get("LAYERWISE") or target / "debug" / "layerwise"
    assert shutil.which(program), f"{program} is missing: build it with `cargo build`, or set LAYERWISE"

    def run(*args):
        # The environment is not Python's, which has stand-ins for CUDA's libraries.
        env = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
        done = subprocess.run([program, *map(str, args)], capture_output=True, text=True, env=env)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def both(layerwise, tmp_path):
    """Record a folder and a file of the same model, side by side, in float64."""

    def record(*sources, prompt=PROMPT):
        def one(source):
            trace = tmp_path / f"{source.name}.trace"
            code, said = layerwise("record", source, "-p", prompt, "-o", trace, "--dtype", "f64")
            assert code == 0, said
            assert source.is_dir() or "warning" not in said, said
            return load_file(trace)

        with ThreadPoolExecutor() as threads:
            return list(threads.map(one, sources))

    return record
