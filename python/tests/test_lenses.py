"""Lenses: made here, read by layerwise, compared with what torch makes of transformers' hidden states."""

import json
import math

import pytest
import torch
from conftest import FIXTURES, PROMPT
from layerwise_record import RecordError
from layerwise_record.identity import model_hash
from layerwise_record.lenses import Stack, convert, fit, fit_jacobian, main, write
from safetensors import safe_open
from safetensors.torch import load_file
from test_layerwise import load

#: Families with every kind of norm, tied and own heads, a scaled and a capped head.
NAMES = ["llama", "gpt2", "gemma2", "granite", "gpt_neox"]


# transformers computes norms in float32, whatever the model is in.
def reference(model, ids, tensors, kind):
    """KL(answer ‖ lens) and how often the top token is the same, for the input of each block."""
    stack = Stack(model.double())
    with torch.no_grad():
        out = model(ids, output_hidden_states=True)
        answer = out.logits[0].log_softmax(-1)
        found = []
        for layer, hidden in enumerate(out.hidden_states[:-1]):
            rows = {}
            weight = tensors[f"blocks.{layer}.hook_resid_pre.weight"].double()
            bias = tensors[f"blocks.{layer}.hook_resid_pre.bias"].double()
            mapped = torch.nn.functional.linear(hidden[0], weight, bias)
            rows["lens"] = mapped + hidden[0] if kind == "tuned" else mapped
            rows["logit_lens"] = hidden[0]
            for name, hidden_rows in rows.items():
                lens = stack.answer(hidden_rows).log_softmax(-1)
                kl = (answer.exp() * (answer - lens)).sum(-1).mean().item()
                same = (answer.argmax(-1) == lens.argmax(-1)).double().mean().item()
                rows[name] = (kl, same, lens)
            found.append(rows)
    return found


@pytest.mark.parametrize("kind", ["tuned", "jacobian"])
@pytest.mark.parametrize("name", NAMES)
def test_layerwise_reads_through_a_lens_as_torch_does(name, kind, layerwise, tmp_path):
    model, tokenizer = load(name)
    ids = tokenizer(PROMPT, return_tensors="pt").input_ids
    prompts = [ids, tokenizer("a small text", return_tensors="pt").input_ids]
    path = tmp_path / "lens.safetensors"
    more = {"steps": 20} if kind == "tuned" else {"tokens": 2}
    fit(model, str(FIXTURES / name), kind, prompts, path, FIXTURES / name, **more)
    due = reference(model, ids, load_file(path), kind)
    commands = ["fidelity pre", "topk 3 *.resid_pre"]
    run = [word for command in commands for word in ("-x", command)]
    code, said = layerwise(
        "step", FIXTURES / name, "-p", PROMPT, "--dtype", "f64", "--lens", path, "--batch", "--json", *run
    )
    assert code == 0 and "warning" not in said, said
    fidelity, lenses = (json.loads(line)["reply"] for line in said.splitlines())
    assert fidelity["rows"] == ids.shape[1] and "lens of" in fidelity["lens"]
    assert len(fidelity["points"]) == len(due)
    for found, own, seen in zip(fidelity["points"], due, lenses["seen"]):
        for which in ("lens", "logit_lens"):
            kl, same, _ = own[which]
            assert math.isclose(found[which]["kl"], kl, rel_tol=1e-5, abs_tol=1e-7), (found, kl)
            assert math.isclose(found[which]["same_top"], same), found
        last = own["lens"][2][-1]
        for candidate, log_p in zip(seen["distribution"]["top"], last.topk(3).values):
            assert math.isclose(candidate["prob"], log_p.exp().item(), rel_tol=1e-5)
        assert seen["distribution"]["lens"] == fidelity["lens"]
    if kind == "tuned":
        assert all(own["lens"][0] < own["logit_lens"][0] for own in due[:-1]), due


def test_a_jacobian_is_the_derivative(tmp_path):
    model, tokenizer = load("llama")
    stack = Stack(model.double())
    ids = tokenizer(PROMPT, return_tensors="pt").input_ids
    (weight, bias), *_ = fit_jacobian(stack, [ids], tokens=1)
    inputs, last, _ = stack.run(ids)

    def moved(by):
        def enter(module, args, kwargs):
            hidden = args[0].clone()
            hidden[0, -1] += by
            return (hidden, *args[1:]), kwargs

        with stack.blocks[0].register_forward_pre_hook(enter, with_kwargs=True), torch.no_grad():
            return stack.run(ids)[1][0, -1]

    torch.manual_seed(0)
    direction = torch.randn_like(inputs[0][0, -1]) * 1e-3
    slope = (moved(direction) - moved(-direction)) / 2
    assert (slope - weight @ direction).norm() < 1e-3 * slope.norm()
    # At its own place the expansion is the residual itself.
    assert torch.allclose(weight @ inputs[0][0, -1] + bias, last[0, -1], rtol=1e-5, atol=1e-6)


def tuned_lens(folder, width, layers, bias=True):
    """A folder as the package tuned-lens writes it."""
    torch.manual_seed(1)
    state = {}
    for layer in range(layers):
        state[f"{layer}.weight"] = torch.randn(width, width) * 0.1
        if bias:
            state[f"{layer}.bias"] = torch.randn(width) * 0.1
    torch.save(state, folder / "params.pt")
    config = {"base_model_name_or_path": "org/llama", "d_model": width, "num_hidden_layers": layers, "bias": bias,
              "base_model_revision": None, "unembed_hash": "00", "lens_type": "linear_tuned_lens"}
    (folder / "config.json").write_text(json.dumps(config))
    return state


@pytest.mark.parametrize("bias", [True, False])
def test_a_lens_of_the_package_is_converted(bias, layerwise, tmp_path):
    model, _ = load("llama")
    width, layers = model.config.hidden_size, model.config.num_hidden_layers
    state = tuned_lens(tmp_path, width, layers, bias)
    path = tmp_path / "lens.safetensors"
    assert main(["convert", str(tmp_path), "-o", str(path), "--model", str(FIXTURES / "llama")]) == 0
    with safe_open(path, "pt") as file:
        assert file.metadata() == {
            "layerwise_lens": "1", "kind": "tuned", "model": "org/llama", "d_model": str(width), "layers": str(layers),
            "model_hash": model_hash(FIXTURES / "llama"),
        }
        for layer in range(layers):
            own = file.get_tensor(f"blocks.{layer}.hook_resid_pre.weight")
            assert torch.equal(own, state[f"{layer}.weight"])
    code, said = layerwise("step", FIXTURES / "llama", "--lens", path, "--batch", "-x", "grid pre", "-x", "show lens")
    assert code == 0 and "through the tuned lens of org/llama" in said and "warning" not in said, said
    # Another model of the same shape has other files: a warning. One of other shapes is refused.
    code, said = layerwise("step", FIXTURES / "llama_biases", "--lens", path, "--batch", "-x", "grid pre")
    assert code == 0 and "was fitted on another model, org/llama" in said, said
    code, said = layerwise("step", FIXTURES / "opt", "--lens", path, "--batch", "-x", "grid pre")
    assert code == 2 and "does not fit this model: its d_model is" in said, said


def test_a_fitted_lens_names_its_model_and_not_its_folder(tmp_path):
    prompts, path = tmp_path / "prompts.txt", tmp_path / "lens.safetensors"
    prompts.write_text("The capital of France\n")
    model = str(FIXTURES / "llama") + "/"
    assert main(["fit", model, "--kind", "jacobian", "--prompts", str(prompts), "--tokens", "1", "-o", str(path)]) == 0
    with safe_open(path, "pt") as file:
        assert file.metadata()["model"] == "llama"


def test_what_is_no_lens_is_refused(tmp_path, capsys):
    state = tuned_lens(tmp_path, 8, 2)
    del state["1.weight"]
    torch.save(state, tmp_path / "params.pt")
    assert main(["convert", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "1.weight is missing, and [8, 8] is due" in capsys.readouterr().err
    (tmp_path / "config.json").write_text("{}")
    assert main(["convert", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "has no base_model_name_or_path" in capsys.readouterr().err
    with pytest.raises(RecordError, match="not finite"):
        write(tmp_path / "out", "tuned", "x", "", [(torch.full((2, 2), math.nan), None)])
    assert not (tmp_path / "out").exists()
