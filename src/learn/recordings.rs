//! Recordings of the demo model on the lessons' prompts, for a program that runs no model. `scripts/record-lessons`
//! makes them.

use std::io::Write;

use super::lessons::PROMPTS;
use crate::trace::replay::Replay;
use crate::trace::source::Source;

/// A trace for each of [`PROMPTS`].
static TRACES: [&[u8]; 3] = [
    include_bytes!("../../fixtures/demo/lesson-prompt.safetensors"),
    include_bytes!("../../fixtures/demo/lesson-twice.safetensors"),
    include_bytes!("../../fixtures/demo/lesson-shuffled.safetensors"),
];

/// Open the recording of a prompt.
///
/// # Errors
/// There is none, or no temporary file can be written.
pub fn open(prompt: &str) -> Result<Box<dyn Source>, String> {
    let at = PROMPTS.iter().position(|own| *own == prompt);
    let at =
        at.ok_or_else(|| format!("no recording of {prompt:?}: a layerwise with libtorch runs it"))?;
    let copy = || {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(TRACES[at])?;
        Ok::<_, std::io::Error>(file)
    };
    let file = copy().map_err(|error| format!("a recording cannot be unpacked: {error}"))?;
    // Once it is mapped the file needs no name.
    Ok(Box::new(
        Replay::open(file.path()).map_err(|e| e.to_string())?,
    ))
}
