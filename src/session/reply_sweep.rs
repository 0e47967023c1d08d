//! A sweep and input attribution as people read them.

use unicode_width::UnicodeWidthStr;

use super::format;
use super::reply_views::{here, logit_of};
use super::sweep::row_name;
use crate::lang::{plain, say, say_with};
use crate::trace::inputs::InputAttribution;
use crate::trace::sweep::{Pair, SweepCell, SweepMap};

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
    let table = |number: &dyn Fn(&SweepCell) -> String| {
        let mut text = format!("\n  {}{head}", format::fit("", widest));
        for (name, line) in names.iter().zip(&map.cells) {
            let cells = line.iter().map(|cell| match cell {
                Some(cell) => number(cell),
                None => format::fit_right("–", NUMBER),
            });
            let cells: String = cells.collect();
            text += &format!("\n  {}{cells}", format::fit(name, widest));
        }
        text
    };
    text += &table(&|cell| {
        // A dot marks what random changes do as well.
        let mark = if map.is_noise(cell.effect) { "·" } else { " " };
        format!(
            "{mark}{}",
            format::fit_right(&effect(cell.effect), NUMBER - 1)
        )
    });
    if let Some(line) = error(map) {
        text += &format!("\n  {line}");
        text += &table(&|cell| {
            let estimate = cell.estimate.map_or("–".into(), effect);
            format::fit_right(&estimate, NUMBER)
        });
    }
    text
}

/// How far estimates from gradients lie from the effects.
pub fn error(map: &SweepMap) -> Option<String> {
    let e = map.estimate_error()?;
    let [row, column] = e.at;
    let name = map
        .points
        .get(row)
        .map_or(String::new(), |name| row_name(name));
    let part = map.columns.get(column).map_or("", |name| name.trim());
    let args = [
        ("correlation", plain(format!("{:.3}", e.correlation))),
        ("mean", plain(effect(e.mean))),
        ("largest", plain(effect(e.largest))),
        ("name", plain(name)),
        ("part", plain(part)),
    ];
    Some(say_with("reply-sweep-error", &args))
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
        (Some(a), Some(b)) => {
            let args = [
                ("answer", plain(format::token(a))),
                ("wrong", plain(format::token(b))),
            ];
            format!(" ({})", say_with("reply-sweep-less", &args))
        }
        (Some(a), None) => format!(" ({})", format::token(a)),
        _ => String::new(),
    };
    let told = |pair: &Pair| {
        let mut args = vec![("clean", plain(effect(pair.clean)))];
        let metric = match pair.corrupted {
            Some(corrupted) => {
                args.push(("corrupted", plain(effect(corrupted))));
                say_with("reply-sweep-pair", &args)
            }
            None => say_with("reply-sweep-unchanged", &args),
        };
        metric + &tokens(pair)
    };
    let mut lines: Vec<String> = match &map.pairs[..] {
        [one] => vec![told(one)],
        pairs => {
            let n = pairs.len();
            let mut lines = vec![say_with("reply-sweep-medians", &[("n", plain(n))])];
            lines.extend(pairs.iter().take(TOLD).map(told));
            let more = || say_with("reply-sweep-more", &[("n", plain(n - TOLD))]);
            lines.extend((n > TOLD).then(more));
            lines
        }
    };
    if !map.refused.is_empty() {
        let all = map.refused.len() + map.pairs.len();
        let args = [("n", plain(map.refused.len())), ("all", plain(all))];
        lines.push(say_with("reply-sweep-refused", &args));
        let refused = map.refused.iter().take(TOLD);
        lines.extend(refused.map(|one| {
            let args = [("line", plain(one.line)), ("why", plain(&one.why))];
            format!("  {}", say_with("reply-sweep-line", &args))
        }));
    }
    lines
}

/// The noise floor.
pub fn floor(map: &SweepMap) -> Option<String> {
    let args = [
        ("floor", plain(effect(map.floor?))),
        ("n", plain(map.controls.len())),
    ];
    Some(say_with("reply-sweep-floor", &args))
}

/// How far integrated gradients sum to what they should.
pub fn integrated(a: &InputAttribution) -> String {
    let args = [
        ("steps", plain(a.steps)),
        ("sum", plain(format!("{:.3}", a.sum))),
        ("due", plain(format!("{:.3}", a.value - a.baseline))),
    ];
    say_with("pane-inputs-sum", &args)
}

/// A line for each token of the text.
pub fn inputs(at: &str, a: &InputAttribution) -> String {
    let of = logit_of(&a.token, a.against.as_ref());
    let mut text = here(&of, at, a.value);
    text += &format!("\n  {}", InputAttribution::DEFINITION);
    text += &format!("\n  {}", integrated(a));
    if !a.is_exact() {
        text += &format!("\n  {}", say("pane-inputs-distrust"));
    }
    let widest = a.tokens.iter().map(|one| format::token(&one.text).width());
    let widest = widest.max().unwrap_or(0).clamp(5, 24);
    let head = ["gradient", "× input", "integrated"].map(|name| format!("  {name:>10}"));
    text += &format!("\n  {}{}", format::fit("token", widest), head.concat());
    let most = a.tokens.iter().map(|one| one.integrated.abs());
    let most = most.fold(f64::MIN_POSITIVE, f64::max);
    for one in &a.tokens {
        let numbers = [one.gradient, one.product, one.integrated];
        let numbers = numbers.map(|x| format!("  {:>10}", effect(x)));
        let bar = "▇".repeat((one.integrated.abs() / most * 20.0).round() as usize);
        let name = format::fit(&format::token(&one.text), widest);
        text += &format!("\n  {name}{}  {bar}", numbers.concat());
    }
    text
}
