//! Values as a heat map: one cell a value, the leading axes below one another.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::colour::{LEVEL_LIGHT, Rgb, SIGNED_LIGHT, along};
use super::{ExportError, Exported};
use crate::trace::tensor::Values;

/// Pixels of a cell's side, and the most of a whole side that cells are enlarged for.
const CELL: usize = 8;
const ENLARGED: usize = 2048;
/// Cells that have their number written in.
const WRITTEN: usize = 2048;
const NOT_A_NUMBER: Rgb = (150, 150, 150);

struct Grid<'a> {
    rows: usize,
    columns: usize,
    /// Rows of each matrix of several.
    matrix: usize,
    values: &'a [f64],
    largest: f64,
    shares: bool,
}

impl Grid<'_> {
    fn new(values: &Values) -> Grid<'_> {
        let columns = values.shape.last().copied().unwrap_or(1);
        let rows = values.data.len() / columns.max(1);
        let matrix = match values.shape.as_slice() {
            [.., rows, _] => *rows,
            _ => 1,
        };
        let finite = || values.data.iter().copied().filter(|x| x.is_finite());
        let largest = finite().fold(0.0, |most: f64, x| most.max(x.abs()));
        Grid {
            rows,
            columns,
            matrix,
            values: &values.data,
            largest,
            shares: finite().all(|x| (0.0..=1.0).contains(&x)),
        }
    }

    fn colour(&self, row: usize, column: usize) -> Rgb {
        let x = self.values[row * self.columns + column];
        match x {
            x if x.is_nan() => NOT_A_NUMBER,
            x if self.shares => along(&LEVEL_LIGHT, x),
            x if x.is_infinite() => along(&SIGNED_LIGHT, f64::from(u8::from(x > 0.0))),
            x => along(
                &SIGNED_LIGHT,
                0.5 + x / self.largest.max(f64::MIN_POSITIVE) / 2.0,
            ),
        }
    }
}

/// Pixels alone, small maps enlarged.
pub fn png(exported: &Exported) -> Result<Vec<u8>, ExportError> {
    let grid = Grid::new(exported.values);
    let side = grid.rows.max(grid.columns);
    let cell = CELL.min(ENLARGED / side).max(1);
    let wrong = |e: png::EncodingError| ExportError::Png(e.to_string());
    let size =
        |cells: usize| u32::try_from(cells * cell).map_err(|e| ExportError::Png(e.to_string()));
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, size(grid.columns)?, size(grid.rows)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(wrong)?;
    let mut pixels = Vec::with_capacity(grid.rows * grid.columns * cell * cell * 3);
    for row in 0..grid.rows {
        let line: Vec<u8> = (0..grid.columns)
            .flat_map(|column| {
                let (r, g, b) = grid.colour(row, column);
                [r, g, b].repeat(cell)
            })
            .collect();
        for _ in 0..cell {
            pixels.extend_from_slice(&line);
        }
    }
    writer.write_image_data(&pixels).map_err(wrong)?;
    writer.finish().map_err(wrong)?;
    Ok(out)
}

/// Cells with their values as tips, and written in where there are few; indices beside rows and columns.
pub fn svg(exported: &Exported) -> String {
    const WIDTH: usize = 44;
    const HEIGHT: usize = 18;
    let longest = exported.labels[0].iter().map(|name| name.width()).max();
    let left = longest.map_or(70, |columns| (columns * 6 + 14).max(70));
    const TOP: usize = 44;
    let grid = Grid::new(exported.values);
    let first = |back: usize| {
        let axes = &exported.axes;
        axes.len().checked_sub(back).map_or(("", 0), |at| axes[at])
    };
    let ((row_word, row_from), (column_word, column_from)) = (first(2), first(1));
    let written = grid.values.len() <= WRITTEN;
    let width = if written { WIDTH } else { 6 };
    let height = if written { HEIGHT } else { 6 };
    let gap = |row: usize| row / grid.matrix.max(1) * 8;
    let (w, h) = (
        left + grid.columns * width + 10,
        TOP + grid.rows * height + gap(grid.rows.saturating_sub(1)) + 10,
    );
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" font-family=\"monospace\" \
         font-size=\"10\">\n<rect width=\"{w}\" height=\"{h}\" fill=\"white\"/>\n\
         <text x=\"{left}\" y=\"14\" font-size=\"12\">{} {row_word} ↓ {column_word} →</text>\n",
        exported.name
    );
    let apart = |n: usize| if written { 1 } else { n.div_ceil(24).max(1) };
    for column in (0..grid.columns).step_by(apart(grid.columns)) {
        let x = left + column * width + width / 2;
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            TOP - 6,
            escaped(&exported.column(column, column_from + column))
        );
    }
    for row in 0..grid.rows {
        let y = TOP + row * height + gap(row);
        if row % apart(grid.rows) == 0 {
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                left - 6,
                y + height / 2 + 3,
                escaped(&exported.row(row, row_from + row % grid.matrix.max(1)))
            );
        }
        for column in 0..grid.columns {
            let x = left + column * width;
            let (r, g, b) = grid.colour(row, column);
            let value = grid.values[row * grid.columns + column];
            let _ = writeln!(
                out,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
                 fill=\"#{r:02x}{g:02x}{b:02x}\"><title>{value}</title></rect>"
            );
            if written {
                let dark = 3 * usize::from(r) + 6 * usize::from(g) + usize::from(b) < 1280;
                let ink = if dark { "white" } else { "black" };
                let _ = writeln!(
                    out,
                    "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"{ink}\">{value:.2}</text>",
                    x + width / 2,
                    y + height / 2 + 3,
                );
            }
        }
    }
    out + "</svg>\n"
}

/// Text as XML has it.
fn escaped(text: &str) -> String {
    let visible = text.replace('\n', "↵").replace('\t', "→");
    let kept: String = visible.chars().filter(|c| !c.is_control()).collect();
    kept.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_cell_for_each_value() {
        let values = Values::new(vec![2, 2, 3], (0..12).map(f64::from).collect());
        let exported = Exported {
            name: "q",
            axes: vec![("head", 0), ("token", 1), ("d_head", 5)],
            values: &values,
            labels: [&[], &[]],
        };
        let svg = svg(&exported);
        assert_eq!(svg.matches("<title>").count(), 12);
        assert!(svg.contains("token ↓ d_head →"));
        let bytes = png(&exported).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (24, 32));
        // Zero is white, the largest value the end of the map.
        assert_eq!(pixels[..3], [255, 255, 255]);
        let (r, g, b) = SIGNED_LIGHT[4];
        assert_eq!(pixels[pixels.len() - 3..], [r, g, b]);
    }
}
