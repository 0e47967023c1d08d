//! The playground: a small network on points of the plane, with the numbers of TensorFlow Playground.
//!
//! A [`State`](state::State) decides everything: the data, the initial weights and the training. Only the
//! epochs, weights that were edited and points of one's own come on top of it.

pub mod activation;
pub mod batch;
pub mod choices;
pub mod command;
pub mod data;
pub mod export;
pub mod feature;
pub mod figures;
pub mod inside;
pub mod link;
pub mod names;
pub mod network;
pub mod not_finite;
pub mod now;
pub mod own;
pub mod picture;
pub mod random;
pub mod reply;
pub mod run;
pub mod save;
pub mod snapshot;
pub mod state;
pub mod stop;
pub mod trainer;
pub mod training;
mod words;
