//! What is different between two pages of metrics.

use std::collections::BTreeMap;

/// The lines that are new (`+`), gone (`-`), or have another value (`~`).
pub(super) fn difference(before: &str, after: &str) -> String {
    let (old, new) = (lines(before), lines(after));
    let mut told = Vec::new();
    for (key, value) in &old {
        match new.get(key) {
            None => told.push(format!("- {key} {value}")),
            Some(now) if now != value => told.push(format!("~ {key} {value} → {now}")),
            Some(_) => {}
        }
    }
    told.extend(new.iter().filter(|(key, _)| !old.contains_key(*key)).map(|(key, value)| format!("+ {key} {value}")));
    if told.is_empty() { format!("the same {} lines", new.len()) } else { told.join("\n") }
}

/// Series with their values; `# TYPE name` and `# HELP name` with what they say.
fn lines(page: &str) -> BTreeMap<&str, &str> {
    let split = |line: &str| match line.starts_with('#') {
        true => line.match_indices(' ').nth(2).map(|(place, _)| place),
        false => line.rfind(' '),
    };
    page.lines().map(|line| split(line).map_or((line, ""), |place| (&line[..place], &line[place + 1..]))).collect()
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn lines_come_go_and_change() {
        let before = "# HELP a Of a.\n# TYPE a gauge\na{x=\"1 2\"} 1\na{x=\"3\"} 2";
        let after = "# HELP a Of a.\n# TYPE a counter\na{x=\"1 2\"} 5\nb 1";
        let expected = "~ # TYPE a gauge → counter\n- a{x=\"3\"} 2\n~ a{x=\"1 2\"} 1 → 5\n+ b 1";
        let mut told: Vec<_> = difference(before, after).lines().map(str::to_owned).collect();
        let mut wanted: Vec<_> = expected.lines().map(str::to_owned).collect();
        told.sort();
        wanted.sort();
        assert_eq!(told, wanted);
        assert_eq!(difference(before, before), "the same 4 lines");
    }
}
