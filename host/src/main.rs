//! `redwasp`: arguments → logging → settings → daemon → exit code.

use std::env;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use redwasp::build;
use redwasp::cli::{self, Settings, Stop, Warning};
use redwasp::daemon::{self, Daemon, How, Start};
use redwasp::logging;
use redwasp::plugin;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    if env::args_os().skip(1).eq([plugin::CHILD_COMMAND]) {
        return plugin::child_main();
    }
    let settings = match settings() {
        Ok(settings) => settings,
        Err(Stop::Usage(text)) => text.exit(),
        Err(Stop::Version(line)) => return print(&line),
        Err(Stop::Invalid(message)) => return fail(&message),
    };
    if let Err(error) = logging::start(settings.log_format, settings.log_level) {
        return fail(&error.to_string());
    }
    settings.warnings.iter().for_each(Warning::log);
    match run(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "cannot start");
            ExitCode::FAILURE
        }
    }
}

fn settings() -> Result<Settings, Stop> {
    let manifests = daemon::manifests().map_err(|error| Stop::Invalid(format!("{error:#}")))?;
    let args = env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned());
    let environment = |name: &str| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    cli::parse(args, environment, &manifests)
}

fn run(settings: Settings) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let result = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let path = settings.config.telemetry_path.clone();
        let target = settings.config.target.as_ref().map_or("none".to_owned(), ToString::to_string);
        let daemon = Daemon::start(settings.config, Start { source: None, how: How::child() }).await?;
        let address = daemon.address()?;
        tracing::info!(version = build::VERSION, commit = build::COMMIT, target, %address, path, "serving metrics");
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping: requests in progress are answered first");
        };
        daemon.serve(stop).await;
        Ok(())
    });
    // A name that is being looked up would otherwise be waited for.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

/// Whoever reads it may have gone.
fn print(line: &str) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{line}");
    ExitCode::SUCCESS
}

fn fail(message: &str) -> ExitCode {
    eprintln!("redwasp: {message}");
    ExitCode::FAILURE
}
