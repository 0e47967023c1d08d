//! The playground: a small network on points of the plane, with the numbers of TensorFlow Playground.
//!
//! A [`State`](state::State) decides everything: the data, the initial weights and the training. Only the
//! epochs, weights that were edited and points of one's own come on top of it.

pub mod activation;
pub mod data;
pub mod feature;
pub mod link;
pub mod names;
pub mod network;
pub mod random;
pub mod state;
pub mod training;
