"""`python -m layerwise_record MODEL -p PROMPT -o FILE`."""

from __future__ import annotations

import argparse
import os
import sys

import torch
import transformers

from . import RecordError, record
from .parallel import check_split

_DTYPES = {"f64": "float64", "f32": "float32", "f16": "float16", "bf16": "bfloat16", "auto": "auto"}


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="layerwise-record",
        description="Run a prompt through a transformers model and write its activations as a trace.",
    )
    parser.add_argument("model", help="a model's folder, or its name on the hub")
    parser.add_argument("-p", "--prompt", required=True)
    parser.add_argument("-o", "--output", required=True, help="the trace to write (safetensors)")
    parser.add_argument("--hooks", action="append", metavar="GLOB",
                        help="only hook points that match, such as 'blocks.*.attn.pattern'; may be repeated")
    parser.add_argument("--passes", type=int, default=1, metavar="N", help="passes in the trace: the prompt's, and "
                        "one for each token that it goes on by greedily (default 1)")
    parser.add_argument("--dtype", choices=list(_DTYPES), default="auto", help="default: as stored")
    parser.add_argument("--device-map", help="accelerate's: auto, cpu, cuda:0 …")
    parser.add_argument("--revision")
    return parser.parse_args(argv)


def _load(args: argparse.Namespace):
    where = {}
    if (processes := int(os.environ.get("WORLD_SIZE", "1"))) > 1:
        config = transformers.AutoConfig.from_pretrained(args.model, revision=args.revision)
        check_split(config.get_text_config(), processes)
        where["tp_plan"] = "auto"
    elif args.device_map:
        where["device_map"] = args.device_map
    dtype = _DTYPES[args.dtype]
    dtype = dtype if dtype == "auto" else getattr(torch, dtype)
    tokenizer = transformers.AutoTokenizer.from_pretrained(args.model, revision=args.revision)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        args.model, revision=args.revision, dtype=dtype, **where
    )
    return model.eval(), tokenizer


def main(argv: list[str] | None = None) -> int:
    """Run the command; the result is exit code 0, or 2 with one line on standard error."""
    args = _arguments(argv)
    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()
    try:
        model, tokenizer = _load(args)
        recorder = record(model, tokenizer, args.prompt, args.output, args.hooks or "*", args.passes)
    except (RecordError, OSError, ValueError) as e:
        if os.environ.get("RANK", "0") == "0":
            why = str(e).splitlines()[0] if str(e) else repr(e)
            print(f"layerwise-record: {why}", file=sys.stderr)
        return 2
    finally:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
    if recorder.writer:
        for note in recorder.notes:
            print(f"not recorded: {note}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
