//! What the program is asked to do: the words before the flags.

use super::plugins::{self, PluginAction, Word};
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

/// Which command it is, before its flags are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Serve,
    CheckConfig,
    Acl,
    /// With no word that is known, none.
    Plugin(Option<Word>),
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
            (Some("plugin"), word) => {
                let word = word.and_then(Word::named);
                (Verb::Plugin(word), 1 + usize::from(word.is_some()))
            }
            _ => (Verb::Serve, 0),
        }
    }

    /// Words that may follow it.
    pub(super) fn words(self) -> usize {
        if let Verb::Plugin(Some(word)) = self { word.words() } else { 0 }
    }

    /// Whether it does what a daemon would do, and so takes the daemon's flags.
    pub(super) fn is_like_a_daemon(self) -> bool {
        match self {
            Verb::Serve | Verb::CheckConfig | Verb::Acl => true,
            Verb::Plugin(word) => word.is_some_and(Word::is_like_a_daemon),
            Verb::CompileComponent => false,
        }
    }

    /// How it is written.
    pub(super) fn usage(self) -> String {
        match self {
            Verb::Serve => format!(
                "redwasp [FLAGS]\n       redwasp check-config [FLAGS]\n       redwasp acl [--target URI] [FLAGS]\n       {}",
                plugins::usages()
            ),
            Verb::Acl => "redwasp acl [--target URI | --for KIND] [FLAGS]".to_owned(),
            Verb::CheckConfig => "redwasp check-config [FLAGS]".to_owned(),
            Verb::Plugin(Some(word)) => word.usage(),
            Verb::Plugin(None) => plugins::usages(),
            Verb::CompileComponent => "redwasp compile-component".to_owned(),
        }
    }

    /// What it does, for its usage.
    pub(super) fn about(self) -> String {
        let text = match self {
            Verb::Serve => super::usage::ABOUT,
            Verb::CheckConfig => {
                "Say what the daemon would say of its flags, variables and configuration file, and end: with the code 0 when\n\
                 it would start, else with 1 and all problems of the file, each with its line."
            }
            Verb::Acl => {
                "Say the least rule of an ACL with which everything works that these flags, variables and the file\n\
                 switch on: one line for ACL SETUSER NAME, and on stderr who needs what."
            }
            Verb::Plugin(Some(word)) => word.long(),
            Verb::Plugin(None) => return plugins::about(),
            Verb::CompileComponent => "Compile the component on stdin. The daemon starts this for itself.",
        };
        text.to_owned()
    }
}
