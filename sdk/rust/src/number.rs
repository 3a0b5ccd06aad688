//! Numbers in texts.

use std::borrow::Cow;

/// A number, as Go's `strconv.ParseFloat` reads it (<https://pkg.go.dev/strconv#ParseFloat>): redis_exporter reads all its
/// values so, and what it exports or leaves out has to be the same here.
///
/// Also a number: `inf` with or without a sign, `nan` without one, `0x1.8p3`, `1_000`. Not a number: what is too large.
pub fn float(text: &str) -> Option<f64> {
    let text = &*without_underscores(text)?;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => {
            let value = hexadecimal(&unsigned[2..])?;
            Some(if text.starts_with('-') { -value } else { value })
        }
        [b'i' | b'I', ..] => text.parse().ok(),
        [b'n' | b'N', ..] if unsigned.len() < text.len() => None,
        [b'n' | b'N', ..] => text.parse().ok(),
        _ => finite(text.parse().ok()?),
    }
}

/// Underscores may stand between digits, and behind `0x`.
fn without_underscores(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let is_digit = |byte: &u8| byte.is_ascii_hexdigit();
    let is_digit_or_x = |byte: &u8| is_digit(byte) || matches!(byte, b'x' | b'X');
    let fits = |(before, after): (&str, &str)| {
        before.as_bytes().last().is_some_and(is_digit_or_x) && after.as_bytes().first().is_some_and(is_digit)
    };
    let all = text.match_indices('_').all(|(place, _)| fits((&text[..place], &text[place + 1..])));
    (all && text.starts_with(|first: char| !first.is_ascii_alphabetic())).then(|| Cow::Owned(text.replace('_', "")))
}

/// What stands behind `0x`: a mantissa and a binary exponent, which has to be there.
fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mantissa = u128::from_str_radix(&digits, 16).ok()?;
    let exponent = exponent.parse::<i32>().ok()?.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    finite(mantissa as f64 * 2_f64.powi(exponent))
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn numbers() {
        let cases = [
            ("0", 0.0),
            ("-1", -1.0),
            ("+5", 5.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e5", 1e5),
            ("1E-3", 1e-3),
            ("1_000", 1000.0),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("0x1.8p3", 12.0),
            ("-0X10p-4", -1.0),
            ("0x_1p4", 16.0),
        ];
        for (text, expected) in cases {
            assert_eq!(float(text), Some(expected), "{text}");
        }
        assert!(float("NaN").unwrap().is_nan());
    }

    #[test]
    fn not_numbers() {
        for text in [
            "", "-", ".", "e5", "1e999", "-1e999", "-nan", "+NaN", "0x10", "0x", "0xp1", "0x+1p1", "_1", "1_", "1__0",
            " 1", "1 ", "1,5", "10%", "1K", "i_nf",
        ] {
            assert_eq!(float(text), None, "{text:?}");
        }
    }
}
