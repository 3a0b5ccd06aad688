//! What sentinels tell of a group (<https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/>).

use std::collections::HashMap;

use redis::Value;

use crate::servers::Command;
use crate::servers::reply::Reply;

/// What a sentinel is asked: the primary, its replicas, the other sentinels. SLAVES is known to all versions.
pub(super) fn questions(group: &str) -> [Command; 3] {
    ["MASTER", "SLAVES", "SENTINELS"].map(|word| Command::new(["SENTINEL", word, group]))
}

/// A member, as a sentinel sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instance {
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether it is found down.
    pub(super) is_failing: bool,
}

/// The one that a reply tells, or those.
pub(super) fn parse(reply: &Reply) -> Option<Vec<Instance>> {
    let answer = reply.as_ref().ok()?;
    let value = redis::parse_redis_value(&answer.bytes).ok()?;
    let one = |value: &Value| instance(&fields(value)?);
    match &value {
        Value::Array(items) if items.iter().all(|item| matches!(item, Value::Array(_) | Value::Map(_))) => {
            Some(items.iter().filter_map(one).collect())
        }
        value => Some(vec![one(value)?]),
    }
}

/// A map, which RESP2 has as a list.
fn fields(value: &Value) -> Option<HashMap<String, String>> {
    let text = |value: &Value| redis::from_redis_value_ref::<String>(value).ok();
    Some(value.as_map_iter()?.filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect())
}

fn instance(fields: &HashMap<String, String>) -> Option<Instance> {
    let flags = fields.get("flags").map_or("", String::as_str);
    Some(Instance {
        host: fields.get("ip").filter(|host| !host.is_empty())?.clone(),
        port: fields.get("port")?.parse().ok().filter(|port| *port > 0)?,
        is_failing: flags.split(',').any(|flag| ["s_down", "o_down", "disconnected"].contains(&flag)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::reply::Answer;

    fn parsed(bytes: &[u8]) -> Option<Vec<Instance>> {
        parse(&Ok(Answer { bytes: bytes.to_vec(), depth: 2 }))
    }

    #[test]
    fn instances_in_both_protocols() {
        let fields =
            "$2\r\nip\r\n$9\r\n127.0.0.1\r\n$4\r\nport\r\n$4\r\n6379\r\n$5\r\nflags\r\n$13\r\nmaster,s_down\r\n";
        let expected = Instance { host: "127.0.0.1".to_owned(), port: 6379, is_failing: true };
        for one in [format!("*6\r\n{fields}"), format!("%3\r\n{fields}")] {
            assert_eq!(parsed(one.as_bytes()), Some(vec![expected.clone()]));
            let two = format!("*2\r\n{one}{one}");
            assert_eq!(parsed(two.as_bytes()), Some(vec![expected.clone(), expected.clone()]));
        }
        assert_eq!(parsed(b"*0\r\n"), Some(Vec::new()));
        assert_eq!(parsed(b"+OK\r\n"), None);
    }
}
