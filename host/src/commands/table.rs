//! Tables for terminals.

/// Rows in columns, two spaces apart.
pub(super) fn table<const N: usize>(rows: Vec<[String; N]>) -> impl Iterator<Item = String> {
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    rows.into_iter().map(move |row| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest() {
        let rows = vec![["a".to_owned(), "bcd".to_owned()], ["äöü".to_owned(), String::new()]];
        assert_eq!(table(rows).collect::<Vec<_>>(), ["a    bcd", "äöü"]);
    }
}
