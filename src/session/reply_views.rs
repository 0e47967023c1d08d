//! Replies about the whole model at once, as people read them.

use unicode_width::UnicodeWidthStr;

use super::format;
use crate::lang::{plain, say, say_with};
use crate::trace::attribution::{Attribution, Moved, Neuron, Part, PartKind};
use crate::trace::fidelity::{Agreement, Fidelity};
use crate::trace::grid::{LensCell, LensGrid};
use crate::trace::head_map::{HeadMap, Rollout};
use crate::trace::hook;
use crate::trace::score::Score;
use crate::trace::split::{Pair, Split};
use crate::trace::token::Token;

/// Columns of a token in a cell.
const TOKEN: usize = 8;
/// Parts of a logit that are listed, the largest first.
const PARTS: usize = 40;

/// A sentence about what is missing, on a line of its own.
fn lacking(missing: Option<&String>) -> String {
    missing.map_or(String::new(), |why| format!("\n  not all is here: {why}"))
}

/// A line for each hook point, a column for each token: top token, probability, entropy, and rank.
pub fn grid(target: &str, points: &[String], tokens: &[String], grid: &LensGrid) -> String {
    let names = points.iter().map(|name| name.width()).max().unwrap_or(0);
    let ranks = grid.cells.iter().flatten().flatten();
    let ranks = ranks.filter_map(|cell| Some(cell.of.as_ref()?.rank.to_string().len() + 2));
    let ranks = ranks.max().unwrap_or(0);
    let cell = |cell: &Option<LensCell>| match cell {
        Some(cell) => {
            let rank = cell.of.as_ref();
            let rank = rank.map_or(String::new(), |of| format!("#{}", of.rank));
            let token = format::fit(&format::token(&cell.text), TOKEN);
            let prob = format::percent(cell.prob);
            let entropy = format!("{:5.2}", cell.entropy);
            format!(
                "  {token}{prob}{entropy}{}",
                format::fit_right(&rank, ranks)
            )
        }
        None => format!("  {}", format::fit("–", TOKEN + 12 + ranks)),
    };
    let heading = |token: &String| {
        let token = format::fit(&format::token(token), TOKEN + 12 + ranks);
        format!("  {token}")
    };
    let head: String = tokens.iter().map(heading).collect();
    let mut text = format!("{target} at every layer: top token, probability, entropy in nats");
    let mut chosen = grid
        .cells
        .iter()
        .flatten()
        .flatten()
        .filter_map(|c| c.of.as_ref());
    if let Some(of) = chosen.next() {
        let token = format::token(&of.text);
        text += &if chosen.all(|other| other.id == of.id) {
            format!(", rank of {token}")
        } else {
            ", rank of the token that follows".to_owned()
        };
    }
    text += &through(grid);
    text += &format!("\n  {}{}", format::fit("", names), head.trim_end());
    for (name, line) in points.iter().zip(&grid.cells) {
        let cells: String = line.iter().map(cell).collect();
        text += &format!("\n  {}{}", format::fit(name, names), cells.trim_end());
    }
    text + &lacking(grid.missing.as_ref())
}

/// The lens from a file that a grid was read through, and where it was not.
fn through(grid: &LensGrid) -> String {
    let lens = grid.lens.as_ref();
    let mut text = lens.map_or(String::new(), |lens| format!(", through the {lens}"));
    if !grid.unmapped.is_empty() {
        let names: Vec<String> = grid.unmapped.iter().map(|name| hook::short(name)).collect();
        text += &format!(
            "; the lens in use has no map at {}, where the logit lens reads",
            names.join(", ")
        );
    }
    text
}

/// A line for each hook point: how near the lenses come to the answer.
pub fn fidelity(rows: usize, fidelity: &Fidelity) -> String {
    let names = fidelity.points.iter().map(|at| at.point.width()).max();
    let names = names.unwrap_or(0);
    let column = |agreement: Option<&Agreement>| match agreement {
        Some(a) => format!("{:9.4} {}", a.kl, format::percent(a.same_top)),
        None => format!("{:>9} {:>7}", "–", "–"),
    };
    let s = if rows == 1 { "row" } else { "rows" };
    let mut text = format!(
        "fidelity over {rows} {s}: KL(answer ‖ lens) in nats, and how often the top token is the same"
    );
    if let Some(lens) = &fidelity.lens {
        let head = |name: &str| format!("  {}", format::fit_right(name, 17));
        let kind = lens.split(" of ").next().unwrap_or(lens);
        text += &format!(
            " · {lens}\n  {}{}{}",
            format::fit("", names),
            head(kind),
            head("logit lens")
        );
    }
    for at in &fidelity.points {
        text += &format!("\n  {}", format::fit(&at.point, names));
        if fidelity.lens.is_some() {
            text += &format!("  {}", column(at.lens.as_ref()));
        }
        text += &format!("  {}", column(Some(&at.logit_lens)));
    }
    text
}

/// The sum, and its parts, the largest first.
pub fn attribution(at: &str, a: &Attribution) -> String {
    let mut text = here(&logit(a), at, a.logit);
    let args = [
        ("n", plain(a.parts.len())),
        ("sum", plain(format!("{:.3}", a.sum))),
    ];
    text += &format!("\n  {}", say_with("reply-attribution-sum", &args));
    text += &cap(a).map_or(String::new(), |cap| format!("\n  {cap}"));
    let sorted = sorted(&a.parts);
    let most = sorted.first().map_or(0.0, |part| part.value.abs());
    for part in sorted.iter().take(PARTS) {
        let bar = "▇".repeat((part.value.abs() / most * 20.0).round() as usize);
        text += &format!(
            "\n  {:>+9.3}  {} {bar}",
            part.value,
            format::fit(&name(part), 28)
        );
    }
    if let Some(rest) = sorted.get(PARTS..).filter(|rest| !rest.is_empty()) {
        let sum: f64 = rest.iter().map(|part| part.value).sum();
        text += &smaller(sum, rest.len());
    }
    text
}

/// A line for parts that are not listed.
fn smaller(sum: f64, count: usize) -> String {
    let words = say_with("pane-smaller", &[("n", plain(count))]);
    format!("\n  {sum:>+9.3}  {words}")
}

/// Writers of a query or key that are listed.
const WRITERS: usize = 8;

/// The score, who wrote its query and its key, and the largest terms.
pub fn split(tokens: &[String; 2], split: &Split) -> String {
    let mut text = format!("{} = {:.3}", scored(tokens, split), split.score);
    text += &format!("\n  {} · {}", summed(split), say("pane-split-frozen"));
    if let Some(cap) = split.cap {
        let cap = crate::graph::factor::short(cap);
        let words = say_with("reply-split-cap", &[("cap", plain(cap))]);
        text += &format!("\n  {words}");
    }
    for (title, parts) in [
        ("pane-split-query", &split.queries),
        ("pane-split-key", &split.keys),
    ] {
        text += &format!("\n  {}", say(title));
        for part in sorted(parts).iter().take(WRITERS) {
            text += &format!("\n  {:>+9.3}  {}", part.value, name(part));
        }
        let rest = sorted(parts).split_off(WRITERS.min(parts.len()));
        if !rest.is_empty() {
            let sum: f64 = rest.iter().map(|part| part.value).sum();
            text += &smaller(sum, rest.len());
        }
    }
    text += &format!("\n  {}", say("pane-split-terms"));
    for pair in &split.terms {
        text += &format!("\n  {:>+9.3}  {}", pair.value, named_pair(split, pair));
    }
    if split.others > 0 {
        text += &smaller(split.rest, split.others);
    }
    text
}

/// `score of head 1: 民 looks at 中`.
pub fn scored([query, key]: &[String; 2], split: &Split) -> String {
    let [query, key] = [query, key].map(|text| format::token(text));
    let args = [
        ("head", plain(split.head)),
        ("query", plain(query)),
        ("key", plain(key)),
    ];
    say_with("reply-score", &args)
}

/// The sum and its number of terms, and what depends on the distance alone.
pub fn summed(split: &Split) -> String {
    let mut args = vec![
        ("queries", plain(split.queries.len())),
        ("keys", plain(split.keys.len())),
        ("sum", plain(format!("{:.3}", split.sum))),
    ];
    match split.distance {
        None => say_with("reply-terms", &args),
        Some(far) => {
            args.push(("far", plain(format!("{far:+.3}"))));
            say_with("reply-terms-far", &args)
        }
    }
}

/// `head 2 of block 0 × embedding (hook_embed)`.
pub fn named_pair(split: &Split, pair: &Pair) -> String {
    let of = |parts: &[Part], i: usize| parts.get(i).map_or(String::new(), name);
    format!(
        "{} × {}",
        of(&split.queries, pair.query),
        of(&split.keys, pair.key)
    )
}

/// `logit of "a" at "b" = 0.123`
pub fn here(what: &str, at: &str, value: f64) -> String {
    let args = [
        ("what", plain(what)),
        ("token", plain(format::token(at))),
        ("value", plain(format!("{value:.3}"))),
    ];
    say_with("reply-at", &args)
}

/// `logit of "a"`, or the difference of two.
pub fn logit(a: &Attribution) -> String {
    logit_of(&a.token, a.against.as_ref())
}

/// `logit of "a"`, or its difference from that of another token.
pub fn logit_of(token: &Token, against: Option<&Token>) -> String {
    let mut args = vec![("token", plain(format::token(&token.text)))];
    match against {
        None => say_with("pane-inputs-logit", &args),
        Some(other) => {
            args.push(("other", plain(format::token(&other.text))));
            say_with("pane-inputs-difference", &args)
        }
    }
}

/// A sentence about the cap of a model that has one.
pub fn cap(a: &Attribution) -> Option<String> {
    let cap = crate::graph::factor::short(a.cap?);
    Some(say_with("reply-cap", &[("cap", plain(cap))]))
}

/// Parts by size, the largest first.
pub fn sorted(parts: &[Part]) -> Vec<&Part> {
    let mut sorted: Vec<&Part> = parts.iter().collect();
    sorted.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    sorted
}

/// `head 2 of block 3`, `mlp of block 3`, `bias of ln_final.out`.
pub fn name(part: &Part) -> String {
    let word = ("word", plain(part.kind.word()));
    match (part.kind, part.layer, part.index) {
        (PartKind::Head | PartKind::Expert, Some(layer), Some(i)) => {
            let args = [word, ("i", plain(i)), ("layer", plain(layer))];
            say_with("reply-part-numbered", &args)
        }
        (PartKind::Mlp, Some(layer), _) => {
            say_with("reply-part-of-block", &[word, ("layer", plain(layer))])
        }
        (PartKind::Bias, ..) => {
            let point = part.point.trim_start_matches("blocks.");
            say_with("reply-part-of", &[word, ("point", plain(point))])
        }
        _ => say_with("reply-part", &[word, ("point", plain(&part.point))]),
    }
}

/// A line for each block, a number for each head.
pub fn head_map(map: &HeadMap) -> String {
    let (word, definition) = (map.statistic.word(), &map.definition);
    let tokens = format!("over {} tokens", map.queries);
    let mut text = format!("{word} {tokens}: {definition}");
    let names = map
        .layers
        .iter()
        .map(|row| row.point.width())
        .max()
        .unwrap_or(0);
    for row in &map.layers {
        let cells: String = row.heads.iter().map(|x| format::number(*x, 8)).collect();
        text += &format!("\n  {}{cells}", format::fit(&row.point, names));
    }
    text + &lacking(map.missing.as_ref())
}

/// A line for each block, a share for each token.
pub fn rollout(at: &str, tokens: &[String], rollout: &Rollout) -> String {
    let at = format::token(at);
    let mut text = format!(
        "where {at} comes from, before each block\n  {}",
        Rollout::DEFINITION
    );
    let seen = tokens.iter().take(rollout.token + 1);
    let head: String = seen
        .map(|token| format!(" {}", format::fit_right(&format::token(token), 8)))
        .collect();
    text += &format!("\n  {}{head}", format::fit("", 10));
    for row in &rollout.layers {
        let shares = row.shares.iter().take(rollout.token + 1);
        let cells: String = shares
            .map(|p| format!("  {}", format::percent(*p)))
            .collect();
        let name = format::fit(&format!("block {}", row.layer), 10);
        text += &format!("\n  {name}{cells}");
    }
    text
}

/// Two lines for each neuron: what it is, and what it moves.
pub fn neurons(layer: usize, at: &str, neurons: &[Neuron]) -> String {
    let moved = |moved: &[Moved]| {
        let moved = moved.iter();
        let moved = moved.map(|m| format!("{} {:+.3}", format::token(&m.text), m.by));
        moved.collect::<Vec<_>>().join("  ")
    };
    let at = format::token(at);
    let mut text = format!("neurons of block {layer} that write most at {at}");
    text += "\n  writes: activation × length of the output weights; the tokens' logits are moved by so much, norms \
             frozen";
    for n in neurons {
        text += &format!(
            "\n  {:>6}  activation {:+.3}  writes {:.3}\n          raises {}\n          lowers {}",
            n.index,
            n.activation,
            n.size,
            moved(&n.raises),
            moved(&n.lowers)
        );
    }
    text
}

/// A line for each token.
pub fn score(score: &Score) -> String {
    let mut text = format!(
        "surprisal −ln p of each token: mean {:.3} nats, perplexity {:.3}",
        score.mean, score.perplexity
    );
    let names = score.tokens.iter().map(|t| format::token(&t.text).width());
    let names = names.max().unwrap_or(0).clamp(5, 24);
    text += &format!(
        "\n  {} surprisal     rank  entropy",
        format::fit("token", names)
    );
    for token in &score.tokens {
        let name = format::fit(&format::token(&token.text), names);
        let number = |x: Option<f64>| x.map_or("–".to_owned(), |x| format!("{x:.3}"));
        let rank = token.rank.map_or("–".to_owned(), |rank| rank.to_string());
        text += &format!(
            "\n  {name} {:>9} {rank:>8} {:>8}",
            number(token.surprisal),
            number(token.entropy)
        );
    }
    text + &lacking(score.missing.as_ref())
}
