//! What nobody is told: passwords in settings, and what customers sent in the logs of slow commands and to functions.
//!
//! Every reply to a collector goes through here before it is encoded, whoever the collector is. Only passwords in settings
//! are told to a built-in, if the operator says so ([`Command::secrets`]).

use redis::Value;

use super::{Command, policy};

/// What stands in place of a secret.
const HIDDEN: &str = "…";

/// Takes out of a reply what is secret in the reply to this command.
pub(super) fn redact(command: &Command, value: &mut Value) {
    let word =
        |place: usize, word: &str| command.args.get(place).is_some_and(|arg| arg.eq_ignore_ascii_case(word.as_bytes()));
    if command.secrets {
        return;
    }
    if word(0, "CONFIG") || word(0, "SENTINEL") || word(0, "FT.CONFIG") {
        hide_settings(value);
    } else if word(0, "MODULE") {
        change("args", value, |args| *args = Value::Array(Vec::new()));
    } else if word(0, "FUNCTION") && word(1, "STATS") {
        change("command", value, keep_name);
    } else if (word(0, "SLOWLOG") || word(0, "COMMANDLOG")) && word(1, "GET") {
        keep_names(value);
    }
}

/// Whether a setting of this name holds a secret or leads to one: requirepass, masterauth, primaryauth, auth-pass,
/// tls-key-file-pass, and what modules call theirs. (redis.conf, valkey.conf, sentinel.conf)
fn is_secret(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    ["pass", "auth"].iter().any(|end| name.ends_with(end))
        || ["password", "passwd", "passphrase", "secret", "token", "credential"].iter().any(|word| name.contains(word))
}

/// Hides the values of secret names, in maps, in flat arrays as RESP2 has them, and in arrays of either.
fn hide_settings(value: &mut Value) {
    if let Value::Map(pairs) = peeled(value) {
        for (name, value) in pairs {
            hide_setting(name, value);
        }
        return;
    }
    for pair in elements(value).into_iter().flat_map(|values| values.chunks_mut(2)) {
        match pair {
            [name, value] => hide_setting(name, value),
            rest => rest.iter_mut().for_each(hide_settings),
        }
    }
}

fn hide_setting(name: &mut Value, value: &mut Value) {
    if text(name).is_some_and(is_secret) {
        *value = Value::BulkString(HIDDEN.into());
        return;
    }
    hide_settings(name);
    hide_settings(value);
}

/// Changes what follows a name, at any depth: in maps, and in flat arrays as RESP2 has them. A value that is called so too
/// takes what stands behind it along.
fn change(name: &str, value: &mut Value, how: fn(&mut Value)) {
    let is_it = |value: &Value| text(value).is_some_and(|text| text == name.as_bytes());
    if let Value::Map(pairs) = peeled(value) {
        for (key, value) in pairs {
            if is_it(key) { how(value) } else { change(name, value, how) }
        }
        return;
    }
    let mut is_next = false;
    for value in elements(value).into_iter().flatten() {
        let precedes = is_it(value);
        if is_next {
            how(value)
        } else {
            change(name, value, how)
        }
        is_next = precedes;
    }
}

/// Leaves the commands' names of the arguments of logged commands. What is no entry of a log is left out whole: nobody
/// knows what it says.
fn keep_names(log: &mut Value) {
    if matches!(log, Value::ServerError(_)) {
        return;
    }
    match elements(log) {
        Some(entries) => entries.iter_mut().for_each(keep_name_of_entry),
        None => *log = Value::Nil,
    }
}

/// The arguments are the fourth thing that an entry tells.
fn keep_name_of_entry(entry: &mut Value) {
    match elements(entry).and_then(|fields| fields.get_mut(3)).filter(|args| matches!(args, Value::Array(_))) {
        Some(args) => keep_name(args),
        None => *entry = Value::Nil,
    }
}

/// Leaves the name of a command with its arguments.
fn keep_name(command: &mut Value) {
    let Some(args) = elements(command) else {
        *command = Value::Nil;
        return;
    };
    let words: Option<Vec<Vec<u8>>> = args.iter().take(2).map(|arg| text(arg).map(<[u8]>::to_vec)).collect();
    args.truncate(words.map_or(1, |words| policy::name_length(&words)));
}

/// A value without its attributes.
fn peeled(value: &mut Value) -> &mut Value {
    match value {
        Value::Attribute { data, .. } => peeled(data),
        value => value,
    }
}

fn elements(value: &mut Value) -> Option<&mut Vec<Value>> {
    match peeled(value) {
        Value::Array(elements) | Value::Set(elements) => Some(elements),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text.as_bytes()),
        Value::Attribute { data, .. } => text(data),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::reply;

    fn redacted(words: &str, wire: &[u8]) -> String {
        let command = Command::of(words.split(' ').map(|word| word.as_bytes().to_vec()).collect());
        let mut value = redis::parse_redis_value(wire).unwrap();
        redact(&command, &mut value);
        String::from_utf8(reply::encode(&value).unwrap().bytes).unwrap().replace("\r\n", " ")
    }

    #[test]
    fn passwords_are_no_settings_that_one_may_read() {
        let settings = "$11\r\nRequirePass\r\n$2\r\npw\r\n$4\r\nport\r\n$4\r\n6379\r\n";
        let hidden = "$11 RequirePass $3 … $4 port $4 6379 ";
        for words in ["CONFIG GET *", "config get requirepass", "SENTINEL CONFIG GET *"] {
            assert_eq!(redacted(words, format!("*4\r\n{settings}").as_bytes()), format!("*4 {hidden}"));
            assert_eq!(redacted(words, format!("%2\r\n{settings}").as_bytes()), format!("%2 {hidden}"));
            assert_eq!(
                redacted(words, format!("|1\r\n+a\r\n+b\r\n%2\r\n{settings}").as_bytes()),
                format!("%2 {hidden}")
            );
            assert_eq!(redacted(words, format!("*1\r\n*4\r\n{settings}").as_bytes()), format!("*1 *4 {hidden}"));
        }
        assert_eq!(
            redacted("GET a", b"*2\r\n+requirepass\r\n+a\r\n"),
            "*2 +requirepass +a ",
            "only where they are told"
        );
    }

    #[test]
    fn secrets_are_told_in_settings_alone_and_to_whom_they_shall_be() {
        let told = |words: &str, wire: &[u8]| {
            let command = Command::of(words.split(' ').map(|word| word.as_bytes().to_vec()).collect()).with_secrets();
            let mut value = redis::parse_redis_value(wire).unwrap();
            redact(&command, &mut value);
            String::from_utf8(reply::encode(&value).unwrap().bytes).unwrap().replace("\r\n", " ")
        };
        let settings = b"*2\r\n+requirepass\r\n+pw\r\n";
        assert_eq!(told("config get *", settings), "*2 +requirepass +pw ");
        assert_eq!(told("SENTINEL CONFIG GET *", settings), "*2 +requirepass $3 … ");
        assert_eq!(told("FUNCTION STATS", b"%1\r\n+command\r\n+customer:7\r\n"), "%1 +command _ ");
    }

    #[test]
    fn a_value_named_like_a_secret_shifts_nothing() {
        let wire = b"*4\r\n+x\r\n+requirepass\r\n+masterauth\r\n+pw\r\n";
        assert_eq!(redacted("CONFIG GET *", wire), "*4 +x +requirepass +masterauth $3 … ");
    }

    #[test]
    fn secrets_go_by_many_names() {
        for name in [
            "requirepass",
            "MASTERAUTH",
            "primaryauth",
            "tls-key-file-pass",
            "tls-client-key-file-pass",
            "auth-pass",
            "sentinel-pass",
            "search-oss-global-password",
            "OSS_GLOBAL_PASSWORD",
        ] {
            assert!(is_secret(name.as_bytes()), "{name}");
        }
        for name in ["masteruser", "primaryuser", "tls-auth-clients", "aclfile", "unixsocket", "maxmemory", "port", ""]
        {
            assert!(!is_secret(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_sentinel_does_not_tell_how_it_logs_in() {
        let wire = b"*1\r\n%2\r\n+name\r\n+m\r\n+auth-pass\r\n+pw\r\n";
        assert_eq!(redacted("SENTINEL masters", wire), "*1 %2 +name +m +auth-pass $3 … ");
    }

    #[test]
    fn modules_do_not_tell_what_they_were_started_with() {
        let args = "+args\r\n*3\r\n+--token=t\r\n+OSS_GLOBAL_PASSWORD\r\n+redis://u:pw@host\r\n";
        for (map, told) in [("%3", "%3"), ("*6", "*6")] {
            let wire = format!("*2\r\n{map}\r\n+name\r\n+search\r\n+ver\r\n:2\r\n{args}%0\r\n");
            let hidden = format!("*2 {told} +name +search +ver :2 +args *0 %0 ");
            assert_eq!(redacted("MODULE LIST", wire.as_bytes()), hidden);
        }
    }

    #[test]
    fn of_a_logged_command_only_its_name_is_told() {
        let entry = |args: &str| format!("*1\r\n*6\r\n:1\r\n:2\r\n:3\r\n{args}+127.0.0.1:1\r\n+me\r\n");
        let told = |args: &str| format!("*1 *6 :1 :2 :3 {args}+127.0.0.1:1 +me ");
        for (sent, kept) in [
            ("*3\r\n+SET\r\n+customer:7\r\n+secret\r\n", "*1 +SET "),
            ("*3\r\n+xinfo\r\n+stream\r\n+orders\r\n", "*2 +xinfo +stream "),
            ("*3\r\n+config\r\n+customer\r\n+pw\r\n", "*1 +config "),
            ("*1\r\n+DBSIZE\r\n", "*1 +DBSIZE "),
            ("*2\r\n:1\r\n+x\r\n", "*1 :1 "),
            ("*0\r\n", "*0 "),
        ] {
            for words in ["SLOWLOG GET", "slowlog get 9", "COMMANDLOG GET 9 slow"] {
                assert_eq!(redacted(words, entry(sent).as_bytes()), told(kept), "{words}");
            }
        }
    }

    #[test]
    fn of_a_running_function_only_its_command_is_told() {
        let command = "+command\r\n*4\r\n+FCALL\r\n+f\r\n+1\r\n+customer:7\r\n";
        for (wire, told) in [
            (
                format!(
                    "%2\r\n+running_script\r\n%3\r\n+name\r\n+f\r\n{command}+duration_ms\r\n:5\r\n+engines\r\n*0\r\n"
                ),
                "%2 +running_script %3 +name +f +command *1 +FCALL +duration_ms :5 +engines *0 ",
            ),
            (
                format!(
                    "*4\r\n+running_script\r\n*6\r\n+name\r\n+f\r\n{command}+duration_ms\r\n:5\r\n+engines\r\n*0\r\n"
                ),
                "*4 +running_script *6 +name +f +command *1 +FCALL +duration_ms :5 +engines *0 ",
            ),
            (
                format!("*2\r\n+running_script\r\n*4\r\n+name\r\n+command\r\n{command}"),
                "*2 +running_script *4 +name +command _ *1 +FCALL ",
            ),
            ("%1\r\n+command\r\n+customer:7\r\n".to_owned(), "%1 +command _ "),
            ("*2\r\n+running_script\r\n_\r\n".to_owned(), "*2 +running_script _ "),
        ] {
            assert_eq!(redacted("function stats", wire.as_bytes()), told);
        }
    }

    #[test]
    fn a_log_in_another_form_is_not_told() {
        for (wire, told) in [
            ("+SET customer:7\r\n", "_ "),
            ("*1\r\n+SET customer:7\r\n", "*1 _ "),
            ("*1\r\n*4\r\n:1\r\n:2\r\n:3\r\n+SET customer:7\r\n", "*1 _ "),
        ] {
            assert_eq!(redacted("SLOWLOG GET", wire.as_bytes()), told);
        }
    }

    #[test]
    fn an_error_stays_one() {
        for words in [["CONFIG", "GET", "*"], ["SLOWLOG", "GET", "9"], ["MODULE", "LIST", ""]] {
            let mut value = redis::parse_redis_value(b"-NOPERM no\r\n").unwrap();
            redact(&Command::new(words), &mut value);
            assert!(reply::encode(&value).is_err());
        }
    }
}
