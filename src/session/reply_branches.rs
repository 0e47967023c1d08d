//! Branches and their differences, as data and as people read them.

use serde::Serialize;

use super::format;
use super::interventions::listed;
use crate::lang::{plain, say, say_with};
use crate::trace::branch::{Branch, Difference};
use crate::trace::number;
use crate::trace::tensor::index;

/// Columns of a text in the tree.
const TEXT: usize = 40;

/// A branch in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    pub name: String,
    pub parent: Option<String>,
    pub model: Option<String>,
    pub prompt: String,
    /// The text that was generated after it.
    pub text: String,
    /// The commands of its interventions that are on.
    pub interventions: Vec<String>,
    pub current: bool,
    pub dropped: bool,
    /// How far below the first one it stands in the tree.
    #[serde(skip)]
    pub depth: usize,
}

impl Named {
    /// The tree in the order in which it is read.
    pub fn tree(list: &[Branch]) -> Vec<Named> {
        let all = order(list).into_iter();
        all.map(|(branch, depth)| Named::of(branch, depth))
            .collect()
    }

    fn of(branch: &Branch, depth: usize) -> Named {
        let on = listed(&branch.interventions).into_iter();
        let on = on.filter(|one| one.on).map(|one| one.command);
        Named {
            name: branch.name.clone(),
            parent: branch.parent.clone(),
            model: branch.model.clone(),
            prompt: branch.prompt.clone(),
            text: branch.text.clone(),
            interventions: on.collect(),
            current: branch.current,
            dropped: branch.dropped,
            depth,
        }
    }
}

/// The largest change of a difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Largest {
    pub index: Vec<usize>,
    #[serde(serialize_with = "number::serialize")]
    pub change: f64,
}

/// The branches as a tree, those made of one below it.
pub fn tree(list: &[Named]) -> String {
    let mut lines = Vec::new();
    for branch in list {
        let depth = branch.depth;
        let mark = if branch.current { "▶" } else { " " };
        let stem = match depth {
            0 => String::new(),
            depth => format!("{}└ ", "  ".repeat(depth - 1)),
        };
        lines.push(format!("{mark} {stem}{}", line(branch)));
    }
    lines.join("\n")
}

/// Branches with their depths, each above those that were made of it.
pub fn order(list: &[Branch]) -> Vec<(&Branch, usize)> {
    let mut out = Vec::new();
    let roots = list
        .iter()
        .filter(|one| !list.iter().any(|p| is_of(one, p)));
    for root in roots {
        put(list, root, 0, &mut out);
    }
    out
}

fn is_of(branch: &Branch, parent: &Branch) -> bool {
    branch.parent.as_deref() == Some(&parent.name)
}

fn put<'a>(
    list: &'a [Branch],
    branch: &'a Branch,
    depth: usize,
    out: &mut Vec<(&'a Branch, usize)>,
) {
    out.push((branch, depth));
    for child in list.iter().filter(|child| is_of(child, branch)) {
        put(list, child, depth + 1, out);
    }
}

/// A branch in a line.
fn line(branch: &Named) -> String {
    let mut line = format!("{} · {:?}", branch.name, cut(&branch.prompt));
    if !branch.text.is_empty() {
        line += &format!(" + {:?}", cut(&branch.text));
    }
    if let Some(model) = &branch.model {
        line += &format!(" · {model}");
    }
    if !branch.interventions.is_empty() {
        line += &format!(" · {}", branch.interventions.join(", "));
    }
    if branch.dropped {
        line += &format!(" · {}", say("reply-branch-dropped"));
    }
    line
}

fn cut(text: &str) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(TEXT).collect();
    if chars.next().is_some() {
        head + "…"
    } else {
        head
    }
}

/// A difference: how many tokens have counterparts, what changes most, and the same of each row.
pub fn difference(found: &Difference, largest: Option<&Largest>) -> String {
    let args = [
        ("point", plain(&found.point)),
        ("shape", plain(format!("{:?}", found.shape))),
        ("branch", plain(&found.branch)),
    ];
    let mut text = say_with("reply-difference", &args);
    let matched = found.rows.iter().flatten().count();
    if matched < found.rows.len() {
        let args = [
            ("matched", plain(matched)),
            ("all", plain(found.rows.len())),
        ];
        text += &format!(" · {}", say_with("reply-difference-rows", &args));
    }
    text.push('\n');
    match largest {
        None => return text + say("reply-difference-none"),
        Some(largest) if largest.change == 0.0 => text += say("reply-difference-same"),
        Some(largest) => {
            let args = [("element", plain(of(found, &largest.index)))];
            text += &say_with("reply-difference-largest", &args);
        }
    }
    let rows = by_rows(found);
    let mut width = 0;
    for (here, there) in &found.tokens {
        width = width.max(format::width(&names(here, there.as_deref())));
    }
    for ((here, there), row) in found.tokens.iter().zip(rows) {
        let names = format::fit(&names(here, there.as_deref()), width);
        let told = match row {
            _ if there.is_none() => say("reply-row-alone").to_owned(),
            None => say("reply-row-none").to_owned(),
            Some((_, 0.0)) => say("reply-row-same").to_owned(),
            Some((at, _)) => of(found, &index(at, &found.shape)),
        };
        text += &format!("\n  {names}  {told}");
    }
    text
}

/// `中`, or `中 → 国` where another token stands there.
pub fn names(here: &str, there: Option<&str>) -> String {
    let own = format::token(here);
    match there {
        Some(there) if there != here => format!("{} → {}", own.trim(), format::token(there).trim()),
        _ => own.trim().to_owned(),
    }
}

/// An element with both values: `[0, 2] 0.12 → 0.43 (+0.31)`.
fn of(found: &Difference, index: &[usize]) -> String {
    let place = index.iter().zip(&found.shape);
    let place = place.fold(0, |place, (at, length)| place * length + at);
    let (here, there) = (found.here[place], found.there[place].unwrap_or(f64::NAN));
    let change = there - here;
    let [here, there] = [here, there].map(|x| format::number(x, 0));
    let sign = if change < 0.0 { "-" } else { "+" };
    let change = format::number(change.abs(), 0);
    format!("{index:?} {here} → {there} ({sign}{change})")
}

/// The largest change of each row, by the place of its element among all; none where nothing can be compared.
fn by_rows(found: &Difference) -> Vec<Option<(usize, f64)>> {
    let mut rows = vec![None::<(usize, f64)>; found.rows.len()];
    for at in 0..found.here.len() {
        let row = found
            .row_axis
            .map_or(0, |axis| index(at, &found.shape)[axis]);
        if row >= rows.len() {
            break;
        }
        let Some(change) = found.change(at).filter(|x| !x.is_nan()) else {
            continue;
        };
        if rows[row].is_none_or(|(_, most)| change.abs() > f64::abs(most)) {
            rows[row] = Some((at, change));
        }
    }
    rows
}
