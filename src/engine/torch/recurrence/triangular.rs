//! Systems of equations over a lower triangular matrix with ones on its diagonal.

use std::sync::Once;

use tch::{Device, Kind, Tensor};

use super::super::Result;

/// Where the unknown stands.
#[derive(Clone, Copy, PartialEq)]
pub enum Unknown {
    /// `over X = known`
    Right,
    /// `X over = known`
    Left,
}

/// X, of the shape of `known`. `over` is `[…, n, n]`; what it holds on and above its diagonal is not read.
pub fn solve(over: &Tensor, known: &Tensor, unknown: Unknown) -> Result<Tensor> {
    load(over.device());
    let left = unknown == Unknown::Right;
    Ok(over.f_linalg_solve_triangular(known, false, left, true)?)
}

/// libtorch loads its linear algebra for GPUs at the first call, and fails if two threads make that call at once.
fn load(device: Device) {
    static LOADED: Once = Once::new();
    if device.is_cuda() {
        LOADED.call_once(|| {
            // A failure here comes again at the call that needs the answer, which reports it.
            let one = Tensor::f_ones([1, 1], (Kind::Float, device));
            let _ = one.and_then(|one| one.f_linalg_solve_triangular(&one, false, true, true));
        });
    }
}
