//! ggml's types of 1 to 3 bits (IQ1 to IQ3): codes are numbers of points, eight or four values each, of a fixed grid.
//! The grids are in `grids.bin`, one after the other, as the package `gguf` packs them: four values of two bits to a
//! byte, or two of three bits, the lowest first.

use std::sync::LazyLock;

use half::f16;

/// Grids of 256, 512 and 1024 points of eight values, of 256 and 512 of four, and IQ1's 2048 of eight.
static PACKED: &[u8] = include_bytes!("grids.bin");

type Eight = [f32; 8];
type Four = [f32; 4];

static IQ2_XXS: LazyLock<Vec<Eight>> = LazyLock::new(|| points(0, 512, &TWO));
static IQ2_XS: LazyLock<Vec<Eight>> = LazyLock::new(|| points(512, 1024, &TWO));
static IQ2_S: LazyLock<Vec<Eight>> = LazyLock::new(|| points(1536, 2048, &TWO));
static IQ3_XXS: LazyLock<Vec<Four>> =
    LazyLock::new(|| points(3584, 512, &[4.0, 12.0, 20.0, 28.0, 36.0, 44.0, 52.0, 62.0]));
static IQ3_S: LazyLock<Vec<Four>> =
    LazyLock::new(|| points(4096, 1024, &[1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0]));
static IQ1: LazyLock<Vec<Eight>> = LazyLock::new(|| points(5120, 4096, &[-1.0, 0.0, 1.0, 0.0]));

/// The values of IQ2's codes.
const TWO: [f32; 4] = [8.0, 25.0, 43.0, 0.0];
/// The distance of IQ1's values from the grid, to one side or the other.
const ASIDE: f32 = 0.125;

/// The points in `length` bytes of the packed grids, whose codes have these values.
fn points<const N: usize>(start: usize, length: usize, values: &[f32]) -> Vec<[f32; N]> {
    let bits = if values.len() == 4 { 2 } else { 4 };
    let codes = PACKED[start..start + length].iter();
    let codes = codes.flat_map(|byte| (0..8 / bits).map(move |i| byte >> (i * bits)));
    let values: Vec<f32> = codes
        .map(|code| values[usize::from(code) & (values.len() - 1)])
        .collect();
    values.as_chunks().0.to_vec()
}

fn half(a: u8, b: u8) -> f32 {
    f16::from_le_bytes([a, b]).to_f32()
}

/// Write a point to `to`, times `scale`; bits of `signs` turn values around.
fn signed<const N: usize>(to: &mut [f32], point: &[f32; N], scale: f32, signs: u8) {
    for (i, (to, value)) in to.iter_mut().zip(point).enumerate() {
        let size = scale * value;
        *to = if signs >> i & 1 == 0 { size } else { -size };
    }
}

/// Eight signs from seven bits: an even number of values is turned around.
fn even(bits: u32) -> u8 {
    let bits = (bits & 127) as u8;
    bits | ((bits.count_ones() as u8 & 1) << 7)
}

fn word(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// The low or the high half of a byte, for even and odd `i`.
fn nibble(bytes: &[u8], i: usize) -> f32 {
    f32::from(bytes[i / 2] >> (4 * (i % 2)) & 15)
}

/// IQ2_XXS: for each 32 values four codes, and a word of signs with a scale in its highest bits.
pub fn iq2_xxs([a, b, rest @ ..]: &[u8; 66]) -> [f32; 256] {
    let (whole, mut out) = (half(*a, *b), [0.0; 256]);
    for (to, from) in out.chunks_mut(32).zip(rest.chunks(8)) {
        let signs = word(&from[4..]);
        let scale = whole * (0.5 + (signs >> 28) as f32) * 0.25;
        for (i, to) in to.chunks_mut(8).enumerate() {
            let point = &IQ2_XXS[usize::from(from[i])];
            signed(to, point, scale, even(signs >> (7 * i)));
        }
    }
    out
}

/// IQ2_XS: for each eight values nine bits of a code and seven of signs; then a scale of four bits for each 16.
pub fn iq2_xs([a, b, rest @ ..]: &[u8; 74]) -> [f32; 256] {
    let (whole, mut out) = (half(*a, *b), [0.0; 256]);
    let (codes, scales) = rest.split_at(64);
    for (i, (to, code)) in out.chunks_mut(8).zip(codes.chunks(2)).enumerate() {
        let code = word(code);
        let scale = whole * (0.5 + nibble(scales, i / 2)) * 0.25;
        let point = &IQ2_XS[code as usize & 511];
        signed(to, point, scale, even(code >> 9));
    }
    out
}

/// IQ2_S: the low bytes of codes, signs, the two high bits of codes, and a scale of four bits for each 16 values.
pub fn iq2_s([a, b, rest @ ..]: &[u8; 82]) -> [f32; 256] {
    let (whole, mut out) = (half(*a, *b), [0.0; 256]);
    let (low, signs, high, scales) = (&rest[..32], &rest[32..64], &rest[64..72], &rest[72..]);
    for (i, to) in out.chunks_mut(8).enumerate() {
        let high = usize::from(high[i / 4] >> (2 * (i % 4)) & 3);
        let scale = whole * (0.5 + nibble(scales, i / 2)) * 0.25;
        let point = &IQ2_S[usize::from(low[i]) | high << 8];
        signed(to, point, scale, signs[i]);
    }
    out
}

/// IQ3_XXS: codes of four values each; then for each 32 values a word of signs with a scale in its highest bits.
pub fn iq3_xxs([a, b, rest @ ..]: &[u8; 98]) -> [f32; 256] {
    let (whole, mut out) = (half(*a, *b), [0.0; 256]);
    let (codes, words) = rest.split_at(64);
    for (i, (to, codes)) in out.chunks_mut(8).zip(codes.chunks(2)).enumerate() {
        let signs = word(&words[i / 4 * 4..][..4]);
        let scale = whole * (0.5 + (signs >> 28) as f32) * 0.5;
        let signs = even(signs >> (7 * (i % 4)));
        for (j, (to, code)) in to.chunks_mut(4).zip(codes).enumerate() {
            signed(to, &IQ3_XXS[usize::from(*code)], scale, signs >> (4 * j));
        }
    }
    out
}

/// IQ3_S: the low bytes of codes, their highest bits, signs, and a scale of four bits for each 32 values.
pub fn iq3_s([a, b, rest @ ..]: &[u8; 110]) -> [f32; 256] {
    let (whole, mut out) = (half(*a, *b), [0.0; 256]);
    let (low, high, signs, scales) = (&rest[..64], &rest[64..72], &rest[72..104], &rest[104..]);
    for (i, to) in out.chunks_mut(4).enumerate() {
        let high = usize::from(high[i / 8] >> (i % 8) & 1);
        let scale = whole * (1.0 + 2.0 * nibble(scales, i / 8));
        let point = &IQ3_S[usize::from(low[i]) | high << 8];
        signed(to, point, scale, signs[i / 2] >> (4 * (i % 2)));
    }
    out
}

fn aside(to: &mut [f32], code: usize, scale: f32, below: bool) {
    let aside = if below { -ASIDE } else { ASIDE };
    for (to, value) in to.iter_mut().zip(&IQ1[code]) {
        *to = scale * (value + aside);
    }
}

/// IQ1_S: the low bytes of codes; then for each 32 values the high bits of four codes, a scale and a side.
pub fn iq1_s([a, b, rest @ ..]: &[u8; 50]) -> [f32; 256] {
    let (whole, mut out) = (half(*a, *b), [0.0; 256]);
    let (low, high) = rest.split_at(32);
    for (i, to) in out.chunks_mut(8).enumerate() {
        let high = word(&high[i / 4 * 2..][..2]) as usize;
        let scale = whole * (2 * (high >> 12 & 7) + 1) as f32;
        let code = usize::from(low[i]) | (high >> (3 * (i % 4)) & 7) << 8;
        aside(to, code, scale, high & 0x8000 != 0);
    }
    out
}

/// IQ1_M: the low bytes of codes; a half byte for each with the high bits and a side; then four words of scales of
/// three bits for each 16 values. The highest bits of the words are the block's factor.
pub fn iq1_m(block: &[u8; 56]) -> [f32; 256] {
    let (low, high, scales) = (&block[..32], &block[32..48], &block[48..]);
    let scale = |i: usize| word(&scales[2 * i..][..2]);
    let whole = (0..4).fold(0, |bits, i| bits | (scale(i) >> 12) << (4 * i));
    let whole = f16::from_bits(whole as u16).to_f32();
    let mut out = [0.0; 256];
    for (i, to) in out.chunks_mut(8).enumerate() {
        let high = usize::from(high[i / 2] >> (4 * (i % 2)) & 15);
        let scale = whole * (2 * (scale(i / 8) >> (3 * (i / 2 % 4)) & 7) + 1) as f32;
        let code = usize::from(low[i]) | (high & 7) << 8;
        aside(to, code, scale, high & 8 != 0);
    }
    out
}
