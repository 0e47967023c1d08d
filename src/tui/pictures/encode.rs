//! Pictures of maps as a terminal takes them, made on a thread of their own.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, unbounded};
use image::imageops::{self, FilterType};
use image::{DynamicImage, Rgba, RgbaImage};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;
use ratatui_image::Image;
use ratatui_image::picker::cap_parser::Parser;
use ratatui_image::protocol::Protocol as Encoded;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::kitty::Kitty;
use ratatui_image::protocol::sixel::Sixel;

use super::Made;
use crate::panics;
use crate::session::export::colour::Rgb;
use crate::tui::graphics::Protocol;
use crate::tui::widgets::heat_map::{Pixel, Placed};

/// A map that a picture is wanted of.
pub struct Job {
    pub key: u64,
    pub map: Placed,
    pub protocol: Protocol,
    pub cell: (u16, u16),
    /// Counts the pictures.
    pub number: u32,
    /// Whether tmux stands between: it lets through what is marked so.
    pub tmux: bool,
}

/// A picture as cells of a buffer.
pub struct Picture {
    /// Row by row.
    pub cells: Vec<Cell>,
    /// The bytes that the terminal must have been sent before.
    pub sent: String,
    /// The bytes that make the terminal drop it, if it keeps it.
    pub dropped: String,
}

/// The thread, and what it is to make: the maps of the last frame alone.
pub struct Encoder {
    wanted: Arc<(Mutex<Option<Vec<Job>>>, Condvar)>,
    pub made: Receiver<Made>,
}

impl Encoder {
    pub fn start() -> Encoder {
        let wanted = Arc::new((Mutex::new(Some(Vec::new())), Condvar::new()));
        let (send, made) = unbounded();
        let jobs = Arc::clone(&wanted);
        // Without a thread the maps stay in half-blocks.
        let _ = std::thread::Builder::new()
            .name("pictures".into())
            .spawn(move || work(&jobs, &send));
        Encoder { wanted, made }
    }

    /// Make pictures of these maps in the place of those that were wanted before.
    pub fn want(&self, jobs: Vec<Job>) {
        let (wanted, more) = &*self.wanted;
        let mut wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wanted) = &mut *wanted {
            *wanted = jobs;
        }
        more.notify_one();
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        let (wanted, more) = &*self.wanted;
        *wanted.lock().unwrap_or_else(PoisonError::into_inner) = None;
        more.notify_one();
    }
}

fn work((wanted, more): &(Mutex<Option<Vec<Job>>>, Condvar), send: &Sender<Made>) {
    let next = || {
        let mut wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &mut *wanted {
                None => return None,
                Some(jobs) if jobs.is_empty() => {}
                Some(jobs) => return Some(jobs.remove(0)),
            }
            wanted = more.wait(wanted).unwrap_or_else(PoisonError::into_inner);
        }
    };
    // A frame may want again what is just being made.
    let mut last = None;
    while let Some(job) = next() {
        if last == Some(job.key) {
            continue;
        }
        last = Some(job.key);
        let made = Made {
            key: job.key,
            // A library that panics costs the picture alone.
            picture: panics::catch(|| picture(&job)).ok().flatten(),
        };
        if send.send(made).is_err() {
            return;
        }
    }
}

/// The picture of a map, `None` where the protocol cannot show it.
pub fn picture(job: &Job) -> Option<Picture> {
    let area = job.map.area;
    let size = Size::new(area.width, area.height);
    let image = DynamicImage::ImageRgba8(pixels(&job.map, job.cell));
    let number = number(job.number);
    let encoded = match job.protocol {
        // Terminals of this protocol unpack what is compressed.
        Protocol::Kitty => Encoded::Kitty(Kitty::new(image, size, number, job.tmux, true).ok()?),
        // tmux itself shows these, where it was built for them.
        Protocol::Sixel => Encoded::Sixel(Sixel::new(image, size, false).ok()?),
        Protocol::Iterm2 => Encoded::ITerm2(Iterm2::new(image, size, job.tmux).ok()?),
    };
    let cells = || {
        let mut buf = Buffer::empty(Rect::new(0, 0, area.width, area.height));
        Image::new(&encoded).render(buf.area, &mut buf);
        buf.content
    };
    // The first time kitty's picture itself stands before its first cell. It is sent by itself, since that cell may
    // be drawn over in the very frame that has it.
    let (first, cells) = (cells(), cells());
    let (sent, dropped) = match job.protocol {
        Protocol::Kitty => {
            let (first, cell) = (first.first()?.symbol(), cells.first()?.symbol());
            let (start, escape, end) = Parser::tmux_start_escape_end(job.tmux);
            let dropped = format!("{start}{escape}_Gq=2,a=d,d=I,i={number}{escape}\\{end}");
            (first.strip_suffix(cell)?.to_owned(), dropped)
        }
        _ => (String::new(), String::new()),
    };
    Some(Picture {
        cells,
        sent,
        dropped,
    })
}

/// A number that other programs' pictures on this terminal hardly have.
fn number(count: u32) -> u32 {
    let own = std::process::id().wrapping_mul(0x9e37_79b1) & 0x00ff_f000;
    0x4c00_0000 | own | (count & 0xfff).max(1)
}

/// The map at the terminal's own pixels.
pub fn pixels(map: &Placed, (wide, high): (u16, u16)) -> RgbaImage {
    let width = u32::from(map.area.width) * u32::from(wide);
    let height = u32::from(map.area.height) * u32::from(high);
    let used = (u32::from(map.halves) * u32::from(high) / 2).clamp(1, height);
    let (columns, rows) = (map.size.0 as u32, map.size.1 as u32);
    let rgba = |pixel: Pixel| match pixel {
        Pixel::Colour((r, g, b)) => Rgba([r, g, b, 255]),
        Pixel::Empty | Pixel::Masked => Rgba([0; 4]),
    };
    let at = |x: u32, y: u32| map.pixels[(y * columns + x) as usize];
    let mut out = RgbaImage::new(width, height);
    if map.smooth {
        let small = RgbaImage::from_fn(columns, rows, |x, y| rgba(at(x, y)));
        let large = imageops::resize(&small, width, used, FilterType::Triangle);
        imageops::replace(&mut out, &large, 0, 0);
    } else {
        for (x, y, pixel) in out.enumerate_pixels_mut().filter(|(_, y, _)| *y < used) {
            *pixel = rgba(at(x * columns / width, y * rows / used));
        }
    }
    // The pixels of the screen that a value takes.
    let span = |i: u32, all: u32, pixels: u32| {
        let start = (i * pixels).div_ceil(all);
        start..((i + 1) * pixels).div_ceil(all).max(start + 1)
    };
    let block = |x: u32, y: u32| (span(x, columns, width), span(y, rows, used));
    for y in 0..rows {
        for x in 0..columns {
            let (across, down) = block(x, y);
            if at(x, y) == Pixel::Masked && across.len() > 3 && down.len() > 3 {
                let middle = (
                    across.start + across.len() as u32 / 2,
                    down.start + down.len() as u32 / 2,
                );
                rect(&mut out, middle, (1, 1), map.faint, true);
            }
        }
    }
    for dot in &map.dots {
        let place = |share: f64, n: u32| (share * f64::from(n)) as i64;
        let middle = (place(dot.at.0, width), place(dot.at.1, used));
        let cell = i64::from(wide.min(high));
        let radius = if dot.large { cell * 4 / 5 } else { cell / 2 };
        disc(&mut out, middle, radius.max(2), dot.colour, dot.full);
    }
    if let Some((x, y)) = map.chosen {
        let (across, down) = block((x as u32).min(columns - 1), (y as u32).min(rows - 1));
        // Around a value that is smaller than its frame.
        let around = |span: std::ops::Range<u32>, all: u32| match span.len() {
            0..6 => (span.start.saturating_sub(2), (span.end + 2).min(all)),
            _ => (span.start, span.end),
        };
        let (left, right) = around(across, width);
        let (top, bottom) = around(down, height);
        let size = (right - left, bottom - top);
        rect(&mut out, (left, top), size, map.ink, false);
        if size.0 > 4 && size.1 > 4 {
            let paper = map.ink;
            let paper = (255 - paper.0, 255 - paper.1, 255 - paper.2);
            rect(
                &mut out,
                (left + 1, top + 1),
                (size.0 - 2, size.1 - 2),
                paper,
                false,
            );
        }
    }
    out
}

/// A rectangle, full or its border alone.
fn rect(out: &mut RgbaImage, at: (u32, u32), size: (u32, u32), (r, g, b): Rgb, full: bool) {
    for y in 0..size.1 {
        for x in 0..size.0 {
            let border = x == 0 || y == 0 || x + 1 == size.0 || y + 1 == size.1;
            if let (true, Some(pixel)) = (
                full || border,
                out.get_pixel_mut_checked(at.0 + x, at.1 + y),
            ) {
                *pixel = Rgba([r, g, b, 255]);
            }
        }
    }
}

/// A disc with a dark edge, or a ring.
fn disc(out: &mut RgbaImage, at: (i64, i64), radius: i64, (r, g, b): Rgb, full: bool) {
    for y in -radius - 1..=radius + 1 {
        for x in -radius - 1..=radius + 1 {
            let far = ((x * x + y * y) as f64).sqrt();
            let edge = radius as f64;
            let colour = match far {
                far if far > edge + 0.5 => continue,
                far if far > edge - 0.8 && full => [0, 0, 0, 255],
                far if far > edge - 2.0 || full => [r, g, b, 255],
                _ => continue,
            };
            let place = (u32::try_from(at.0 + x), u32::try_from(at.1 + y));
            if let (Ok(x), Ok(y)) = place
                && let Some(pixel) = out.get_pixel_mut_checked(x, y)
            {
                *pixel = Rgba(colour);
            }
        }
    }
}
