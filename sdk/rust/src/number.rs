//! Numbers in texts.

use std::borrow::Cow;

/// A number, as Go's `strconv.ParseFloat` reads it (<https://pkg.go.dev/strconv#ParseFloat>): redis_exporter reads all its
/// values so, and what it exports or leaves out has to be the same here.
///
/// Also a number: `inf` with or without a sign, `nan` without one, `0x1.8p3`, `1_000`. Not a number: what is too large.
pub fn float(text: &str) -> Option<f64> {
    if let Some(whole) = whole(text) {
        return Some(whole);
    }
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

/// Major and minor version of a text like `7.0.15`; 0 for what is no number.
pub fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// As most are: so few digits that all of them count.
fn whole(text: &str) -> Option<f64> {
    if !(1..=15).contains(&text.len()) {
        return None;
    }
    let digits = text.bytes().map(|byte| byte.is_ascii_digit().then(|| u64::from(byte - b'0')));
    digits.into_iter().try_fold(0, |number, digit| Some(number * 10 + digit?)).map(|number| number as f64)
}

/// Underscores may stand between digits, hexadecimal ones only in a hexadecimal number, and behind `0x`.
fn without_underscores(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let hexadecimal = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"));
    let is_digit = |byte: &u8| if hexadecimal.is_some() { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
    let number = hexadecimal.unwrap_or(unsigned).as_bytes();
    let fits = |place: usize| {
        let before = if place == 0 { hexadecimal.is_some() } else { is_digit(&number[place - 1]) };
        before && number.get(place + 1).is_some_and(is_digit)
    };
    let all = (0..number.len()).filter(|&place| number[place] == b'_').all(fits);
    all.then(|| Cow::Owned(text.replace('_', "")))
}

/// What stands behind `0x`: a mantissa and a binary exponent, which has to be there.
fn hexadecimal(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut exponent = binary_exponent(exponent)? - 4 * i64::try_from(fraction.len()).ok()?;
    let mut mantissa = 0_u64;
    for digit in whole.chars().chain(fraction.chars()) {
        let digit = u64::from(digit.to_digit(16)?);
        if mantissa < 1 << 60 {
            mantissa = mantissa << 4 | digit;
        } else {
            // There is no room for it. Its bit decides only between two numbers that are equally near.
            mantissa |= u64::from(digit != 0);
            exponent += 4;
        }
    }
    finite(scaled(mantissa, exponent))
}

/// What has five digits is far out of range already: more of them are not counted.
fn binary_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let add = |sum: i64, digit: u8| if sum < 10_000 { sum * 10 + i64::from(digit - b'0') } else { sum };
    let size = digits.bytes().fold(0, add);
    Some(if text.starts_with('-') { -size } else { size })
}

/// mantissa · 2^exponent, rounded once: to the nearest, and to the even one of two that are equally near.
fn scaled(mantissa: u64, exponent: i64) -> f64 {
    // As in 1.xxx · 2^top.
    let top = exponent + 63 - i64::from(mantissa.leading_zeros());
    if mantissa == 0 || top < -1075 {
        return 0.0;
    }
    if top > 1023 {
        return f64::INFINITY;
    }
    // The last of 53 bits; below 2^-1022 there are fewer.
    let last = (top - 52).max(-1074);
    let cut = last - exponent;
    if cut <= 0 {
        return mantissa as f64 * power_of_two(exponent);
    }
    let (kept, rest) = (u128::from(mantissa) >> cut, u128::from(mantissa) & ((1 << cut) - 1));
    let half = 1 << (cut - 1);
    let up = rest > half || rest == half && kept % 2 == 1;
    (kept + u128::from(up)) as f64 * power_of_two(last)
}

/// Of exponents from -1074 to 1023.
fn power_of_two(exponent: i64) -> f64 {
    let bits = if exponent >= -1022 { (exponent + 1023) << 52 } else { 1 << (exponent + 1074) };
    f64::from_bits(bits as u64)
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::{float, version};

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
            ("1_0.5_0e1_0", 10.5e10),
            ("0xf_fp0", 255.0),
            ("0x1p1_0", 1024.0),
            ("0e99999999999", 0.0),
            ("1e-99999999999", 0.0),
        ];
        for (text, expected) in cases {
            assert_eq!(float(text), Some(expected), "{text}");
        }
        assert!(float("NaN").unwrap().is_nan());
    }

    #[test]
    fn versions() {
        for (text, expected) in [
            ("7.0.15", (7, 0)),
            ("10.1", (10, 1)),
            ("8", (8, 0)),
            ("", (0, 0)),
            ("df-v1.30.0", (0, 30)),
            ("x.y", (0, 0)),
        ] {
            assert_eq!(version(text), expected, "{text}");
        }
    }

    #[test]
    fn not_numbers() {
        for text in [
            "",
            "-",
            ".",
            "e5",
            "1e999",
            "-1e999",
            "-nan",
            "+NaN",
            "0x10",
            "0x",
            "0xp1",
            "0x+1p1",
            "_1",
            "1_",
            "1__0",
            " 1",
            "1 ",
            "1,5",
            "10%",
            "1K",
            "i_nf",
            "1_e5",
            "1e_5",
            "1_.5",
            "1._5",
            "-_1",
            "a_b",
            "0_x1p1",
            "0x1_p1",
            "0x1p_1",
            "0x1p1_",
            "0x1p",
            "0x1p+",
            "0x1p1a",
            "0x.p1",
            "0x1.2.3p1",
            "0xgp1",
            "0x_p1",
        ] {
            assert_eq!(float(text), None, "{text:?}");
        }
    }

    #[test]
    fn hexadecimal_numbers_are_rounded_once() {
        let cases = [
            // More digits than fit: just below, at and just above the middle of two numbers.
            ("0x1.fffffffffffff7ffffffffffffffffffffffffp0", 2.0 - f64::EPSILON),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.00000000000018p0", 1.0 + 2.0 * f64::EPSILON),
            ("0x1.00000000000008000000000000000000000000001p0", 1.0 + f64::EPSILON),
            ("0x100000000000000000000000000000000000000000p-164", 1.0),
            ("0x0.00000000000000000000000000000000000000001p164", 1.0),
            // The largest, the smallest, and what is nearer to zero.
            ("0x1.fffffffffffffp1023", f64::MAX),
            ("0x1p-1022", f64::MIN_POSITIVE),
            ("0x0.fffffffffffffp-1022", f64::from_bits((1 << 52) - 1)),
            ("0x1p-1074", f64::from_bits(1)),
            ("0x0.8p-1074", 0.0),
            ("0x0.80000000000000000000001p-1074", f64::from_bits(1)),
            ("0x1.8p-1074", f64::from_bits(2)),
            ("0x0.7fp-1074", 0.0),
            // Rounded twice it would be one smaller.
            ("0x1.000000000000280000001p-1023", f64::from_bits((1 << 51) + 1)),
            ("0x1p-99999999999", 0.0),
            ("0x0p99999999999", 0.0),
            ("-0x0p99999999999999999999999", -0.0),
        ];
        for (text, expected) in cases {
            assert_eq!(float(text).map(f64::to_bits), Some(expected.to_bits()), "{text}");
        }
        for text in ["0x1p1024", "0x1.fffffffffffff8p1023", "-0x1p99999999999", "0x1p99999999999999999999999"] {
            assert_eq!(float(text), None, "{text}: out of range");
        }
    }
}
