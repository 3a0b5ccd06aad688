//! `redwasp plugin …`: its words, what follows them, and what they ask for.

use std::path::PathBuf;
use std::str::FromStr;

use super::flag::{Flag, OF_COMMAND, Owner, text};
use crate::author::{Language, NewProject};
use crate::config::target::Target;

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
    /// Begin a project.
    New(NewProject),
    /// Make a component of a project.
    Build {
        /// The project's folder.
        folder: PathBuf,
    },
    /// Run a project's own tests.
    Test {
        /// The project's folder.
        folder: PathBuf,
    },
    /// Run a file's plugin once, and write down everything that it was given.
    Record {
        /// The component.
        file: PathBuf,
        /// Against which server.
        target: Target,
        /// Where to.
        out: PathBuf,
    },
    /// Make a recorded request again, and print the metrics.
    Replay {
        /// The component.
        file: PathBuf,
        /// What was recorded.
        recording: PathBuf,
    },
    /// Measure what components cost.
    Bench {
        /// The components.
        files: Vec<PathBuf>,
        /// With which request.
        request: Measure,
    },
    /// Build a project whenever it changes, and print what that changes of its metrics.
    Watch {
        /// The project's folder.
        folder: PathBuf,
        /// Against which server.
        target: Target,
    },
}

/// What components are measured with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A recorded request.
    Recording(PathBuf),
    /// A request that is recorded first.
    Target(Target),
}

/// The words after `plugin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    List,
    Check,
    Run,
    New,
    Build,
    Test,
    Record,
    Replay,
    Bench,
    Watch,
}

/// The flag of all that ask a server.
pub(super) const TARGET: Flag<'static> = text(
    "target",
    "",
    "",
    "Which server to ask: redis://[user:password@]host[:port][/database]\nor unix:///path/to/socket",
);
const LANGUAGE: Flag<'static> = text("lang", "", "", "Which language: rust, javascript, python, go or c");
const OUT: Flag<'static> = text("out", "", "", "Where to write; else PLUGIN.recording.json in this folder");
const RECORDING: Flag<'static> = text("recording", "", "", "A file of plugin record, instead of a server");

/// Components that are measured at once.
const MANY: usize = 64;

/// What there is to know of a word.
struct About {
    word: Word,
    name: &'static str,
    /// What follows it.
    args: &'static str,
    /// In a list.
    short: &'static str,
    /// By itself.
    long: &'static str,
}

#[rustfmt::skip]
const WORDS: [About; 10] = [
    About { word: Word::New, name: "new", args: "NAME [FOLDER] --lang LANGUAGE", short: "Begin a project: a collector that builds, its test, and the SDK.",
        long: "Begin a project in FOLDER, which is new or empty, or in a new folder called NAME: a collector that builds, with a test, a README, a\nCI file and a copy of the SDK." },
    About { word: Word::Build, name: "build", args: "[FOLDER] [FLAGS]", short: "Make a component of a project, with its language's toolchain.",
        long: "Make NAME.wasm of the project in FOLDER (else: this folder) with its language's toolchain; say what is missing\nof that, and then what the component is: its size, what it imports and its families." },
    About { word: Word::Test, name: "test", args: "[FOLDER]", short: "Run a project's own tests, natively.",
        long: "Run the tests of the project in FOLDER (else: this folder) with its language's own tools, without a daemon." },
    About { word: Word::Watch, name: "watch", args: "[FOLDER] --target URI [FLAGS]", short: "Build a project whenever it changes, and show what that changes of its metrics.",
        long: "Build the project in FOLDER (else: this folder) whenever a file of it changes, run it against the server at URI,\nand show what has changed of its metrics. With --plugins.dir the component is put there too, for a daemon that runs." },
    About { word: Word::List, name: "list", args: "[FLAGS]", short: "The built-in plugins and those of the folder, with what is wrong with them: as a daemon that\nruns has them, else as one would.",
        long: "List the built-in plugins and those of the folder, with what is wrong with them." },
    About { word: Word::Check, name: "check", args: "FILE [FLAGS]", short: "What the loader would say of a file: its description, what it asks for, its digest.",
        long: "Say what the loader would say of FILE, a WebAssembly component: its description, what it asks for, its digest." },
    About { word: Word::Run, name: "run", args: "FILE --target URI [FLAGS]", short: "Run a file's plugin once against a server: its metrics, and what they cost.",
        long: "Run the plugin in FILE once against the server at URI, and print its metrics. If it walks keys, they are walked." },
    About { word: Word::Record, name: "record", args: "FILE --target URI [--out FILE] [FLAGS]", short: "The same, and write down everything that it was given.",
        long: "Run the plugin in FILE once against the server at URI, and write down everything that it was given: replies, keys,\nclock, state. There is data of the server in it." },
    About { word: Word::Replay, name: "replay", args: "FILE RECORDING [FLAGS]", short: "Give a plugin what was recorded, and print its metrics: the same each time.",
        long: "Give the plugin in FILE what was recorded, without a server, and print its metrics. The same file and the same\nrecording give the same bytes." },
    About { word: Word::Bench, name: "bench", args: "FILE... (--recording FILE | --target URI) [FLAGS]", short: "What plugins cost: to compile, to instantiate, to collect; fuel and memory.",
        long: "Measure what the plugins in FILEs, all of one name, cost with a recorded request, or with one that is recorded first: size, the\ntime to compile, to make an instance and to collect (medians, in this process), fuel (about the number of instructions, the\nsame on every machine) and the most memory." },
];

impl Word {
    /// By what is typed.
    pub(super) fn named(name: &str) -> Option<Word> {
        WORDS.iter().find(|about| about.name == name).map(|about| about.word)
    }

    /// All that can be typed, as a sentence has it.
    pub(super) fn listed() -> String {
        let names: Vec<&str> = WORDS.iter().map(|about| about.name).collect();
        names.join(", ")
    }

    fn about(self) -> &'static About {
        // Each has its line.
        WORDS.iter().find(|about| about.word == self).unwrap_or(&WORDS[0])
    }

    /// How it is written.
    pub(super) fn usage(self) -> String {
        let About { name, args, .. } = self.about();
        format!("redwasp plugin {name} {args}")
    }

    /// What it does.
    pub(super) fn long(self) -> &'static str {
        self.about().long
    }

    /// How many words may follow it.
    pub(super) fn words(self) -> usize {
        match self {
            Word::List => 0,
            Word::Check | Word::Run | Word::Build | Word::Test | Word::Record | Word::Watch => 1,
            Word::New | Word::Replay => 2,
            Word::Bench => MANY,
        }
    }

    /// Whether it does what a daemon would do, and so takes the daemon's flags.
    pub(super) fn is_like_a_daemon(self) -> bool {
        !matches!(self, Word::New | Word::Test)
    }

    /// The flags that only it has.
    pub(super) fn flags(self) -> Vec<(Owner<'static>, Flag<'static>)> {
        let flags = match self {
            Word::Run | Word::Watch => vec![TARGET],
            Word::Record => vec![TARGET, OUT],
            Word::Bench => vec![TARGET, RECORDING],
            Word::New => vec![LANGUAGE],
            Word::List | Word::Check | Word::Build | Word::Test | Word::Replay => Vec::new(),
        };
        flags.into_iter().map(|flag| (Owner::Daemon(OF_COMMAND), flag)).collect()
    }
}

/// How all of them are written.
pub(super) fn usages() -> String {
    WORDS.iter().map(|about| about.word.usage()).collect::<Vec<_>>().join("\n       ")
}

/// What all of them do.
pub(super) fn about() -> String {
    let line = |about: &About| format!("{:<7} {}", about.name, about.short.replace('\n', "\n        "));
    let lines: Vec<String> = WORDS.iter().map(line).collect();
    format!(
        "Write plugins and look at them.\n\n{}\n\nThose that do what a daemon would do take its flags: help plugin run lists them.",
        lines.join("\n")
    )
}

/// What is missing of a command, or what is wrong with it.
pub(super) enum Fault {
    /// Told with the usage.
    Missing(&'static str),
    /// Told by itself.
    Wrong(String),
}

/// What is asked for by a word, the words after it and its flags.
pub(super) fn action(
    word: Word,
    words: &[String],
    flag: impl Fn(&str) -> Option<String>,
) -> Result<PluginAction, Fault> {
    let path = |place: usize| words.get(place).map(PathBuf::from);
    let file = || path(0).ok_or(Fault::Missing("the file is missing"));
    let folder = || path(0).unwrap_or_else(|| PathBuf::from("."));
    let target = || {
        let text = flag("target").ok_or(Fault::Missing("--target is missing"))?;
        Target::parse(&text).map_err(|error| Fault::Wrong(format!("--target: {error}")))
    };
    Ok(match word {
        Word::List => PluginAction::List,
        Word::Check => PluginAction::Check { file: file()? },
        Word::Run => PluginAction::Run { file: file()?, target: target()? },
        Word::New => PluginAction::New(project(words, flag("lang"))?),
        Word::Build => PluginAction::Build { folder: folder() },
        Word::Test => PluginAction::Test { folder: folder() },
        Word::Record => {
            let file = file()?;
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let out = flag("out").map_or_else(|| PathBuf::from(format!("{stem}.recording.json")), PathBuf::from);
            PluginAction::Record { file, target: target()?, out }
        }
        Word::Replay => {
            let recording = path(1).ok_or(Fault::Missing("the recording is missing"));
            PluginAction::Replay { file: file()?, recording: recording? }
        }
        Word::Bench => {
            file()?;
            let request = match (flag("recording"), flag("target")) {
                (Some(file), None) => Measure::Recording(PathBuf::from(file)),
                (None, Some(_)) => Measure::Target(target()?),
                (None, None) => return Err(Fault::Missing("one of --recording and --target is wanted")),
                _ => return Err(Fault::Missing("only one of --recording and --target is wanted")),
            };
            PluginAction::Bench { files: words.iter().map(PathBuf::from).collect(), request }
        }
        Word::Watch => PluginAction::Watch { folder: folder(), target: target()? },
    })
}

fn project(words: &[String], language: Option<String>) -> Result<NewProject, Fault> {
    let name = words.first().ok_or(Fault::Missing("the name is missing"))?.clone();
    let language = language.ok_or(Fault::Missing("--lang is missing"))?;
    let language = Language::from_str(&language).map_err(|error| Fault::Wrong(format!("--lang: {error}")))?;
    let folder = PathBuf::from(words.get(1).unwrap_or(&name));
    Ok(NewProject { name, language, folder })
}
