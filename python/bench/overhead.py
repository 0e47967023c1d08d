"""The cost of recording: a bare forward pass, and the same pass recorded.

    scripts/python-env python3 python/bench/overhead.py MODEL [--tokens 8 128 512] [--runs 5]

Times are in milliseconds, the shortest of the runs: of the forward alone, and until the file is on the disk.
"""

import argparse
import os
import tempfile
import time

import torch
import transformers
from layerwise_record import Recorder


def shortest(run, runs):
    """The shortest time in milliseconds; the first run does not count."""
    run()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return min(times)


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--tokens", type=int, nargs="*", default=[8, 128, 512])
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    model = transformers.AutoModelForCausalLM.from_pretrained(args.model, attn_implementation="eager").eval()
    print(f"{args.model}: {model.dtype}, {model.device}, {torch.get_num_threads()} threads")
    print("tokens | bare forward | hooks | forward, recording | until on disk | file MB")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "trace.safetensors")
        for tokens in args.tokens:
            ids = torch.arange(tokens)[None] % model.config.vocab_size
            forward = lambda: model(ids, use_cache=False)  # noqa: E731
            bare = shortest(forward, args.runs)
            for hooks in ("*", "*.resid_post"):
                inside = []

                def recorded():
                    with Recorder(model, path, hooks=hooks):
                        start = time.perf_counter()
                        forward()
                        inside.append((time.perf_counter() - start) * 1e3)

                whole = shortest(recorded, args.runs)
                size = os.path.getsize(path) / 1e6
                print(f"{tokens} | {bare:.0f} | {hooks} | {min(inside[1:]):.0f} | {whole:.0f} | {size:.1f}")


if __name__ == "__main__":
    main()
