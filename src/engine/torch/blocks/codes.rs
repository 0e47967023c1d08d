//! ggml's types of blocks whose codes are values: IQ4, MXFP4, NVFP4, Q1, TQ1 and TQ2.

use half::f16;

use super::super::floats::{f4_e2m1, f8_e4m3, power};

/// The values of IQ4's codes: close together near 0, far apart at the ends.
const IQ4: [i8; 16] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
];

/// 32 numbers from 16 bytes: the low halves of the bytes are the first 16, the high halves the others.
fn nibbles(codes: &[u8], value: impl Fn(u8) -> f32) -> [f32; 32] {
    let mut out = [0.0; 32];
    let (low, high) = out.split_at_mut(16);
    for ((code, low), high) in codes.iter().zip(low).zip(high) {
        (*low, *high) = (value(code & 15), value(code >> 4));
    }
    out
}

fn iq4(code: u8, scale: f32) -> f32 {
    scale * f32::from(IQ4[usize::from(code & 15)])
}

/// IQ4_NL: a factor and 32 codes.
pub fn iq4_nl([a, b, codes @ ..]: &[u8; 18]) -> [f32; 32] {
    let scale = f16::from_le_bytes([*a, *b]).to_f32();
    nibbles(codes, |code| iq4(code, scale))
}

/// IQ4_XS: a factor, and for each 32 of 256 codes a scale of 6 bits, stored 32 too large. The upper 2 bits of
/// all scales come first, then the lower 4.
pub fn iq4_xs([a, b, c, d, rest @ ..]: &[u8; 136]) -> [f32; 256] {
    let whole = f16::from_le_bytes([*a, *b]).to_f32();
    let upper = u16::from_le_bytes([*c, *d]);
    let (lower, codes) = rest.split_at(4);
    let mut out = [0.0; 256];
    let runs = out.as_chunks_mut::<32>().0.iter_mut();
    for (i, (run, codes)) in runs.zip(codes.chunks(16)).enumerate() {
        let low = lower[i / 2] >> (4 * (i % 2)) & 15;
        let high = (upper >> (2 * i) & 3) as u8;
        let scale = whole * (f32::from(low | high << 4) - 32.0);
        *run = nibbles(codes, |code| iq4(code, scale));
    }
    out
}

/// MXFP4: an exponent and 32 codes.
pub fn mxfp4([exponent, codes @ ..]: &[u8; 17]) -> [f32; 32] {
    let scale = power(*exponent);
    nibbles(codes, |code| f4_e2m1(code) * scale)
}

/// NVFP4: four scales, which are 8-bit floats without a sign, and 16 codes of four bits for each, the low halves of
/// eight bytes before the high ones.
pub fn nvfp4(block: &[u8; 36]) -> [f32; 64] {
    let (scales, codes) = block.split_at(4);
    let mut out = [0.0; 64];
    for ((to, scale), codes) in out.chunks_mut(16).zip(scales).zip(codes.chunks(8)) {
        let scale = f8_e4m3(scale & 127);
        // The code of NaN stands for 0.
        let scale = if scale.is_nan() { 0.0 } else { scale };
        let (low, high) = to.split_at_mut(8);
        for ((code, low), high) in codes.iter().zip(low).zip(high) {
            (*low, *high) = (f4_e2m1(code & 15) * scale, f4_e2m1(code >> 4) * scale);
        }
    }
    out
}

/// Q1_0: a factor and 128 signs, the lowest bit of a byte first; a bit that is set is +.
pub fn q1_0([a, b, signs @ ..]: &[u8; 18]) -> [f32; 128] {
    let scale = f16::from_le_bytes([*a, *b]).to_f32();
    let mut out = [0.0; 128];
    for (i, to) in out.iter_mut().enumerate() {
        let positive = signs[i / 8] >> (i % 8) & 1 == 1;
        *to = if positive { scale } else { -scale };
    }
    out
}

/// TQ1_0: bytes whose digits to the base of 3 are codes, the highest digit first, as a fraction of 256. Digits of one
/// place follow each other.
pub fn tq1_0(block: &[u8; 54]) -> [f32; 256] {
    let scale = f16::from_le_bytes([block[52], block[53]]).to_f32();
    let runs = [(&block[..32], 5), (&block[32..48], 5), (&block[48..52], 4)];
    let digit = |byte: u8, place: u32| {
        let below = u16::from(byte.wrapping_mul(3u8.pow(place)));
        f32::from((below * 3) >> 8) - 1.0
    };
    let codes = runs.iter().flat_map(|&(bytes, places)| {
        let of_place = move |place| bytes.iter().map(move |byte| digit(*byte, place));
        (0..places).flat_map(of_place)
    });
    let mut out = [0.0; 256];
    out.iter_mut()
        .zip(codes)
        .for_each(|(to, code)| *to = scale * code);
    out
}

/// TQ2_0: codes of two bits, the lowest bits of 32 bytes first.
pub fn tq2_0(block: &[u8; 66]) -> [f32; 256] {
    let scale = f16::from_le_bytes([block[64], block[65]]).to_f32();
    let mut out = [0.0; 256];
    for (i, to) in out.iter_mut().enumerate() {
        let (half, place, byte) = (i / 128, i / 32 % 4, i % 32);
        let code = block[32 * half + byte] >> (2 * place) & 3;
        *to = scale * (f32::from(code) - 1.0);
    }
    out
}
