//! How near a lens comes to the model's own answer, layer by layer.

use serde::{Deserialize, Serialize};

use super::number;

/// The distance of a lens to the answer at the end of the pass, over several rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// KL(answer ‖ lens) in nats, the mean over the rows.
    #[serde(with = "number")]
    pub kl: f64,
    /// The share of rows in which both have the same most probable token.
    #[serde(with = "number")]
    pub same_top: f64,
}

/// The fidelity of lenses at several hook points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fidelity {
    /// The lens in use, if it is not the logit lens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lens: Option<String>,
    pub points: Vec<PointFidelity>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointFidelity {
    pub point: String,
    /// The lens in use, if it has a map here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lens: Option<Agreement>,
    /// The logit lens, for comparison.
    pub logit_lens: Agreement,
}
