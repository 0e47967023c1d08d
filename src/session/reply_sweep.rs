//! A sweep as people read it.

use unicode_width::UnicodeWidthStr;

use super::format;
use super::sweep::row_name;
use crate::trace::sweep::{Pair, SweepMap};

/// Refused lines and pairs that are told one by one.
const TOLD: usize = 8;
/// Columns of a number.
const NUMBER: usize = 9;

/// A line for each hook point, an effect for each part.
pub fn sweep(map: &SweepMap) -> String {
    let mut text = map.definition.clone();
    for line in runs(map).into_iter().chain(floor(map)) {
        text += &format!("\n  {line}");
    }
    let names: Vec<String> = map.points.iter().map(|name| row_name(name)).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let heading = |name: &String| {
        let name = format::token(name);
        let name = name.trim_matches('"');
        format!(" {}", format::fit_right(name, NUMBER - 1))
    };
    let head: String = map.columns.iter().map(heading).collect();
    text += &format!("\n  {}{head}", format::fit("", widest));
    for (name, line) in names.iter().zip(&map.cells) {
        let cells = line.iter().map(|cell| match cell {
            Some(cell) => {
                // A dot marks what random changes do as well.
                let mark = if map.is_noise(cell.effect) { "·" } else { " " };
                format!(
                    "{mark}{}",
                    format::fit_right(&effect(cell.effect), NUMBER - 1)
                )
            }
            None => format::fit_right("–", NUMBER),
        });
        let cells: String = cells.collect();
        text += &format!("\n  {}{cells}", format::fit(name, widest));
    }
    text
}

/// An effect with three places, or as a power of ten.
pub fn effect(x: f64) -> String {
    match x.abs() {
        size if x == 0.0 || (0.0005..9999.5).contains(&size) => format!("{x:.3}"),
        _ => format!("{x:.0e}"),
    }
}

/// The metric of the runs themselves, and what is refused.
pub fn runs(map: &SweepMap) -> Vec<String> {
    let tokens = |pair: &Pair| match (&pair.answer, &pair.wrong) {
        (Some(a), Some(b)) => format!(" ({} less {})", format::token(a), format::token(b)),
        (Some(a), None) => format!(" ({})", format::token(a)),
        _ => String::new(),
    };
    let told = |pair: &Pair| match pair.corrupted {
        Some(corrupted) => {
            let clean = effect(pair.clean);
            format!(
                "clean {clean}, corrupted {}{}",
                effect(corrupted),
                tokens(pair)
            )
        }
        None => format!("unchanged {}{}", effect(pair.clean), tokens(pair)),
    };
    let mut lines: Vec<String> = match &map.pairs[..] {
        [one] => vec![told(one)],
        pairs => {
            let n = pairs.len();
            let mut lines = vec![format!("medians of {n} prompts; JSON has their quartiles")];
            lines.extend(pairs.iter().take(TOLD).map(told));
            lines.extend((n > TOLD).then(|| format!("and {} more", n - TOLD)));
            lines
        }
    };
    if !map.refused.is_empty() {
        let all = map.refused.len() + map.pairs.len();
        lines.push(format!("{} of {all} lines are refused:", map.refused.len()));
        let refused = map.refused.iter().take(TOLD);
        lines.extend(refused.map(|one| format!("  line {}: {}", one.line, one.why)));
    }
    lines
}

/// The noise floor.
pub fn floor(map: &SweepMap) -> Option<String> {
    let floor = effect(map.floor?);
    let n = map.controls.len();
    Some(format!(
        "random changes of the same size: 95 of 100 stay within ±{floor} ({n} made); · marks what is no larger"
    ))
}
