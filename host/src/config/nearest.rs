//! The known word that an unknown one was meant to be.

/// Characters of a word that is compared at all: the distance of long texts costs their product.
const LONGEST: usize = 64;

/// The known word that is nearest, if one is near: a third of the letters may differ.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let alike = |word: &str| word.to_lowercase().replace(['_', ' ', '.'], "-");
    if word.chars().count() > LONGEST {
        return None;
    }
    let word = alike(word);
    let allowed = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter(|known| known.len() <= LONGEST)
        .map(|known| (strsim::osa_distance(&word, &alike(known)), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, known)| known)
}

/// Words for an unknown word: the nearest known one, else all of them as long as they are few.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    /// More would not be read.
    const FEW: usize = 20;
    let names: Vec<&str> = known.clone().into_iter().collect();
    match nearest(word, known) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if names.is_empty() => "; there are none".to_owned(),
        None if names.len() <= FEW => format!("; known are {}", names.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["schedule", "grants", "cache-dir", "config"];

    #[test]
    fn near_words_are_found() {
        for (word, expected) in [
            ("shedule", Some("schedule")),
            ("scheduel", Some("schedule")),
            ("cache_dir", Some("cache-dir")),
            ("Grants", Some("grants")),
            ("confg", Some("config")),
            ("targets", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, KNOWN), expected, "{word}");
        }
        assert_eq!(nearest(&"schedule".repeat(1000), KNOWN), None);
    }

    #[test]
    fn others_are_listed_as_long_as_they_are_few() {
        assert_eq!(hint("shedule", KNOWN), "; did you mean `schedule`?");
        assert_eq!(hint("foo", KNOWN), "; known are schedule, grants, cache-dir, config");
        assert_eq!(hint("foo", ["bar"; 21]), "");
        assert_eq!(hint("foo", []), "; there are none");
    }
}
