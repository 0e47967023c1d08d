//! The demo model's files, embedded in the program.

pub(super) const CONFIG_NAME: &str = "embedded config.json";
pub(super) const WEIGHTS_NAME: &str = "embedded model.safetensors";
pub(super) const TOKENIZER_NAME: &str = "embedded tokenizer.json";

pub(super) const CONFIG: &[u8] = include_bytes!("../../fixtures/demo/config.json");
pub(super) const TOKENIZER: &[u8] = include_bytes!("../../fixtures/demo/tokenizer.json");

/// Bytes at an address that suits every element type and vector width.
#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

static WEIGHTS: &Aligned<[u8]> = &Aligned(*include_bytes!("../../fixtures/demo/model.safetensors"));

pub(super) fn weights() -> &'static [u8] {
    &WEIGHTS.0
}
