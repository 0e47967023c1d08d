//! Tells the linker where libtorch lies, so that the program finds it from any folder.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // torch-sys sets it; it is absent without the feature `torch`.
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        return;
    };
    // The path goes through the checkout's link to the cache itself: an installed program outlives the
    // checkout.
    let lib = Path::new(&lib)
        .canonicalize()
        .map_or(lib, |path| path.display().to_string());
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
}
