//! Commands about breakpoints.

use super::{Group, Spec, key};

pub const STOPPING: &[Spec] = &[
    Spec {
        name: "break",
        aliases: &["b"],
        args: "[PATTERN]",
        help: "Stop at hook points that match: break blocks.*.attn.pattern; without PATTERN, here",
        keys: &[key("B", "break ")],
        group: Group::Breakpoints,
        example: "break *.pattern",
        parse: |a| {
            Ok(a.does(a.optional(), |d, pattern| {
                d.break_at(pattern.as_deref(), false)
            }))
        },
    },
    Spec {
        name: "tbreak",
        aliases: &["tb"],
        args: "[PATTERN]",
        help: "Stop once, at the first hook point that matches; without PATTERN, here",
        keys: &[],
        group: Group::Breakpoints,
        example: "tbreak 2.pattern",
        parse: |a| {
            Ok(a.does(a.optional(), |d, pattern| {
                d.break_at(pattern.as_deref(), true)
            }))
        },
    },
    Spec {
        name: "breakpoints",
        aliases: &["bl"],
        args: "",
        help: "List breakpoints with their numbers",
        keys: &[key("ctrl-b", "breakpoints")],
        group: Group::Breakpoints,
        example: "breakpoints",
        parse: |a| a.none(a.does((), |d, ()| Ok(d.list()))),
    },
    Spec {
        name: "toggle",
        aliases: &[],
        args: "[N]",
        help: "Turn breakpoint N on or off; without N, put or remove one at the cursor",
        keys: &[key("b", "toggle")],
        group: Group::Breakpoints,
        example: "toggle 1",
        parse: |a| Ok(a.does(a.optional_number("N")?, |d, n| d.toggle(*n))),
    },
    Spec {
        name: "delete",
        aliases: &["d"],
        args: "N|all",
        help: "Delete breakpoint N, or all",
        keys: &[],
        group: Group::Breakpoints,
        example: "delete all",
        parse: |a| {
            let n = match a.rest {
                "all" => None,
                _ => Some(a.number("N|all")?),
            };
            Ok(a.does(n, |d, n| d.delete(*n)))
        },
    },
];
