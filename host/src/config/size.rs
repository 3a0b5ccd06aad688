//! Numbers of bytes, as operators write them.

/// Units, the largest first. Without one a number is of bytes.
const UNITS: [(&str, u64); 7] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
];

/// Reads `64MiB`, `16 KiB`, `1.5GiB`, `10MB` or plain bytes. Upper and lower case are the same.
///
/// # Errors
/// What is wrong, with the text.
pub fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no number of bytes; write for example 64MiB, 16 KiB or 1048576");
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim_start());
    let bytes = match unit {
        "" | "B" | "b" => 1,
        _ => UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(wrong)?.1,
    };
    match number.split_once('.') {
        None => number.parse::<u64>().ok().and_then(|number| number.checked_mul(bytes)).ok_or_else(wrong),
        Some(_) if bytes == 1 => Err(wrong()),
        Some(_) => {
            let size = number.parse::<f64>().map_err(|_| wrong())? * bytes as f64;
            // 2^53: beyond it a fraction means nothing.
            if size < 9.0e15 { Ok(size.round() as u64) } else { Err(wrong()) }
        }
    }
}

/// Writes a number of bytes in the largest binary unit that divides it.
pub fn text(bytes: u64) -> String {
    match UNITS[..4].iter().find(|(_, unit)| bytes != 0 && bytes.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", bytes / unit),
        None => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let cases = [
            ("64MiB", 64 << 20),
            ("16 KiB", 16 << 10),
            (" 1048576 ", 1 << 20),
            ("512B", 512),
            ("1.5gib", 3 << 29),
            ("10MB", 10_000_000),
            ("1kb", 1_000),
            ("0", 0),
            ("16777215TiB", 16_777_215 << 40),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn nonsense() {
        for text in [
            "",
            "MiB",
            "-1",
            "1.5",
            "1e3",
            "64M",
            "64 Mi B",
            "1..5MiB",
            ".MiB",
            "16777216TiB",
            "9999999.5TiB",
            "٣MiB",
            "+1",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for (bytes, expected) in [(64 << 20, "64MiB"), (1 << 30, "1GiB"), (1536, "1536"), (3 << 10, "3KiB"), (0, "0")] {
            assert_eq!(text(bytes), expected);
            assert_eq!(parse(expected), Ok(bytes));
        }
    }
}
