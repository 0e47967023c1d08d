//! Git LFS pointers: the few lines that stand in place of a large file in a clone without Git LFS.

/// The first bytes of a pointer of any version.
const BEGINS: &[u8] = b"version https://git-lfs.github.com/spec/";

/// The advice about a pointer, after its path.
pub const ADVICE: &str = "is a Git LFS pointer, a few lines that stand where the file belongs; get the file with \
                          `git lfs pull` in its folder, or give the model by its name on the hub";

/// Whether these bytes are a pointer in place of a file.
pub fn is_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(BEGINS)
}
