//! Plugins that misbehave in ways that no compiler would write, as WebAssembly text.
//!
//! A guest is a core module that answers every call well from what lies ready in its memory. A misdeed is text that runs
//! before such an answer. `wat_guests/component.wat` is the component around it.

mod image;

use std::fs;
use std::path::{Path, PathBuf};

use image::Image;

const COMPONENT: &str = include_str!("wat_guests/component.wat");

/// A guest. Each text is a sequence of instructions, in the folded or the flat form; "" does nothing.
#[derive(Clone)]
pub struct Guest<'a> {
    /// Its name, and with `_ran` behind it that of its first family, a gauge without labels that it always sets to 1.
    pub name: &'a str,
    /// Pages of the memory.
    pub pages: u32,
    /// Items of the component that end in a core instance `$host`: what the core module may import. They may refer to the
    /// core memory `$memory` and the core function `$realloc`.
    pub host: &'a str,
    /// What the core module imports of it.
    pub imports: &'a str,
    /// More fields of the core module: functions, globals, memories, tables, `start`. There is the table `$table`, whose
    /// one place is empty and which `cabi_realloc` sees too.
    pub fields: &'a str,
    /// Runs in `cabi_realloc`, which is in a module of its own; `$size` is how much is wanted.
    pub realloc: &'a str,
    /// Runs in `describe`.
    pub describe: &'a str,
    /// Runs in `configure`.
    pub configure: &'a str,
    /// Runs in `collect` when the scrape did not begin in 1970, before the answer; `$request` is the request.
    pub collect: &'a str,
    /// Names of gauges with the one label `a`: the families after the first.
    pub families: &'a [&'a str],
    /// What it reports besides the first family, as far as the misdeed does.
    pub samples: Vec<Sample>,
    /// How many families it says that there are, all of zeros at [`ZEROS`].
    pub families_claimed: Option<u32>,
    /// How many samples it says that there are, all of zeros at [`ZEROS`].
    pub samples_claimed: Option<u32>,
}

/// A sample as the guest writes it.
#[derive(Clone)]
pub struct Sample {
    /// Index of the family.
    pub family: u32,
    /// Label values. Equal ones lie at the same place.
    pub values: Vec<Vec<u8>>,
    /// How long it says that each of them is.
    pub length: Option<u32>,
    /// The value.
    pub value: f64,
}

impl Sample {
    /// One that is told truly.
    pub fn new(family: u32, values: &[&str], value: f64) -> Sample {
        let values = values.iter().map(|value| value.as_bytes().to_vec()).collect();
        Sample { family, values, length: None, value }
    }
}

/// Where there is nothing but zeros, if the memory has that many pages.
pub const ZEROS: u32 = 1 << 20;

/// Loops for ever.
pub const SPIN: &str = "(loop $spin (br $spin))";

impl<'a> Guest<'a> {
    /// One that behaves.
    pub fn new(name: &'a str) -> Guest<'a> {
        Guest {
            name,
            pages: 4,
            host: "(core instance $host)",
            imports: "",
            fields: "",
            realloc: "",
            describe: "",
            configure: "",
            collect: "",
            families: &[],
            samples: Vec::new(),
            families_claimed: None,
            samples_claimed: None,
        }
    }

    /// One that does this in `collect`.
    pub fn collecting(name: &'a str, collect: &'a str) -> Guest<'a> {
        Guest { collect, ..Guest::new(name) }
    }

    /// Its component.
    ///
    /// # Panics
    /// When the text is wrong.
    pub fn component(&self) -> Vec<u8> {
        self.edited("", "")
    }

    /// Its component for a contract in which something else stands in place of a text.
    ///
    /// # Panics
    /// When the text is wrong.
    pub fn edited(&self, old: &str, new: &str) -> Vec<u8> {
        let text = match old {
            "" => self.text(),
            _ => self.text().replace(old, new),
        };
        wat::parse_str(&text).unwrap_or_else(|error| panic!("guest {}: {error}", self.name))
    }

    /// Writes its component into a plugin folder.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let file = folder.join(self.name).with_extension("wasm");
        fs::write(&file, self.component()).expect("a plugin can be written");
        file
    }

    fn text(&self) -> String {
        let mut image = Image::default();
        let (description, plan) = (image.description(self.name), image.plan(self));
        let (well, told) = (image.report(&[Sample::new(0, &[], 1.0)], None), image.told(self));
        let (data, heap) = image.end();
        let numbers = [("pages", self.pages), ("heap", heap), ("description", description), ("plan", plan)];
        let numbers = numbers.into_iter().chain([("well", well), ("told", told)]);
        let texts = [
            ("host", self.host),
            ("imports", self.imports),
            ("fields", self.fields),
            ("realloc", self.realloc),
            ("describe", self.describe),
            ("configure", self.configure),
            ("collect", self.collect),
            ("data", &data),
        ];
        let numbers = numbers.map(|(word, number)| (word, number.to_string()));
        let texts = texts.map(|(word, text)| (word, text.to_owned()));
        let parts = numbers.chain(texts);
        parts.fold(COMPONENT.to_owned(), |whole, (word, text)| whole.replace(&format!("{{{word}}}"), &text))
    }
}
