//! Parse, run, report, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    layerwise::main()
}
