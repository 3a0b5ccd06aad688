//! Numbers the way Prometheus' own library writes them, so that pages compare line by line.

use std::io::Write;

/// Writes the shortest digits that read back as the same number, with an exponent from 1e+06 up and below 1e-04.
pub(super) fn write(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    } else if value == 0.0 {
        out.push(b'0');
    } else if value.abs() < 1e6 && value.fract() == 0.0 {
        // Most values; integers are written faster. Writing to a Vec cannot fail.
        let _ = write!(out, "{}", value as i64);
    } else if (1e-4..1e6).contains(&value.abs()) {
        let _ = write!(out, "{value}");
    } else {
        exponent(out, value);
    }
}

/// Rust writes 1.5e6 where Prometheus' library writes 1.5e+06.
fn exponent(out: &mut Vec<u8>, value: f64) {
    let start = out.len();
    let _ = write!(out, "{value:e}");
    let Some(e) = out[start..].iter().position(|&byte| byte == b'e') else { return };
    let digits = out.split_off(start + e + 1);
    let (sign, digits) = match digits.strip_prefix(b"-") {
        Some(digits) => (b'-', digits),
        None => (b'+', digits.as_slice()),
    };
    out.push(sign);
    if digits.len() < 2 {
        out.push(b'0');
    }
    out.extend_from_slice(digits);
}

#[cfg(test)]
mod tests {
    fn written(value: f64) -> String {
        let mut out = Vec::new();
        super::write(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn as_the_go_library_writes_them() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.0, "-1"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.234e-10, "1.234e-10"),
            (123456.789, "123456.789"),
            (999999.0, "999999"),
            (1e6, "1e+06"),
            (1048576.0, "1.048576e+06"),
            (-1048576.0, "-1.048576e+06"),
            (1763708400.123, "1.763708400123e+09"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(written(value), text);
        }
    }
}
