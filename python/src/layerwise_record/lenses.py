"""`python -m layerwise_record.lenses`: lenses that layerwise reads the residual stream through.

A lens is a safetensors file with one linear map for the input of each block, `blocks.N.hook_resid_pre.weight`
`[d_model, d_model]`, and optionally `.bias` `[d_model]`. Its metadata says the kind and the model it was fitted on.

* A *tuned* lens (Belrose et al. 2023) adds the map's output to the residual `h`: `h + W h + b`. It is trained so that
  norm and unembedding make of the sum what the model says at its end. `convert` reads those of the package
  tuned-lens, `fit --kind tuned` trains one with a few steps of SGD.
* A *Jacobian* lens replaces the residual: `J h + b`. `J` is the mean, over tokens of prompts, of the derivative of the
  last block's output by the block's input at the same token: the mean first-order expansion of the blocks between, as
  Hernandez et al. 2023 ("Linearity of relation decoding") take it from a subject to an object. `b` is the mean of what
  the expansion leaves over.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import torch
import transformers
from safetensors.torch import save
from torch import Tensor

from .errors import RecordError
from .identity import folder_of, model_hash
from .whole import whole

#: Prompts to fit on if none are given: a few plain sentences.
PROMPTS = [
    "The capital of France is Paris, and the capital of Italy is Rome.",
    "Once upon a time there was a little girl who lived near a forest.",
    "def add(a, b):\n    return a + b\n",
    "Water boils at a hundred degrees, and it freezes at zero.",
    "In the morning she went to the market and bought bread, milk and apples.",
    "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12",
]


def write(path: str | Path, kind: str, model: str, digest: str, maps: list[tuple[Tensor, Tensor | None]]) -> None:
    """Write one map for the input of each block."""
    tensors = {}
    for layer, (weight, bias) in enumerate(maps):
        point = f"blocks.{layer}.hook_resid_pre"
        for part, value in (("weight", weight), ("bias", bias)):
            if value is None:
                continue
            if not value.isfinite().all():
                raise RecordError(f"the {part} of layer {layer} has numbers that are not finite")
            tensors[f"{point}.{part}"] = value.detach().contiguous().cpu()
    metadata = {
        "layerwise_lens": "1",
        "kind": kind,
        "model": model,
        "model_hash": digest,
        "d_model": str(maps[0][0].shape[0]),
        "layers": str(len(maps)),
    }
    with whole(Path(path)) as out:
        out.write(save(tensors, metadata))


def convert(folder: str | Path, output: str | Path, model: str | None = None) -> None:
    """Write the lens in a folder of the package tuned-lens, `params.pt` and `config.json`, for layerwise.

    `model` is the folder of the model that it was fitted on, whose files then go into the lens by their hash.
    """
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text())
    state = torch.load(folder / "params.pt", map_location="cpu", weights_only=True)
    for field in ("base_model_name_or_path", "d_model", "num_hidden_layers"):
        if field not in config:
            raise RecordError(f"{folder / 'config.json'} has no {field}: it is no lens of the package tuned-lens")
    width, layers = config["d_model"], config["num_hidden_layers"]
    maps = []
    for layer in range(layers):
        weight, bias = state.get(f"{layer}.weight"), state.get(f"{layer}.bias")
        if weight is None or tuple(weight.shape) != (width, width):
            found = "is missing" if weight is None else f"has shape {list(weight.shape)}"
            raise RecordError(f"{folder / 'params.pt'}: {layer}.weight {found}, and {[width, width]} is due")
        maps.append((weight, bias))
    name = config["base_model_name_or_path"]
    write(output, "tuned", name, model_hash(folder_of(model or name)), maps)


class Stack:
    """A model as a stack of blocks between its embedding and its head."""

    def __init__(self, model) -> None:
        self.model = model.eval().requires_grad_(False)
        self.config = model.config.get_text_config()
        self.head = model.get_output_embeddings()
        if self.head is None:
            raise RecordError("the model has no unembedding, so that no lens can be fitted")
        lists = [m for m in model.base_model.modules() if isinstance(m, torch.nn.ModuleList)]
        self.blocks = next((m for m in lists if len(m) == self.config.num_hidden_layers), None)
        parts = [part for part in (model.base_model, getattr(model.base_model, "decoder", None)) if part is not None]
        norms = [getattr(part, name, None) for part in parts for name in _NORMS]
        self.norm = next((norm for norm in norms if isinstance(norm, torch.nn.Module)), None)
        if self.blocks is None or self.norm is None:
            raise RecordError(f"where the blocks and the final norm of {type(model).__name__} are is not known")

    def run(self, ids: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
        """The input of each block and the last block's output, `[1, token, d_model]`, and the logits.

        They are one graph of autograd's from the first block's input on.
        """
        inputs: list[Tensor] = []
        last: list[Tensor] = []

        def enter(module, args, kwargs):
            hidden = args[0] if args else kwargs["hidden_states"]
            if not inputs:
                hidden = hidden.detach().requires_grad_(True)
            inputs.append(hidden)
            return ((hidden, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": hidden})

        hooks = [block.register_forward_pre_hook(enter, with_kwargs=True) for block in self.blocks]
        hooks.append(self.norm.register_forward_pre_hook(lambda module, args: last.append(args[0])))
        try:
            logits = self.model(ids, use_cache=False).logits
        finally:
            for hook in hooks:
                hook.remove()
        return inputs, last[-1], logits

    def answer(self, hidden: Tensor) -> Tensor:
        """The logits that norm and head make of rows of the residual stream."""
        logits = self.head(self.norm(hidden))
        if divisor := getattr(self.config, "logits_scaling", None):
            logits = logits / divisor
        cap = getattr(self.config, "final_logit_softcapping", None)
        return torch.tanh(logits / cap) * cap if cap else logits


#: Names of the norm in front of the head.
_NORMS = ("norm", "ln_f", "final_layernorm", "final_layer_norm", "norm_f")


def fit_jacobian(
    stack: Stack, prompts: list[Tensor], tokens: int = 4, say: Callable[[str], None] = lambda _: None
) -> list[tuple[Tensor, Tensor]]:
    """The mean Jacobian of the last residual by each block's input, and the mean of what it leaves over.

    The last `tokens` tokens of each prompt are taken. One backward pass gives a row of the Jacobians of all layers.
    """
    sums: list[list[Tensor]] = []
    count = 0
    for at, ids in enumerate(prompts):
        inputs, last, _ = stack.run(ids)
        width = last.shape[-1]
        for token in range(max(0, ids.shape[1] - tokens), ids.shape[1]):
            rows = [torch.autograd.grad(last[0, token, i], inputs, retain_graph=True) for i in range(width)]
            for layer, own in enumerate(inputs):
                jacobian = torch.stack([row[layer][0, token] for row in rows])  # [d_model, d_model]
                rest = (last[0, token] - jacobian @ own[0, token]).detach()
                if count == 0:
                    sums.append([jacobian, rest])
                else:
                    sums[layer][0] += jacobian
                    sums[layer][1] += rest
            count += 1
        say(f"prompt {at + 1} of {len(prompts)}")
    return [(weight / count, rest / count) for weight, rest in sums]


def fit_tuned(
    stack: Stack, prompts: list[Tensor], steps: int = 100, rate: float = 1.0, say: Callable[[str], None] = lambda _: None
) -> list[tuple[Tensor, Tensor]]:
    """Affine translators that bring norm and head near to the answer, by SGD on KL(answer ‖ lens)."""
    with torch.no_grad():
        runs = [stack.run(ids) for ids in prompts]
    answers = torch.cat([logits[0] for *_, logits in runs]).log_softmax(-1)  # [row, vocab]
    layers, width = len(runs[0][0]), runs[0][1].shape[-1]
    maps = []
    for layer in range(layers):
        hidden = torch.cat([inputs[layer][0] for inputs, *_ in runs]).detach()  # [row, d_model]
        translator = torch.nn.Linear(width, width, dtype=hidden.dtype)
        torch.nn.init.zeros_(translator.weight)
        torch.nn.init.zeros_(translator.bias)
        optimiser = torch.optim.SGD(translator.parameters(), lr=rate, momentum=0.9, nesterov=True)
        best = (float("inf"), None)
        for _ in range(steps + 1):
            found = stack.answer(hidden + translator(hidden)).log_softmax(-1)
            loss = torch.nn.functional.kl_div(found, answers, log_target=True, reduction="batchmean")
            if loss.item() < best[0]:
                best = (loss.item(), [p.detach().clone() for p in translator.parameters()])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(translator.parameters(), 1.0)
            optimiser.step()
        if best[1] is None:
            raise RecordError(f"the lens of layer {layer} ran into NaN")
        say(f"layer {layer}: KL {best[0]:.4f} nats")
        maps.append(tuple(best[1]))
    return maps


def fit(
    model, name: str, kind: str, prompts: list[Tensor], output: str | Path, folder: Path | None = None, **more
) -> None:
    """Fit a lens of this kind on prompts, each token ids `[1, token]`, and write it."""
    stack = Stack(model)
    maps = (fit_tuned if kind == "tuned" else fit_jacobian)(stack, prompts, **more)
    write(output, kind, name, model_hash(folder), maps)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m layerwise_record.lenses", description="Make lenses that `layerwise --lens FILE` reads through."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    into = commands.add_parser("convert", help="a lens of the package tuned-lens")
    into.add_argument("folder", help="the folder with params.pt and config.json")
    into.add_argument("--model", help="the model's folder, if it is not in the hub's cache: its hash goes into the lens")
    made = commands.add_parser("fit", help="a lens fitted on a few prompts")
    made.add_argument("model", help="a model's folder, or its name on the hub")
    made.add_argument("--kind", choices=["tuned", "jacobian"], default="tuned")
    made.add_argument("--prompts", metavar="FILE", help="a text file with a prompt a line; a few sentences by default")
    made.add_argument("--tokens", type=int, default=4, metavar="N", help="tokens of each prompt, from its end, that a "
                      "Jacobian lens is taken at (default 4)")
    made.add_argument("--steps", type=int, default=100, help="steps of SGD of a tuned lens (default 100)")
    made.add_argument("--rate", type=float, default=1.0, help="its learning rate (default 1)")
    for one in (into, made):
        one.add_argument("-o", "--output", required=True, help="the lens to write (safetensors)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the command; the result is exit code 0, or 2 with one line on standard error."""
    args = _arguments(argv)
    try:
        if args.command == "convert":
            convert(args.folder, args.output, args.model)
            return 0
        if not sys.stderr.isatty():
            transformers.utils.logging.disable_progress_bar()
        texts = PROMPTS
        if args.prompts:
            texts = [line for line in Path(args.prompts).read_text().splitlines() if line.strip()]
        tokenizer = transformers.AutoTokenizer.from_pretrained(args.model)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            args.model, dtype=torch.float32, attn_implementation="eager"
        )
        prompts = [ids for text in texts if (ids := tokenizer(text, return_tensors="pt").input_ids).shape[1]]
        if not prompts:
            raise RecordError("there is no prompt to fit on")
        more = {"steps": args.steps, "rate": args.rate} if args.kind == "tuned" else {"tokens": args.tokens}
        more["say"] = lambda line: print(line, file=sys.stderr)
        # A folder's place on this machine tells nobody else which model it is.
        name = Path(args.model).resolve().name if Path(args.model).is_dir() else args.model
        fit(model, name, args.kind, prompts, args.output, folder_of(args.model), **more)
    except (RecordError, OSError, ValueError, KeyError) as e:
        why = str(e).splitlines()[0] if str(e) else repr(e)
        print(f"layerwise-record: {why}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
