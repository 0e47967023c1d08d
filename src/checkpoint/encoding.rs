//! The stored forms of a tensor's elements: plain numbers, floats of 8 or 4 bits, and ggml's quantised
//! blocks.

use std::fmt;

use crate::trace::tensor::Dtype;

/// The form of a tensor's bytes in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Little-endian elements.
    Plain(Dtype),
    /// Bytes with a sign, four bits of exponent (bias 7) and three of mantissa; no infinities.
    F8E4M3,
    /// Nibbles with a sign, two bits of exponent (bias 1) and one of mantissa; a byte's low half comes first.
    /// Each run of 32 along a row has a power of two in another tensor.
    Mxfp4,
    /// Blocks along a row, each with its own scales.
    Blocks(Blocks),
    /// Whole numbers of so many bits.
    Whole(usize),
    /// A form that is not read, by the name that its file gives it.
    Unknown(&'static str),
}

/// The number of MXFP4 elements that share a factor.
pub const MXFP4_BLOCK: usize = 32;

/// ggml's quantised types that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
    Q8K,
    Iq4Nl,
    Iq4Xs,
    /// The values of [`Encoding::Mxfp4`], with each block's exponent before its codes.
    Mxfp4,
    Nvfp4,
    Q1_0,
    Tq1_0,
    Tq2_0,
    Iq1S,
    Iq1M,
    Iq2Xxs,
    Iq2Xs,
    Iq2S,
    Iq3Xxs,
    Iq3S,
}

impl Encoding {
    /// The dtype of the elements once they are read.
    pub fn dtype(self) -> Dtype {
        match self {
            Encoding::Plain(dtype) => dtype,
            _ => Dtype::F32,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Encoding::Plain(dtype) => dtype.fmt(f),
            Encoding::F8E4M3 => f.write_str("f8_e4m3"),
            Encoding::Mxfp4 => f.write_str("mxfp4"),
            Encoding::Whole(bits) => write!(f, "I{bits}"),
            Encoding::Unknown(name) => f.write_str(name),
            Encoding::Blocks(blocks) => f.write_str(match blocks {
                Blocks::Q4_0 => "q4_0",
                Blocks::Q4_1 => "q4_1",
                Blocks::Q5_0 => "q5_0",
                Blocks::Q5_1 => "q5_1",
                Blocks::Q8_0 => "q8_0",
                Blocks::Q2K => "q2_K",
                Blocks::Q3K => "q3_K",
                Blocks::Q4K => "q4_K",
                Blocks::Q5K => "q5_K",
                Blocks::Q6K => "q6_K",
                Blocks::Q8K => "q8_K",
                Blocks::Iq4Nl => "iq4_nl",
                Blocks::Iq4Xs => "iq4_xs",
                Blocks::Mxfp4 => "mxfp4",
                Blocks::Nvfp4 => "nvfp4",
                Blocks::Q1_0 => "q1_0",
                Blocks::Tq1_0 => "tq1_0",
                Blocks::Tq2_0 => "tq2_0",
                Blocks::Iq1S => "iq1_s",
                Blocks::Iq1M => "iq1_m",
                Blocks::Iq2Xxs => "iq2_xxs",
                Blocks::Iq2Xs => "iq2_xs",
                Blocks::Iq2S => "iq2_s",
                Blocks::Iq3Xxs => "iq3_xxs",
                Blocks::Iq3S => "iq3_s",
            }),
        }
    }
}

/// A type of ggml: its number in files, the elements and bytes of a block, and its encoding.
pub(super) struct GgmlType {
    id: u32,
    pub elements: usize,
    pub bytes: usize,
    pub encoding: Encoding,
}

const fn ggml(id: u32, elements: usize, bytes: usize, encoding: Encoding) -> GgmlType {
    GgmlType {
        id,
        elements,
        bytes,
        encoding,
    }
}

/// ggml's table of types. Types without `Blocks` are known by size and name only.
const GGML_TYPES: &[GgmlType] = &[
    ggml(0, 1, 4, Encoding::Plain(Dtype::F32)),
    ggml(1, 1, 2, Encoding::Plain(Dtype::F16)),
    ggml(2, 32, 18, Encoding::Blocks(Blocks::Q4_0)),
    ggml(3, 32, 20, Encoding::Blocks(Blocks::Q4_1)),
    ggml(6, 32, 22, Encoding::Blocks(Blocks::Q5_0)),
    ggml(7, 32, 24, Encoding::Blocks(Blocks::Q5_1)),
    ggml(8, 32, 34, Encoding::Blocks(Blocks::Q8_0)),
    ggml(9, 32, 40, Encoding::Unknown("q8_1")),
    ggml(10, 256, 84, Encoding::Blocks(Blocks::Q2K)),
    ggml(11, 256, 110, Encoding::Blocks(Blocks::Q3K)),
    ggml(12, 256, 144, Encoding::Blocks(Blocks::Q4K)),
    ggml(13, 256, 176, Encoding::Blocks(Blocks::Q5K)),
    ggml(14, 256, 210, Encoding::Blocks(Blocks::Q6K)),
    ggml(15, 256, 292, Encoding::Blocks(Blocks::Q8K)),
    ggml(16, 256, 66, Encoding::Blocks(Blocks::Iq2Xxs)),
    ggml(17, 256, 74, Encoding::Blocks(Blocks::Iq2Xs)),
    ggml(18, 256, 98, Encoding::Blocks(Blocks::Iq3Xxs)),
    ggml(19, 256, 50, Encoding::Blocks(Blocks::Iq1S)),
    ggml(20, 32, 18, Encoding::Blocks(Blocks::Iq4Nl)),
    ggml(21, 256, 110, Encoding::Blocks(Blocks::Iq3S)),
    ggml(22, 256, 82, Encoding::Blocks(Blocks::Iq2S)),
    ggml(23, 256, 136, Encoding::Blocks(Blocks::Iq4Xs)),
    ggml(24, 1, 1, Encoding::Whole(8)),
    ggml(25, 1, 2, Encoding::Whole(16)),
    ggml(26, 1, 4, Encoding::Whole(32)),
    ggml(27, 1, 8, Encoding::Whole(64)),
    ggml(28, 1, 8, Encoding::Plain(Dtype::F64)),
    ggml(29, 256, 56, Encoding::Blocks(Blocks::Iq1M)),
    ggml(30, 1, 2, Encoding::Plain(Dtype::BF16)),
    ggml(34, 256, 54, Encoding::Blocks(Blocks::Tq1_0)),
    ggml(35, 256, 66, Encoding::Blocks(Blocks::Tq2_0)),
    ggml(39, 32, 17, Encoding::Blocks(Blocks::Mxfp4)),
    ggml(40, 64, 36, Encoding::Blocks(Blocks::Nvfp4)),
    ggml(41, 128, 18, Encoding::Blocks(Blocks::Q1_0)),
];

/// The type with this number in a GGUF file.
pub(super) fn ggml_type(id: u32) -> Option<&'static GgmlType> {
    GGML_TYPES.iter().find(|t| t.id == id)
}
