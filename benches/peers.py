"""One first pass with every intermediate value kept, by a Python library, for `benches/first_pass.rs`.

    python peers.py transformer_lens|nnsight|transformers MODEL PROMPT
    python peers.py patching MODEL CLEAN CORRUPTED

The program imports the library, loads the model, runs it, and prints the number of kept values. The caller
measures the process from outside. `forward` and `work` in the library's place serve `benches/forward.rs` and
`benches/busy.rs`, and `patching` that of `benches/sweep.rs`.
"""

import sys


def transformer_lens(model: str, prompt: str) -> int:
    import torch
    from transformer_lens.model_bridge import TransformerBridge

    bridge = TransformerBridge.boot_transformers(model, device="cpu", dtype=torch.float32)
    tokens = bridge.to_tokens(prompt, prepend_bos=False)
    with torch.inference_mode():
        _, cache = bridge.run_with_cache(tokens)
    return len(cache)


def nnsight(model: str, prompt: str) -> int:
    from nnsight import LanguageModel

    language_model = LanguageModel(model, device_map="cpu", dispatch=True)
    with language_model.trace(prompt) as tracer:
        cache = tracer.cache()  # the output of every module
    return len(list(cache.keys()))


def transformers(model: str, prompt: str) -> int:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    causal = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32, attn_implementation="eager")
    tokens = AutoTokenizer.from_pretrained(model)(prompt, return_tensors="pt")
    with torch.inference_mode():
        out = causal(**tokens, output_hidden_states=True, output_attentions=True)
    return len(out.hidden_states) + len(out.attentions)


def forward(model: str, _: str) -> int:
    """Print the milliseconds of a bare pass for each number of tokens on standard input."""
    import os
    import time

    import torch
    from transformers import AutoModelForCausalLM

    device = torch.device(os.environ.get("LAYERWISE_BENCH_DEVICE", "cpu"))
    causal = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32, attn_implementation="eager").to(device)
    with torch.inference_mode():
        for line in sys.stdin:
            tokens = torch.arange(1, int(line) + 1, device=device).unsqueeze(0)
            start = time.perf_counter()
            causal(input_ids=tokens)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            print((time.perf_counter() - start) * 1e3, flush=True)
    return 0


def patching(model: str, clean: str, corrupted: str) -> int:
    """For each line on standard input print the seconds of patching every head, and the map that came of it."""
    import json
    import time

    import torch
    from transformer_lens import patching
    from transformer_lens.model_bridge import TransformerBridge

    bridge = TransformerBridge.boot_transformers(model, device="cpu", dtype=torch.float32)
    clean, corrupted = [bridge.to_tokens(text, prepend_bos=False) for text in (clean, corrupted)]
    patching.tqdm = lambda steps, **_: steps  # no progress bars
    with torch.inference_mode():
        logits = [bridge(tokens)[0, -1] for tokens in (clean, corrupted)]
        answer, wrong = [each.argmax().item() for each in logits]
        for _ in sys.stdin:
            start = time.perf_counter()
            _, cache = bridge.run_with_cache(clean)
            found = patching.get_act_patch_attn_head_out_all_pos(
                bridge, corrupted, cache, lambda logits: logits[0, -1, answer] - logits[0, -1, wrong]
            )
            seconds = time.perf_counter() - start
            print(json.dumps([seconds, found.flatten().tolist()]), flush=True)
    return 0


def work(_: str, __: str) -> int:
    """Multiply matrices until the process is killed."""
    import torch

    a, b = torch.randn(512, 576), torch.randn(576, 1536)
    while True:
        torch.relu(a @ b)


if __name__ == "__main__":
    _, library, model, *prompts = sys.argv
    print(globals()[library](model, *prompts), "values kept")
