//! Texts that become settings, or are refused. Errors begin with the flag or the variable.

use std::net::Ipv6Addr;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::go;
use super::values::Value;
use crate::config::{self, Unlisted};

/// The longest duration that is a setting and not a mistake.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Paths that are, or in redis_exporter are, other pages'.
const TAKEN: &[&str] = &["/", "/health", "/plugins", "/-/reload", "/discovery", "/discover-cluster-nodes"];

pub(super) fn duration(value: &Value) -> Result<Duration, String> {
    let source = &value.source;
    let duration = config::duration::parse(&value.text).map_err(|fault| format!("{source}: {fault}"))?;
    if duration.is_zero() || duration > LONGEST {
        return Err(format!("{source}: {duration:?} is not between 0 and a day; write for example 15s"));
    }
    Ok(duration)
}

/// A number between two others.
pub(super) fn integer(value: &Value, range: RangeInclusive<u64>) -> Result<u64, String> {
    let Value { text, source } = value;
    let number = go::integer(text).and_then(|number| u64::try_from(number).ok());
    number.filter(|number| range.contains(number)).ok_or_else(|| match (range.start(), range.end()) {
        (least, &u64::MAX) => format!("{source}: {text:?} is no number from {least} on"),
        (least, most) => format!("{source}: {text:?} is no number from {least} to {most}"),
    })
}

/// Bytes, more than none.
pub(super) fn size(value: &Value) -> Result<u64, String> {
    let Value { text, source } = value;
    let size = config::size::parse(text).map_err(|fault| format!("{source}: {fault}"))?;
    if size > 0 { Ok(size) } else { Err(format!("{source}: write for example 1GiB")) }
}

/// What cannot stand in the name of a metric becomes `_`, as redis_exporter writes it: `my-ns` is `my_ns`.
pub(super) fn namespace(text: &str) -> String {
    let fits =
        |(place, byte): (usize, u8)| byte.is_ascii_alphabetic() || byte == b'_' || place > 0 && byte.is_ascii_digit();
    text.bytes().enumerate().map(|(place, byte)| if fits((place, byte)) { char::from(byte) } else { '_' }).collect()
}

pub(super) fn path(value: &Value, scrape_endpoint: bool) -> Result<String, String> {
    let Value { text, source } = value;
    let is_taken = TAKEN.contains(&text.as_str()) || scrape_endpoint && text == "/scrape";
    if text.starts_with('/') && !is_taken {
        Ok(text.clone())
    } else {
        Err(format!("{source}: {text:?} does not begin with / or is another page's path; take for example /metrics"))
    }
}

/// What `net.Listen` of Go takes, but for names of services: the form, not whether it can be had.
pub(super) fn listen(value: &Value) -> Result<String, String> {
    let Value { text, source } = value;
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let is_host = |host: &str| match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.split('%').next().is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => !host.contains(|c: char| c.is_whitespace() || "/@:[]".contains(c)),
    };
    match text.rsplit_once(':') {
        Some((host, port)) if is_host(host) && is_port(port) => Ok(text.clone()),
        _ => Err(format!(
            "{source}: no address to listen on; write host:port, [::1]:9121 or :9121, with a port up to 65535"
        )),
    }
}

/// None for an empty one. What else Redis refuses would be refused on every connection.
pub(super) fn client_name(value: &Value) -> Result<Option<String>, String> {
    let Value { text, source } = value;
    if text.chars().all(|c| c.is_ascii_graphic()) {
        Ok(Some(text.clone()).filter(|name| !name.is_empty()))
    } else {
        Err(format!("{source}: Redis takes no name with spaces or other than ASCII characters; choose another"))
    }
}

/// What becomes of targets that are neither listed nor allowed.
pub(super) fn unlisted(value: &Value) -> Result<Unlisted, String> {
    let Value { text, source } = value;
    match text.as_str() {
        "" | "ask" => Ok(Unlisted::Ask),
        "refuse" => Ok(Unlisted::Refuse),
        _ => Err(format!("{source}: write ask or refuse")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::values::Source;

    #[test]
    fn addresses_to_listen_on_have_a_port() {
        let of = |text: &str| {
            listen(&Value { text: text.to_owned(), source: Source::Flag("web.listen-address".to_owned()) })
        };
        for text in
            [":9121", ":0", "localhost:9121", "0.0.0.0:65535", "[::1]:9121", "[fe80::1%eth0]:9121", "cache-1.a:1"]
        {
            assert_eq!(of(text).as_deref(), Ok(text));
        }
        for text in [
            "",
            ":",
            "9121",
            "nowhere",
            "localhost:",
            ":65536",
            ":+1",
            ":http",
            "::1:9121",
            "[::1]",
            "[x]:1",
            "http://localhost:9121",
            "u:p@h:1",
            "h h:1",
            "h:1 ",
        ] {
            let fault = of(text).unwrap_err();
            assert!(fault.starts_with("--web.listen-address: no address to listen on; write host:port"), "{fault}");
        }
    }

    #[test]
    fn namespaces_become_beginnings_of_names() {
        let cases =
            [("redis", "redis"), ("", ""), ("my-ns", "my_ns"), ("9x", "_x"), ("a1", "a1"), ("_", "_"), ("ü", "__")];
        for (text, expected) in cases {
            assert_eq!(namespace(text), expected, "{text:?}");
        }
    }
}
