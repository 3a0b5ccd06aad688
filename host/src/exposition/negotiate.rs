//! Which coding the scraper wants.

/// How the body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
}

/// Reads `Accept-Encoding` (RFC 9110, 12.5.3): gzip, when it is named or covered by `*` with a weight above 0.
pub fn coding(accept_encoding: Option<&str>) -> Coding {
    let mut named = None;
    let mut any = None;
    for (coding, weight) in accept_encoding.unwrap_or("").split(',').map(weighted) {
        match coding.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => named = Some(weight),
            "*" => any = Some(weight),
            _ => {}
        }
    }
    if named.or(any).is_some_and(|weight| weight > 0.0) { Coding::Gzip } else { Coding::Identity }
}

fn weighted(element: &str) -> (&str, f64) {
    let mut parts = element.split(';').map(str::trim);
    let coding = parts.next().unwrap_or("");
    let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.parse().ok());
    (coding, weight.unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_only_where_it_is_wanted() {
        for header in ["gzip", "GZIP", "deflate, gzip;q=0.5", "*", "br;q=1, *;q=0.1", "gzip;q=1.0, *;q=0"] {
            assert_eq!(coding(Some(header)), Coding::Gzip, "{header}");
        }
        for header in ["", "identity", "gzip;q=0", "*, gzip;q=0", "deflate", "notgzip"] {
            assert_eq!(coding(Some(header)), Coding::Identity, "{header}");
        }
        assert_eq!(coding(None), Coding::Identity);
    }
}
