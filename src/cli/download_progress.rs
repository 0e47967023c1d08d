//! Progress of a download, as a person sees it: a bar a file, or a line where there is no terminal.

use std::io::{IsTerminal, Write, stderr};

use indicatif::{ProgressBar, ProgressStyle};

use crate::hub::Progress;
use crate::session::format;

/// Bars on standard error.
#[derive(Default)]
pub struct DownloadProgress {
    bar: Option<ProgressBar>,
}

const STYLE: &str = "{msg:32!} {wide_bar:.cyan/dim} {binary_bytes:>10} of {binary_total_bytes:<10} {binary_bytes_per_sec:>12} {eta:>4}";

impl Progress for DownloadProgress {
    fn start(&mut self, file: &str, size: u64, have: u64) {
        if !stderr().is_terminal() {
            let _ = writeln!(
                stderr(),
                "fetching {file} ({})",
                format::bytes(size as usize)
            );
            return;
        }
        let bar = ProgressBar::new(size).with_message(file.to_owned());
        if let Ok(style) = ProgressStyle::with_template(STYLE) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_position(have);
        // Bytes that an earlier run fetched are no speed of this one.
        bar.reset_eta();
        self.bar = Some(bar);
    }

    fn at(&mut self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
    }

    fn note(&mut self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => {
                let _ = writeln!(stderr(), "{text}");
            }
        }
    }
}
