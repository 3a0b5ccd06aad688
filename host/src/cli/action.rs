//! What the program is asked to do: the words before the flags.

use std::path::PathBuf;

use crate::config::target::Target;

/// What the program is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Serve metrics.
    Serve,
    /// Say what the daemon would say of its configuration.
    CheckConfig,
    /// Something about plugins.
    Plugin(PluginAction),
    /// Compile the component on stdin: what the daemon starts for itself.
    CompileComponent,
}

/// What to do with plugins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginAction {
    /// List the built-ins and those of the folder.
    List,
    /// Say what the loader would say of a file.
    Check {
        /// The component.
        file: PathBuf,
    },
    /// Run a file's plugin once, and print its metrics.
    Run {
        /// The component.
        file: PathBuf,
        /// Against which server, with the credentials that are in its address.
        target: Target,
    },
}

/// Which command it is, before its flags are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Serve,
    CheckConfig,
    /// `plugin` and no word that is known.
    Plugin,
    PluginList,
    PluginCheck,
    PluginRun,
    CompileComponent,
}

impl Verb {
    /// The command that the arguments begin with, and how many words it has. A first word that is none is left to
    /// [`Verb::Serve`], which passes over words.
    pub(super) fn of(args: &[String]) -> (Verb, usize) {
        let word = |place: usize| args.get(place).map(String::as_str);
        match (word(0), word(1)) {
            (Some("check-config"), _) => (Verb::CheckConfig, 1),
            (Some("compile-component"), _) => (Verb::CompileComponent, 1),
            (Some("plugin"), Some("list")) => (Verb::PluginList, 2),
            (Some("plugin"), Some("check")) => (Verb::PluginCheck, 2),
            (Some("plugin"), Some("run")) => (Verb::PluginRun, 2),
            (Some("plugin"), _) => (Verb::Plugin, 1),
            _ => (Verb::Serve, 0),
        }
    }

    /// Words that follow it: files.
    pub(super) fn files(self) -> usize {
        usize::from(matches!(self, Verb::PluginCheck | Verb::PluginRun))
    }

    /// How it is written.
    pub(super) fn usage(self) -> &'static str {
        match self {
            Verb::Serve => {
                "redwasp [FLAGS]\n       redwasp check-config [FLAGS]\n       redwasp plugin list [FLAGS]\n       \
                 redwasp plugin check FILE [FLAGS]\n       redwasp plugin run FILE --target URI [FLAGS]"
            }
            Verb::CheckConfig => "redwasp check-config [FLAGS]",
            Verb::Plugin => {
                "redwasp plugin list [FLAGS]\n       redwasp plugin check FILE [FLAGS]\n       \
                 redwasp plugin run FILE --target URI [FLAGS]"
            }
            Verb::PluginList => "redwasp plugin list [FLAGS]",
            Verb::PluginCheck => "redwasp plugin check FILE [FLAGS]",
            Verb::PluginRun => "redwasp plugin run FILE --target URI [FLAGS]",
            Verb::CompileComponent => "redwasp compile-component",
        }
    }

    /// What it does, for its usage.
    pub(super) fn about(self) -> &'static str {
        match self {
            Verb::Serve => super::usage::ABOUT,
            Verb::CheckConfig => {
                "Say what the daemon would say of its flags, variables and configuration file, and end: with the code 0 when\n\
                 it would start, else with 1 and all problems of the file, each with its line."
            }
            Verb::Plugin => "Look at plugins.",
            Verb::PluginList => "List the built-in plugins and those of the folder, with what is wrong with them.",
            Verb::PluginCheck => {
                "Say what the loader would say of FILE, a WebAssembly component: its description, what it asks for, its digest."
            }
            Verb::PluginRun => "Run the plugin in FILE once against the server at URI, and print its metrics.",
            Verb::CompileComponent => "Compile the component on stdin. The daemon starts this for itself.",
        }
    }
}
