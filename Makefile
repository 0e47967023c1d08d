# Two commands do everything: `make run` and `make test`.
CARGO ?= cargo

.PHONY: run help quick test test-gpu test-python docs bench install demo-model libtorch
.DEFAULT_GOAL := run

## Open the debugger on the embedded model (as text where there is no terminal).
run: libtorch
	$(CARGO) run --release --locked -- -p 中华人民

## What `make` can do.
help:
	@awk '/^## / { text = text (text ? " " : "") substr($$0, 4); next } \
		/^[a-z-]+:/ { if (text) printf "  make %-12s %s\n", substr($$1, 1, length($$1) - 1), text } \
		{ text = "" }' $(MAKEFILE_LIST)

## Format, lints and tests without libtorch: seconds after the first time, for every change.
quick:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --all-targets --no-default-features -- -D warnings
	$(CARGO) test --locked --no-default-features

## Format, lints, docs and all tests, with libtorch and without.
test: libtorch
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps
	$(CARGO) test --locked
	$(MAKE) test-gpu test-python
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --no-default-features
	$(MAKE) quick

## The engine's numbers and memory on a GPU, or rather on a stand-in that keeps a GPU's rules.
test-gpu: libtorch
	scripts/stand-in-gpu $(CARGO) test --locked --test gpu --test reference --test encoders \
		--test gguf_families --test quantised --test interventions -- --include-ignored

## layerwise-record against transformers, and what it writes against the engine.
test-python: libtorch
	$(CARGO) test --locked --no-run --test docs
	scripts/python-env python3 -m pytest python

## Write the generated documents again.
docs: libtorch
	UPDATE_DOCS=1 $(CARGO) test --locked --test docs --test families

## Figures, measured side by side (docs/benchmarks.md). Some need a model's folder and a Python to
## compare with: make bench LAYERWISE_BENCH_MODEL=... LAYERWISE_BENCH_PYTHON=...
bench: libtorch
	$(CARGO) bench --locked
	$(CARGO) bench --locked --no-default-features --bench replay

## Put `layerwise` on the PATH.
install: libtorch
	$(CARGO) install --path . --locked

DEMO := target/demo-model

## Train the model inside the program again; it is embedded when the program is built next.
demo-model: libtorch
	$(CARGO) run --release --locked -- train fixtures/demo-corpus.txt -o $(DEMO) --force
	cp $(DEMO)/config.json $(DEMO)/model.safetensors $(DEMO)/tokenizer.json fixtures/demo

libtorch:
	@scripts/libtorch
