//! Git LFS pointers: the few lines that stand where a large file belongs, in a clone without Git LFS.

/// How a pointer begins, whatever version it is of.
const BEGINS: &[u8] = b"version https://git-lfs.github.com/spec/";

/// What to do about one, behind its path.
pub const ADVICE: &str = "is a Git LFS pointer, a few lines that stand where the file belongs; get the file with \
                          `git lfs pull` in its folder, or give the model by its name on the hub";

/// Whether these are the bytes of a pointer in place of a file.
pub fn is_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(BEGINS)
}
