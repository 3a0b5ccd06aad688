//! Texts that become settings, or are refused. Errors begin with the flag or the variable.

use std::time::Duration;

use super::values::{Value, parts};
use crate::config::target::Target;
use crate::config::{self, Credentials};

/// The longest duration that is a setting and not a mistake.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Paths that are, or in redis_exporter are, other pages'.
const TAKEN: &[&str] = &["/", "/health", "/plugins", "/-/reload", "/discover-cluster-nodes"];

pub(super) fn duration(value: &Value) -> Result<Duration, String> {
    let source = &value.source;
    let duration = config::duration::parse(&value.text).map_err(|fault| format!("{source}: {fault}"))?;
    if duration.is_zero() || duration > LONGEST {
        return Err(format!("{source}: {duration:?} is not between 0 and a day; write for example 15s"));
    }
    Ok(duration)
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

/// None for an empty one. What else Redis refuses would be refused on every connection.
pub(super) fn client_name(value: &Value) -> Result<Option<String>, String> {
    let Value { text, source } = value;
    if text.chars().all(|c| c.is_ascii_graphic()) {
        Ok(Some(text.clone()).filter(|name| !name.is_empty()))
    } else {
        Err(format!("{source}: Redis takes no name with spaces or other than ASCII characters; choose another"))
    }
}

/// What a URI lacks comes from the flags. An empty address is no target.
pub(super) fn target(value: &Value, credentials: &Credentials) -> Result<Option<Target>, String> {
    let Value { text, source } = value;
    let addresses: Vec<&str> = parts(text).collect();
    let address = match addresses.as_slice() {
        [] => return Ok(None),
        [address] => address,
        // A comma may also be part of a password: then what is before or behind it is no address, as a rule.
        several if several.iter().all(|address| Target::parse(address).is_ok()) => {
            return Err(format!(
                "{source}: this version watches one address, and there are {}; start one redwasp for each, or have \
                /scrape?target= asked (a comma in a password is written %2C)",
                several.len()
            ));
        }
        _ => text.as_str(),
    };
    let target = Target::parse(address).map_err(|error| format!("{source}: {error}"))?;
    let Credentials { user, password } = credentials.clone();
    Ok(Some(Target { user: target.user.or(user), password: target.password.or(password), ..target }))
}

#[cfg(test)]
mod tests {
    use super::namespace;

    #[test]
    fn namespaces_become_beginnings_of_names() {
        let cases =
            [("redis", "redis"), ("", ""), ("my-ns", "my_ns"), ("9x", "_x"), ("a1", "a1"), ("_", "_"), ("ü", "__")];
        for (text, expected) in cases {
            assert_eq!(namespace(text), expected, "{text:?}");
        }
    }
}
