//! What is said once on a new connection: who we are, what the server is.

use redis::Value;
use tokio::time::Instant;

use super::Settings;
use super::connection::Connection;
use super::error::Cause;
use super::facts::{self, Facts, ServerKind};
use super::reply::ServerError;
use crate::build::VERSION;
use crate::config::target::Target;

/// Bytes of answers to what begins a connection, but for INFO. HELLO tells the modules as well.
const GREETING: u64 = 64 << 10;

/// What earlier connections to the same server taught, so that the same error reply is not caused by each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lessons {
    /// The server does not know HELLO, or closes the connection on it.
    pub(super) no_hello: bool,
    /// CONFIG is denied, or has another name than the settings say.
    pub(super) no_config: bool,
    /// CLIENT is denied.
    pub(super) no_client: bool,
    /// CLIENT NO-TOUCH is denied.
    pub(super) no_touch: bool,
    /// READONLY is denied.
    pub(super) no_readonly: bool,
    /// INFO ALL is refused, or there is nothing in it.
    pub(super) plain_info: bool,
    /// PING is denied.
    pub(super) no_ping: bool,
    /// It is a proxy that takes nothing of the usual beginning.
    pub(super) is_proxy: bool,
}

/// Two round trips: HELLO, then the facts. A third for a replica in a cluster, which shall answer reads.
pub(super) async fn shake_hands(
    connection: &mut Connection,
    target: &Target,
    settings: &Settings,
    lessons: &mut Lessons,
    deadline: Instant,
) -> Result<Facts, Cause> {
    if lessons.is_proxy {
        return greet_proxy(connection, target, deadline).await;
    }
    let facts = introduce(connection, target, settings, lessons, deadline).await?;
    if facts.kind.is_cluster_replica() && !lessons.no_readonly {
        let values = connection.exchange(redis::pipe().cmd("READONLY"), GREETING, deadline).await?;
        lessons.no_readonly = values.iter().any(is_error);
    }
    Ok(facts)
}

async fn introduce(
    connection: &mut Connection,
    target: &Target,
    settings: &Settings,
    lessons: &mut Lessons,
    deadline: Instant,
) -> Result<Facts, Cause> {
    let greeting = greet(connection, target, settings, lessons, deadline).await?;
    let mut pipeline = redis::pipe();
    if target.database != 0 {
        pipeline.cmd("SELECT").arg(target.database);
    }
    let client = pipeline.len();
    if greeting.has_client_setinfo && !lessons.no_client {
        pipeline.cmd("CLIENT").arg("SETINFO").arg("LIB-NAME").arg("redwasp");
        pipeline.cmd("CLIENT").arg("SETINFO").arg("LIB-VER").arg(VERSION);
    }
    let touch = pipeline.len();
    // What we read shall not look as if somebody needed it. Sentinels have no keys.
    if greeting.has_client_setinfo && !greeting.is_sentinel && !lessons.no_touch {
        pipeline.cmd("CLIENT").arg("NO-TOUCH").arg("ON");
    }
    let about = pipeline.len();
    let info = pipeline.cmd("INFO");
    if !lessons.plain_info {
        info.arg("ALL");
    }
    let has_config = !greeting.is_sentinel && !lessons.no_config;
    if let Some(config) = settings.config_command.as_ref().filter(|_| has_config) {
        pipeline.cmd(config).arg("GET").arg("databases");
    }
    let values = connection.exchange(&pipeline, settings.reply_limit, deadline).await?;
    if target.database != 0 {
        refused(values.first().ok_or(Cause::NotRedis)?)?;
    }
    lessons.no_client |= values[client..touch].iter().any(is_error);
    lessons.no_touch |= values[touch..about].iter().any(is_error);
    let databases = values.get(about + 1).and_then(databases);
    lessons.no_config |= databases.is_none();
    let info = values.get(about).ok_or(Cause::NotRedis)?;
    let is_login = matches!(info, Value::ServerError(error) if is_about_login(error));
    if !lessons.plain_info && !is_login && facts::info_text(info).is_none_or(str::is_empty) {
        let plain = connection.exchange(redis::pipe().cmd("INFO"), settings.reply_limit, deadline).await?;
        let plain = plain.first().ok_or(Cause::NotRedis)?;
        // A server that knows HELLO is one, and only hides INFO.
        if lessons.no_hello && matches!(plain, Value::ServerError(error) if error.code() == "ERR") {
            lessons.is_proxy = true;
            return greet_proxy(connection, target, deadline).await;
        }
        lessons.plain_info = true;
        return facts(plain, databases, lessons);
    }
    facts(info, databases, lessons)
}

fn facts(info: &Value, databases: Option<u32>, lessons: &Lessons) -> Result<Facts, Cause> {
    refused(info)?;
    let info = facts::info_text(info).ok_or(Cause::NotRedis)?;
    Ok(Facts { plain_info: lessons.plain_info, ..Facts::from_info(info, databases) })
}

/// Whether an attempt ended as with a peer that closes the connection on a command which it does not know. AUTH, which comes
/// first, may have been answered.
pub(super) fn is_hung_up(cause: &Cause, target: &Target) -> bool {
    match cause {
        Cause::ClosedAtOnce => true,
        Cause::Closed => target.password.is_some(),
        _ => false,
    }
}

/// Whether the peer tells nothing of itself. One that only began to answer a moment ago does; the connection of another is of
/// no use any more.
pub(super) async fn hides_info(connection: &mut Connection, settings: &Settings, deadline: Instant) -> bool {
    let answer = connection.exchange(redis::pipe().cmd("INFO"), settings.reply_limit, deadline).await;
    !answer.is_ok_and(|values| values.first().is_some_and(|value| facts::info_text(value).is_some()))
}

/// What proxies take. They stand in front of many servers, and tell nothing of any.
async fn greet_proxy(connection: &mut Connection, target: &Target, deadline: Instant) -> Result<Facts, Cause> {
    log_in(connection, target, deadline).await?;
    let mut pipeline = redis::pipe();
    if target.database != 0 {
        pipeline.cmd("SELECT").arg(target.database);
    }
    pipeline.cmd("PING");
    let values = connection.exchange(&pipeline, GREETING, deadline).await?;
    values.iter().try_for_each(refused)?;
    Ok(Facts::of_proxy())
}

struct Greeting {
    has_client_setinfo: bool,
    /// It has no CONFIG.
    is_sentinel: bool,
}

/// RESP3, credentials and client name in one command; without HELLO, one by one.
async fn greet(
    connection: &mut Connection,
    target: &Target,
    settings: &Settings,
    lessons: &mut Lessons,
    deadline: Instant,
) -> Result<Greeting, Cause> {
    if !lessons.no_hello {
        let mut pipeline = redis::pipe();
        authenticate(&mut pipeline, target);
        let hello = pipeline.cmd("HELLO").arg(3);
        if let Some(name) = &settings.client_name {
            hello.arg("SETNAME").arg(name);
        }
        let values = connection.exchange(&pipeline, GREETING, deadline).await;
        let values = values.inspect_err(|cause| lessons.no_hello = is_hung_up(cause, target))?;
        // Of AUTH, if it was sent.
        values.iter().rev().skip(1).try_for_each(refused)?;
        let reply = values.last().ok_or(Cause::NotRedis)?;
        match reply {
            Value::ServerError(error) if !is_about_login(error) => {
                // Unknown to servers before Redis 6, and to proxies in words of their own.
                let old_way = greet_without_hello(connection, target, settings, lessons, deadline).await;
                lessons.no_hello = old_way.is_ok();
                return old_way.map_err(|cause| match cause {
                    Cause::Server(_) => cause,
                    _ => Cause::Server(error.into()),
                });
            }
            _ => refused(reply)?,
        }
        return Ok(Greeting::from_hello(reply));
    }
    greet_without_hello(connection, target, settings, lessons, deadline).await
}

async fn greet_without_hello(
    connection: &mut Connection,
    target: &Target,
    settings: &Settings,
    lessons: &mut Lessons,
    deadline: Instant,
) -> Result<Greeting, Cause> {
    log_in(connection, target, deadline).await?;
    if let Some(name) = settings.client_name.as_ref().filter(|_| !lessons.no_client) {
        let values =
            connection.exchange(redis::pipe().cmd("CLIENT").arg("SETNAME").arg(name), GREETING, deadline).await?;
        lessons.no_client = values.last().is_some_and(is_error);
    }
    Ok(Greeting { has_client_setinfo: false, is_sentinel: false })
}

/// By itself: a server that has no room for a connection says so once, to whatever comes first, and closes it.
async fn log_in(connection: &mut Connection, target: &Target, deadline: Instant) -> Result<(), Cause> {
    let mut pipeline = redis::pipe();
    authenticate(&mut pipeline, target);
    if pipeline.is_empty() {
        return Ok(());
    }
    connection.exchange(&pipeline, GREETING, deadline).await?.iter().try_for_each(refused)
}

/// Not as a part of HELLO, which takes any password for a server that wants none: who gives one has to learn that the
/// server stands open.
fn authenticate(pipeline: &mut redis::Pipeline, target: &Target) {
    let Some(password) = &target.password else { return };
    let auth = pipeline.cmd("AUTH");
    if let Some(user) = &target.user {
        auth.arg(user);
    }
    auth.arg(password.expose());
}

impl Greeting {
    fn from_hello(reply: &Value) -> Greeting {
        let text = |name: &str| -> Option<String> {
            let entries = reply.as_map_iter()?;
            let is_name = |key: &Value| redis::from_redis_value_ref::<String>(key).is_ok_and(|key| key == name);
            entries
                .into_iter()
                .find(|(key, _)| is_name(key))
                .and_then(|(_, value)| redis::from_redis_value_ref(value).ok())
        };
        let (server, version) = (text("server").unwrap_or_default(), text("version").unwrap_or_default());
        Greeting {
            has_client_setinfo: ServerKind::has_client_setinfo(&server, &version),
            is_sentinel: text("mode").is_some_and(|mode| mode == "sentinel"),
        }
    }
}

fn refused(value: &Value) -> Result<(), Cause> {
    match value {
        // The server's own words are about HELLO, which the operator never wrote.
        Value::ServerError(error) if error.code() == "NOAUTH" => Err(Cause::Server(ServerError {
            code: "NOAUTH".to_owned(),
            message: "Authentication required.".to_owned(),
        })),
        Value::ServerError(error) => Err(Cause::Server(error.into())),
        _ => Ok(()),
    }
}

fn is_error(value: &Value) -> bool {
    matches!(value, Value::ServerError(_))
}

/// Errors to HELLO that another way to log in would not mend.
fn is_about_login(error: &redis::ServerError) -> bool {
    ["NOAUTH", "WRONGPASS"].contains(&error.code())
}

/// The number in the reply to CONFIG GET databases.
fn databases(value: &Value) -> Option<u32> {
    let number = value.as_map_iter()?.next().and_then(|(_, value)| redis::from_redis_value_ref(value).ok());
    number.filter(|&databases| databases > 0)
}
