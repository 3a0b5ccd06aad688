//! Where log lines go and how they look. A line is a fixed sentence with fields; the field of a failure is `error`.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends the program's log lines to stderr, and panics too, so that each line there is a log line.
///
/// # Errors
/// When someone has done so before.
pub fn start(format: Format, level: Level) -> Result<(), TryInitError> {
    start_with(format, level, |_| true)
}

/// The same without the failures of scrapes, for whoever prints how the only scrape ended.
///
/// # Errors
/// As for [`start`].
pub fn start_for_one_scrape(format: Format, level: Level) -> Result<(), TryInitError> {
    let is_failure = |metadata: &Metadata<'_>| {
        metadata.target().starts_with("redwasp::scrape") && metadata.fields().field("error").is_some()
    };
    start_with(format, level, move |metadata| !is_failure(metadata))
}

fn start_with(
    format: Format,
    level: Level,
    is_wanted: impl Fn(&Metadata<'_>) -> bool + Send + Sync + 'static,
) -> Result<(), TryInitError> {
    let level = LevelFilter::from_level(level);
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    std::panic::set_hook(Box::new(|panic| tracing::error!(error = panic.to_string(), "panic")));
    let registry = tracing_subscriber::registry().with(level).with(filter_fn(is_wanted));
    match format {
        Format::Text => registry.with(lines.with_ansi(false)).try_init(),
        Format::Json => {
            let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
            registry.with(lines).try_init()
        }
    }
}
