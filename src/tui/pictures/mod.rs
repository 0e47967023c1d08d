//! Heat maps as pictures of the terminal, in the place of their half-blocks.
//!
//! A thread makes the pictures, so that no key waits for one. Until a picture is there the half-blocks stand, or the
//! picture before it, where there was one at the same place. What lies over a map is never covered: the map is shown
//! in half-blocks then.

mod encode;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use crossbeam_channel::Receiver;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::graphics::Protocol;
use super::widgets::heat_map::Placed;
use encode::{Encoder, Job, Picture};

/// Pictures that are kept; with more, those go that were shown the longest ago.
const MOST: usize = 48;

/// A picture, or that there is none of this map.
pub struct Made {
    key: u64,
    picture: Option<Picture>,
}

#[derive(Default)]
pub struct Pictures {
    encoder: Option<Encoder>,
    /// By what they show; `None` where a map cannot be shown as one.
    made: HashMap<u64, Kept>,
    /// The pictures of the last frame, with their places.
    shown: HashMap<Rect, u64>,
    /// Numbers of frames.
    frame: u64,
    /// The last number of a picture.
    number: u32,
    /// Whether the thread is gone: maps stay in half-blocks.
    lost: bool,
}

struct Kept {
    picture: Option<Picture>,
    /// Whether the terminal has been sent it.
    sent: bool,
    /// The last frame that showed it.
    used: u64,
}

impl Pictures {
    /// Pictures that have been made come here.
    pub fn ready(&self) -> Receiver<Made> {
        (self.encoder.as_ref()).map_or_else(crossbeam_channel::never, |e| e.made.clone())
    }

    /// Take a picture that has been made.
    pub fn keep(&mut self, made: Made) {
        let kept = Kept {
            picture: made.picture,
            sent: false,
            used: self.frame,
        };
        self.made.insert(made.key, kept);
    }

    /// No picture will come any more.
    pub fn lose(&mut self) {
        (self.encoder, self.lost) = (None, true);
    }

    /// The terminal has lost what it was sent.
    pub fn forget(&mut self) {
        self.made.values_mut().for_each(|kept| kept.sent = false);
        self.shown.clear();
    }

    /// Put pictures in the place of the maps of a frame that nothing lies over; what the terminal must be sent before
    /// the frame.
    pub fn show(
        &mut self,
        buf: &mut Buffer,
        maps: Vec<Placed>,
        protocol: Option<Protocol>,
        cell: Option<(u16, u16)>,
    ) -> String {
        let mut out = String::new();
        self.frame += 1;
        let (Some(protocol), Some(cell), false) = (protocol, cell, self.lost) else {
            self.shown.clear();
            return out;
        };
        while let Some(made) = self.encoder.as_ref().and_then(|e| e.made.try_recv().ok()) {
            self.keep(made);
        }
        let mut jobs = Vec::new();
        let before = std::mem::take(&mut self.shown);
        for map in maps {
            if !map.is_clear(buf) {
                continue;
            }
            let (key, area) = (key(&map, protocol, cell), map.area);
            let found = match self.made.entry(key) {
                Entry::Occupied(_) => Some(key),
                Entry::Vacant(_) => {
                    self.number = self.number.wrapping_add(1);
                    jobs.push(Job {
                        key,
                        map,
                        protocol,
                        cell,
                        number: self.number,
                        tmux: std::env::var_os("TMUX").is_some_and(|tmux| !tmux.is_empty()),
                    });
                    before.get(&area).copied()
                }
            };
            let Some(key) = found else { continue };
            let Some(kept) = self.made.get_mut(&key) else {
                continue;
            };
            let Some(picture) = &kept.picture else {
                continue;
            };
            kept.used = self.frame;
            if !std::mem::replace(&mut kept.sent, true) {
                out += &picture.sent;
            }
            for (at, cell) in area.positions().zip(&picture.cells) {
                buf[at] = cell.clone();
            }
            self.shown.insert(area, key);
        }
        if !jobs.is_empty() || self.encoder.is_some() {
            self.encoder.get_or_insert_with(Encoder::start).want(jobs);
        }
        self.drop_old(&mut out);
        out
    }

    fn drop_old(&mut self, out: &mut String) {
        while self.made.len() > MOST {
            let oldest = self.made.iter().min_by_key(|(_, kept)| kept.used);
            let Some((&key, kept)) = oldest else { return };
            if kept.used == self.frame {
                return;
            }
            take_back(self.made.remove(&key), out);
        }
    }

    /// The bytes after which the terminal keeps none of them.
    pub fn end(&mut self) -> String {
        let mut out = String::new();
        let all = self.made.drain().map(|(_, kept)| kept);
        all.for_each(|kept| take_back(Some(kept), &mut out));
        out
    }
}

/// Let the terminal drop a picture that it was sent.
fn take_back(kept: Option<Kept>, out: &mut String) {
    let sent = kept.filter(|kept| kept.sent);
    if let Some(picture) = sent.and_then(|kept| kept.picture) {
        out.push_str(&picture.dropped);
    }
}

/// A number for what a picture of the map shows.
fn key(map: &Placed, protocol: Protocol, cell: (u16, u16)) -> u64 {
    let mut hasher = DefaultHasher::new();
    (protocol, cell, map.area.as_size(), map.halves).hash(&mut hasher);
    (map.size, &map.pixels, map.smooth, map.chosen).hash(&mut hasher);
    (map.faint, map.ink).hash(&mut hasher);
    for dot in &map.dots {
        let (x, y) = dot.at;
        (x.to_bits(), y.to_bits(), dot.colour, dot.full, dot.large).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests;
