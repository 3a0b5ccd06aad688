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
