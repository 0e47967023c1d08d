//! Tells the linker where libtorch lies, so that the program finds it wherever it is started from.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Set by torch-sys; absent without the feature `torch`.
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        return;
    };
    // Through the checkout's link to the cache itself: an installed program outlives the checkout.
    let lib = Path::new(&lib)
        .canonicalize()
        .map_or(lib, |path| path.display().to_string());
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
}
