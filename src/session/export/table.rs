//! Values as a table of text and as a NumPy array.

use super::Exported;
use crate::trace::tensor::Values;

/// One line a row: the indices of the leading axes, then the values along the last one.
pub fn csv(exported: &Exported) -> Result<Vec<u8>, csv::Error> {
    let Values { shape, data, .. } = exported.values;
    let mut out = csv::Writer::from_writer(Vec::new());
    let (leading, last) = match exported.axes.split_last() {
        Some((last, leading)) => (leading, Some(last)),
        None => (&[][..], None),
    };
    let columns = shape.last().copied().unwrap_or(1);
    let first = last.map_or(0, |axis| axis.1);
    let names = leading.iter().map(|axis| axis.0.to_owned());
    out.write_record(names.chain((0..columns).map(|i| exported.column(i, first + i))))?;
    for (row, values) in data.chunks(columns.max(1)).enumerate() {
        let mut rest = row;
        let mut index: Vec<String> = Vec::new();
        for (axis, &size) in leading.iter().zip(shape).rev() {
            index.push(exported.row(row, axis.1 + rest % size));
            rest /= size;
        }
        let index = index.into_iter().rev();
        out.write_record(index.chain(values.iter().map(f64::to_string)))?;
    }
    out.into_inner().map_err(|e| e.into_error().into())
}

/// NumPy's format, version 1.0 (NEP 1): float64, little-endian, rows first.
pub fn npy(values: &Values) -> Vec<u8> {
    const BEFORE_HEADER: usize = 10;
    let shape: String = values.shape.iter().map(|n| format!("{n}, ")).collect();
    let shape = match values.shape.as_slice() {
        [_] => shape.trim_end(),
        _ => shape.trim_end_matches(", "),
    };
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}");
    // The values begin at a multiple of 64, behind a new line.
    let end = (BEFORE_HEADER + header.len() + 1).next_multiple_of(64);
    header += &" ".repeat(end - BEFORE_HEADER - header.len() - 1);
    header.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    // A shape has a few axes: the header is short.
    out.extend_from_slice(
        &u16::try_from(header.len())
            .unwrap_or(u16::MAX)
            .to_le_bytes(),
    );
    out.extend_from_slice(header.as_bytes());
    out.extend(values.data.iter().flat_map(|x| x.to_le_bytes()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported<'a>(values: &'a Values, axes: &[(&'static str, usize)]) -> Exported<'a> {
        Exported {
            labels: [&[], &[]],
            name: "blocks.0.attn.hook_pattern",
            axes: axes.to_vec(),
            values,
        }
    }

    #[test]
    fn a_table_has_the_indices_of_its_rows() {
        let values = Values::new(vec![2, 1, 3], vec![1.0, 0.5, f64::NAN, -2.0, 1e-9, 6.0]);
        let table = csv(&exported(&values, &[("head", 4), ("query", 7), ("key", 0)])).unwrap();
        let due = "head,query,0,1,2\n4,7,1,0.5,NaN\n5,7,-2,0.000000001,6\n";
        assert_eq!(String::from_utf8(table).unwrap(), due);
        let one = Values::new(vec![], vec![2.5]);
        let table = csv(&exported(&one, &[])).unwrap();
        assert_eq!(String::from_utf8(table).unwrap(), "0\n2.5\n");
    }

    #[test]
    fn an_array_begins_where_numpy_wants_it() {
        for (shape, written) in [(vec![], "()"), (vec![3], "(3,)"), (vec![3, 1], "(3, 1)")] {
            let values = Values::new(shape.clone(), vec![1.5; shape.iter().product()]);
            let bytes = npy(&values);
            let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
            assert_eq!((10 + header) % 64, 0);
            let text = std::str::from_utf8(&bytes[10..10 + header]).unwrap();
            assert!(text.contains(&format!("'shape': {written}, }}")), "{text}");
            assert_eq!(bytes.len() - 10 - header, 8 * values.data.len());
            assert_eq!(bytes[bytes.len() - 8..], 1.5f64.to_le_bytes());
        }
    }
}
