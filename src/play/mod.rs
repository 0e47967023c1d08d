//! Things to play with that need no model: pure logic, without a terminal and without libtorch.

pub(crate) mod matrix;
pub(crate) mod perceptron;
pub mod playground;
