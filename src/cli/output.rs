//! Standard output of a command that does more than print: what it writes to files does not hang on whether
//! anybody still reads.

use std::io::{self, Write, stdout};

/// Takes everything; once standard output has failed it goes nowhere.
#[derive(Default)]
pub struct Output {
    failed: Option<io::Error>,
}

impl Output {
    /// When all files are written: what became of standard output.
    ///
    /// # Errors
    /// It could not take what was printed. A reader that has seen enough, as `head` has, is no error.
    pub fn end(mut self) -> io::Result<()> {
        self.flush()?;
        match self.failed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    fn take<T>(&mut self, done: io::Result<T>, otherwise: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.failed = Some(error);
                Ok(otherwise)
            }
            done => done,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed.is_some() {
            return Ok(bytes.len());
        }
        self.take(stdout().write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failed.is_some() {
            return Ok(());
        }
        self.take(stdout().flush(), ())
    }
}
