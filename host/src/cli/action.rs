//! What the program is asked to do: the words before the flags.

use std::path::PathBuf;

use crate::config::nearest;
use crate::config::target::Target;

/// What the program is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Serve metrics.
    Serve,
    /// Say what the daemon would say of its configuration.
    CheckConfig,
    /// Say which rule of an ACL the daemon needs.
    Acl {
        /// For this server.
        target: Option<Target>,
        /// If there is none, for servers of this kind: product and version.
        kind: String,
    },
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
    Acl,
    /// `plugin` and no word that is known.
    Plugin,
    PluginList,
    PluginCheck,
    PluginRun,
    CompileComponent,
}

/// The first words of commands; `help` and `version` are flags in other words.
pub(super) const COMMANDS: [&str; 6] = ["check-config", "acl", "plugin", "help", "version", COMPILE];

/// The command that people do not type.
const COMPILE: &str = "compile-component";

/// What is wrong with a first word that is no flag and no command. It is not told: it may be a password.
pub(super) fn no_command(args: &[String]) -> Option<String> {
    // An empty one is what a template leaves of a flag.
    let word = args.first().filter(|word| !word.is_empty() && !word.starts_with('-'))?;
    let known = COMMANDS.into_iter().filter(|command| *command != COMPILE);
    let is_known = COMMANDS.contains(&word.as_str());
    (!is_known).then(|| format!("the first word is no flag and no command{}", nearest::hint(word, known)))
}

/// A command among words behind the flags, where it is none.
pub(super) fn misplaced(words: &[String]) -> Option<&'static str> {
    let mut words = words.iter().take_while(|word| !word.starts_with('-'));
    words.find_map(|word| COMMANDS.into_iter().find(|command| command == word))
}

/// The same with flags for `help` and `version`: `help plugin check` is `plugin check --help`.
pub(super) fn with_flags(mut args: Vec<String>) -> Vec<String> {
    match args.first().map(String::as_str) {
        Some("help") => {
            args.remove(0);
            let (_, words) = Verb::of(&args);
            args.truncate(words);
            args.push("--help".to_owned());
        }
        Some("version") => args[0] = "--version".to_owned(),
        _ => {}
    }
    args
}

impl Verb {
    /// The command that the arguments begin with, and how many words it has.
    pub(super) fn of(args: &[String]) -> (Verb, usize) {
        let word = |place: usize| args.get(place).map(String::as_str);
        match (word(0), word(1)) {
            (Some("check-config"), _) => (Verb::CheckConfig, 1),
            (Some("acl"), _) => (Verb::Acl, 1),
            (Some(COMPILE), _) => (Verb::CompileComponent, 1),
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
                "redwasp [FLAGS]\n       redwasp check-config [FLAGS]\n       redwasp acl [--target URI] [FLAGS]\n       \
                 redwasp plugin list [FLAGS]\n       redwasp plugin check FILE [FLAGS]\n       \
                 redwasp plugin run FILE --target URI [FLAGS]"
            }
            Verb::Acl => "redwasp acl [--target URI | --for KIND] [FLAGS]",
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
            Verb::Acl => {
                "Say the least rule of an ACL with which everything works that these flags, variables and the file\n\
                 switch on: one line for ACL SETUSER NAME, and on stderr who needs what."
            }
            Verb::Plugin => {
                "Look at plugins.\n\n\
                 list   The built-in plugins and those of the folder, with what is wrong with them: as a daemon that\n       \
                 runs has them, else as one would.\n\
                 check  What the loader would say of a file: its description, what it asks for, its digest.\n\
                 run    Run a file's plugin once against a server: its metrics, and what they cost.\n\n\
                 Each takes the flags of the daemon: help plugin run lists them."
            }
            Verb::PluginList => "List the built-in plugins and those of the folder, with what is wrong with them.",
            Verb::PluginCheck => {
                "Say what the loader would say of FILE, a WebAssembly component: its description, what it asks for, its digest."
            }
            Verb::PluginRun => "Run the plugin in FILE once against the server at URI, and print its metrics.",
            Verb::CompileComponent => "Compile the component on stdin. The daemon starts this for itself.",
        }
    }
}
