//! The languages that there is an SDK for.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A language with an SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Rust.
    Rust,
    /// JavaScript, and TypeScript by its types.
    JavaScript,
    /// Python.
    Python,
    /// Go.
    Go,
    /// C.
    C,
}

impl Language {
    /// Every one.
    pub const ALL: [Language; 5] = [Language::Rust, Language::JavaScript, Language::Python, Language::Go, Language::C];

    /// The word for it, which is the name of its SDK's folder too.
    pub fn word(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::JavaScript => "javascript",
            Language::Python => "python",
            Language::Go => "go",
            Language::C => "c",
        }
    }

    /// What a new project needs once before anything else, in its folder.
    pub fn first_step(self) -> Option<&'static str> {
        match self {
            Language::JavaScript => Some("npm ci"),
            Language::Python => {
                Some("python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.txt")
            }
            Language::Rust | Language::Go | Language::C => None,
        }
    }
}

/// Names that templates use for something else.
const OF_TEMPLATES: &[&str] = &[
    "collector",
    "command",
    "config",
    "failure",
    "family",
    "info",
    "plan",
    "prefetched",
    "refusal",
    "reply",
    "report",
    "request",
    "sdk",
    "server",
    "test",
    "tests",
];
const OF_RUST: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "fn",
    "for",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "trait",
    "try",
    "type",
    "typeof",
    "unsafe",
    "use",
    "where",
    "while",
    "yield",
];
const OF_PYTHON: &[&str] = &[
    "abc",
    "and",
    "array",
    "as",
    "ast",
    "assert",
    "async",
    "asyncio",
    "base64",
    "bisect",
    "break",
    "builtins",
    "calendar",
    "class",
    "cmd",
    "code",
    "codecs",
    "collections",
    "configparser",
    "contextlib",
    "continue",
    "copy",
    "csv",
    "ctypes",
    "curses",
    "dataclasses",
    "datetime",
    "decimal",
    "def",
    "del",
    "difflib",
    "elif",
    "email",
    "enum",
    "errno",
    "except",
    "finally",
    "for",
    "fractions",
    "from",
    "functools",
    "gc",
    "glob",
    "global",
    "graphlib",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "http",
    "if",
    "import",
    "in",
    "inspect",
    "io",
    "ipaddress",
    "is",
    "itertools",
    "json",
    "keyword",
    "lambda",
    "locale",
    "logging",
    "mailbox",
    "marshal",
    "math",
    "mmap",
    "nonlocal",
    "not",
    "numbers",
    "operator",
    "or",
    "os",
    "pass",
    "pathlib",
    "pickle",
    "platform",
    "posix",
    "pprint",
    "profile",
    "queue",
    "raise",
    "random",
    "re",
    "redwasp-sdk",
    "return",
    "sched",
    "secrets",
    "select",
    "shelve",
    "signal",
    "site",
    "socket",
    "sqlite3",
    "ssl",
    "stat",
    "statistics",
    "string",
    "struct",
    "symtable",
    "sys",
    "tarfile",
    "tempfile",
    "textwrap",
    "this",
    "threading",
    "time",
    "timeit",
    "token",
    "tokenize",
    "trace",
    "traceback",
    "try",
    "types",
    "typing",
    "unicodedata",
    "unittest",
    "urllib",
    "uuid",
    "venv",
    "warnings",
    "wave",
    "weakref",
    "while",
    "with",
    "xml",
    "yield",
    "zipfile",
    "zlib",
    "zoneinfo",
];
const OF_C: &[&str] = &[
    "abort", "abs", "atoi", "auto", "break", "bsearch", "calloc", "case", "char", "clock", "const", "continue",
    "default", "do", "double", "else", "enum", "exit", "extern", "float", "floor", "for", "free", "goto", "if",
    "inline", "int", "log", "long", "main", "malloc", "memcpy", "pow", "printf", "qsort", "raise", "rand", "realloc",
    "register", "remove", "rename", "restrict", "return", "round", "short", "signal", "signed", "sizeof", "static",
    "strlen", "struct", "switch", "system", "time", "typedef", "union", "unsigned", "void", "volatile", "while",
];

impl Language {
    /// Whether a project of this name would not build, because the name means something else.
    pub(super) fn has_taken(self, name: &str) -> bool {
        let of_language = match self {
            Language::Rust => OF_RUST,
            Language::Python => OF_PYTHON,
            Language::C => OF_C,
            Language::Go | Language::JavaScript => &[],
        };
        OF_TEMPLATES.contains(&name) || of_language.contains(&name)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no language that there is an SDK for; write rust, javascript, python, go or c")]
pub struct NoLanguage(String);

impl FromStr for Language {
    type Err = NoLanguage;

    fn from_str(text: &str) -> Result<Language, NoLanguage> {
        let word = match text.to_ascii_lowercase().as_str() {
            "js" | "ts" | "typescript" => "javascript".to_owned(),
            "py" => "python".to_owned(),
            "rs" => "rust".to_owned(),
            "golang" => "go".to_owned(),
            word => word.to_owned(),
        };
        let found = Language::ALL.into_iter().find(|language| language.word() == word);
        found.ok_or_else(|| NoLanguage(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_their_words_and_a_few_others() {
        for language in Language::ALL {
            assert_eq!(language.word().parse(), Ok(language));
        }
        assert_eq!("TypeScript".parse(), Ok(Language::JavaScript));
        assert_eq!("perl".parse::<Language>(), Err(NoLanguage("perl".to_owned())));
    }
}
