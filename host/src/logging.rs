//! Where log lines go and how they look. A line is a fixed sentence with fields; the field of a failure is `error`.

use tracing::Level;
use tracing_subscriber::filter::LevelFilter;
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
    let level = LevelFilter::from_level(level);
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    std::panic::set_hook(Box::new(|panic| tracing::error!(error = panic.to_string(), "panic")));
    match format {
        Format::Text => tracing_subscriber::registry().with(level).with(lines.with_ansi(false)).try_init(),
        Format::Json => {
            let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
            tracing_subscriber::registry().with(level).with(lines).try_init()
        }
    }
}
