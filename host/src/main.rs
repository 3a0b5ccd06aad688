//! `redwasp`: arguments → logging → settings → daemon → exit code.

use std::env;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use redwasp::build;
use redwasp::cli::{Action, Line, Measure, PluginAction, Settings, Stop, Warning};
use redwasp::commands::{self, Said};
use redwasp::config::Config;
use redwasp::daemon::{self, Daemon, How, Source, Start};
use redwasp::logging;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let line = match line() {
        Ok(line) => line,
        Err(stop) => return stopped(stop),
    };
    match line.action() {
        Action::Serve => serve(line),
        Action::CheckConfig => {
            command(&line, |settings| commands::check_config(settings.config, settings.config_file.as_deref()))
        }
        Action::Acl { target, kind } => {
            command(&line, |settings| commands::acl(&settings.config, target.as_ref(), &commands::kind_named(kind)?))
        }
        Action::Plugin(action) => plugin(&line, action),
        Action::CompileComponent => daemon::child_main(),
    }
}

fn plugin(line: &Line, action: &PluginAction) -> ExitCode {
    match action {
        PluginAction::New(project) => tell(&commands::new_plugin(project)),
        PluginAction::Test { folder } => tell(&commands::test_plugin(folder)),
        PluginAction::List => command(line, |settings| commands::list_plugins(settings.config)),
        PluginAction::Check { file } => command(line, |settings| commands::check_plugin(&settings.config, file)),
        PluginAction::Build { folder } => command(line, |settings| commands::build_plugin(&settings.config, folder)),
        PluginAction::Run { file, target } => with_log(line, |config| commands::run_plugin(config, file, target)),
        PluginAction::Record { file, target, out } => {
            with_log(line, |config| commands::record_plugin(config, file, target, out))
        }
        PluginAction::Replay { file, recording } => {
            command(line, |settings| commands::replay_plugin(&settings.config, file, recording))
        }
        PluginAction::Bench { files, request: Measure::Recording(file) } => {
            command(line, |settings| commands::bench_plugins(&settings.config, files, file))
        }
        PluginAction::Bench { files, request: Measure::Target(target) } => {
            command(line, |settings| commands::bench_plugins_against(&settings.config, files, target))
        }
        PluginAction::Watch { folder, target } => {
            with_log(line, |config| commands::watch_plugin(config, folder, target))
        }
    }
}

/// What the plugin writes to the log is part of what whoever runs it wants to see.
fn with_log(line: &Line, run: impl FnOnce(&Config) -> anyhow::Result<Said>) -> ExitCode {
    command(line, |settings| {
        logging::start_for_one_scrape(settings.log_format, settings.log_level)?;
        run(&settings.config)
    })
}

fn line() -> Result<Line, Stop> {
    let manifests = daemon::manifests().map_err(|error| Stop::Invalid(format!("{error:#}")))?;
    let args = env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned());
    let environment = |name: &str| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    Line::read(args, environment, manifests)
}

fn serve(line: Line) -> ExitCode {
    let settings = match settings(&line) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    let source = source(line, &settings);
    match run(settings, source) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "cannot start");
            ExitCode::FAILURE
        }
    }
}

/// What is read again on request: the file; arguments and environment stay what they were.
fn source(line: Line, started: &Settings) -> Source {
    let log = (started.log_level, started.log_format);
    let read = move || match line.settings() {
        Ok(settings) => {
            settings.warnings.iter().for_each(Warning::log);
            if (settings.log_level, settings.log_format) != log {
                tracing::warn!("other settings of the log take effect at the next start");
            }
            Ok(settings.config)
        }
        Err(Stop::Invalid(message)) => Err(message),
        Err(_) => Err("the arguments are not those of a daemon".to_owned()),
    };
    Source { read: Box::new(read) }
}

/// Runs a command and prints what is odd about the settings and what it says. What the log would have is in that.
fn command(line: &Line, run: impl FnOnce(Settings) -> anyhow::Result<Said>) -> ExitCode {
    let settings = match line.settings() {
        Ok(settings) => settings,
        Err(stop) => return stopped(stop),
    };
    settings.warnings.iter().for_each(|warning| eprintln!("redwasp: warning: {warning}"));
    match run(settings) {
        Ok(said) => tell(&said),
        Err(error) => fail(&format!("{error:#}")),
    }
}

fn tell(Said { out, err, is_good }: &Said) -> ExitCode {
    if !out.is_empty() {
        print(out);
    }
    err.lines().for_each(|line| eprintln!("{line}"));
    if *is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The settings, with logging started and what is odd about them logged.
fn settings(line: &Line) -> Result<Settings, ExitCode> {
    let settings = line.settings().map_err(stopped)?;
    logging::start(settings.log_format, settings.log_level).map_err(|error| fail(&error.to_string()))?;
    settings.warnings.iter().for_each(Warning::log);
    Ok(settings)
}

fn stopped(stop: Stop) -> ExitCode {
    match stop {
        Stop::Usage(text) => text.exit(),
        Stop::Version(line) => print(&line),
        Stop::Invalid(message) => fail(&message),
    }
}

fn run(settings: Settings, source: Source) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let result = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let path = settings.config.telemetry_path.clone();
        let target = settings.config.in_short();
        let file = settings.config_file.zip(settings.config_version);
        let start = Start { file, source: Some(source), how: How::child() };
        let daemon = Daemon::start(settings.config, start).await?;
        let address = daemon.address()?;
        tracing::info!(version = build::VERSION, commit = build::COMMIT, target, %address, path, "serving metrics");
        let reload = daemon.reloader();
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                () = async { while hang_up.recv().await.is_some() { reload().await } } => {}
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
fn print(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

fn fail(message: &str) -> ExitCode {
    message.lines().for_each(|line| eprintln!("redwasp: {line}"));
    ExitCode::FAILURE
}
