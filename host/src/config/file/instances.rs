//! Targets from a file of their own, as `--redis-file` has them:
//!
//! ```yaml
//! redis_instances:
//!   - name: cache
//!     addr: redis://10.0.0.1:6379
//!     password: "${CACHE_PASSWORD}"
//!     labels: {team: shop}
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;

use super::targets::{Surroundings, check_name};
use super::{File, LIMIT, Problem};
use crate::config::secret::Secret;
use crate::config::target::{About, Target};
use crate::config::targets::Listed;
use crate::config::text;

/// The file as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Instances {
    #[serde(default)]
    redis_instances: Vec<Instance>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Instance {
    name: Option<String>,
    addr: String,
    user: Option<String>,
    password: Option<String>,
    labels: Option<BTreeMap<String, String>>,
}

/// Reads such a file: its targets, all of them on the page.
///
/// # Errors
/// All that is wrong with it.
pub fn instances(path: &Path, around: &mut Surroundings<'_>) -> Result<Vec<Listed>, Vec<Problem>> {
    let whole = |message: String| Problem { place: None, message: format!("{}: {message}", path.display()) };
    let text = text::bytes(path, "file of targets", LIMIT).and_then(|(bytes, _)| text::utf8(bytes));
    let text = text.map_err(|message| vec![whole(message)])?;
    let generator = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    let schema = generator.into_root_schema_for::<Instances>().to_value();
    let (mut file, written) = File::validated::<Instances>(path, &text, &schema).map_err(|problem| vec![problem])?;
    around.files.push(path.to_owned());
    let instances = written.redis_instances.into_iter().enumerate();
    let listed = instances.filter_map(|(number, written)| file.instance(number, written, around)).collect();
    let problems = file.problems();
    if problems.is_empty() { Ok(listed) } else { Err(problems) }
}

impl File {
    fn instance(&mut self, number: usize, written: Instance, around: &mut Surroundings<'_>) -> Option<Listed> {
        let place = |key: &str| format!("/redis_instances/{number}/{key}");
        let Instance { name, addr, user, password, labels } = written;
        if let Some(name) = &name {
            self.kept(&place("name"), check_name(name));
        }
        let mut expand = |key: &str, text: String| self.kept(&place(key), expanded(&text, around.environment));
        let password = password.map(|text| expand("password", text));
        let address = expand("addr", addr)?;
        let target = Target::parse(&address).map_err(|error| error.to_string());
        let target = self.kept(&place("addr"), target)?;
        let labels = self.labels(&place("labels"), labels.unwrap_or_default());
        let about = Arc::new(About { name, labels, collectors: None });
        let password = password.flatten().filter(|text| !text.is_empty()).map(Secret::new);
        let target = Target { password: target.password.or(password), about, ..target };
        Some(Listed::server(around.defaults.fill(target, user), true))
    }
}

/// A text with `${NAME}` replaced by what the variable says.
fn expanded(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut parts = text.split("${");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').ok_or("a ${ has no }")?;
        out += &environment(name).ok_or_else(|| format!("the variable {name} is not set"))?;
        out += rest;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_their_places() {
        let variable = |name: &str| (name == "A").then(|| "${B}$".to_owned());
        for (text, expected) in [
            ("", Ok("")),
            ("$A", Ok("$A")),
            ("${A}", Ok("${B}$")),
            ("x${A}y${A}", Ok("x${B}$y${B}$")),
            ("${B}", Err("the variable B is not set")),
            ("${A", Err("a ${ has no }")),
        ] {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(expanded(text, &variable), expected, "{text}");
        }
    }
}
