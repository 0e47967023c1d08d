# Two commands do everything: `make run` and `make test`.
CARGO ?= cargo

.PHONY: run test docs install libtorch
.DEFAULT_GOAL := run

## Open the debugger on the embedded model (as text where there is no terminal).
run: libtorch
	$(CARGO) run --release --locked -- -p 中华人民

## Format, lints, docs and all tests, with libtorch and without.
test: libtorch
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps
	$(CARGO) test --locked
	$(CARGO) clippy --locked --all-targets --no-default-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --no-default-features
	$(CARGO) test --locked --no-default-features

## Write the generated documents again.
docs: libtorch
	UPDATE_DOCS=1 $(CARGO) test --locked --test docs

## Put `layerwise` on the PATH.
install: libtorch
	$(CARGO) install --path . --locked

libtorch:
	@scripts/libtorch
