//! Lines of bytes, none longer than a bound.

use std::io::{self, BufRead};

/// Bytes of a line.
const LONGEST: usize = 16 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the line has more than {LONGEST} bytes")]
    TooLong,
}

/// The next line, without its end; `None` where the input ends.
///
/// # Errors
/// The input cannot be read, or the line, which has been passed over, is too long.
pub fn next(input: &mut impl BufRead) -> Result<Option<Vec<u8>>, Error> {
    let mut line = Vec::new();
    let (mut long, mut any) = (false, false);
    loop {
        let bytes = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        let end = bytes.iter().position(|&b| b == b'\n');
        let part = &bytes[..end.unwrap_or(bytes.len())];
        any |= !bytes.is_empty();
        long |= line.len() + part.len() > LONGEST;
        if long {
            line = Vec::new();
        } else {
            line.extend_from_slice(part);
        }
        let ended = end.is_some() || bytes.is_empty();
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if ended {
            return match (long, any) {
                (true, _) => Err(Error::TooLong),
                (false, true) => Ok(Some(line)),
                (false, false) => Ok(None),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let mut bytes = vec![b'x'; LONGEST + 1];
        bytes.extend_from_slice(b"\n\nab");
        let mut input = io::BufReader::new(&bytes[..]);
        assert!(matches!(next(&mut input), Err(Error::TooLong)));
        assert_eq!(next(&mut input).unwrap(), Some(Vec::new()));
        assert_eq!(next(&mut input).unwrap(), Some(b"ab".to_vec()));
        assert_eq!(next(&mut input).unwrap(), None);
    }
}
