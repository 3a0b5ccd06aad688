//! Golden files: recorded replies in, the page that they gave when someone last read it.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

/// Checks that every `testdata/<name>.txt` in a plugin's folder gives the page `golden/<name>.prom`, and that there is
/// nothing else in either folder. When [`accepting`], writes the pages instead.
///
/// # Panics
/// With the first differing line of every page that differs.
pub fn golden(folder: impl AsRef<Path>, page: impl Fn(&[u8]) -> String) {
    let folder = folder.as_ref();
    let accept = accepting();
    let recorded = names(&folder.join("testdata"), ".txt");
    let expected = names(&folder.join("golden"), ".prom");
    assert!(!recorded.is_empty(), "there is nothing in {}", folder.join("testdata").display());
    let mut wrong = Vec::new();
    for name in expected.difference(&recorded) {
        if accept {
            fs::remove_file(folder.join(format!("golden/{name}.prom"))).unwrap();
        } else {
            wrong.push(format!("golden/{name}.prom has no testdata/{name}.txt"));
        }
    }
    for name in &recorded {
        let path = folder.join(format!("golden/{name}.prom"));
        let new = page(&fs::read(folder.join(format!("testdata/{name}.txt"))).unwrap());
        if accept {
            fs::create_dir_all(folder.join("golden")).unwrap();
            fs::write(path, new).unwrap();
        } else if !expected.contains(name) {
            wrong.push(format!("testdata/{name}.txt has no golden/{name}.prom"));
        } else {
            let old = fs::read_to_string(path).unwrap();
            wrong.extend(difference(&old, &new).map(|difference| format!("golden/{name}.prom, {difference}")));
        }
    }
    assert!(wrong.is_empty(), "\n{}\nrun with UPDATE_GOLDEN=1 to accept", wrong.join("\n"));
}

/// Whether the environment asks to accept what is there now: `UPDATE_GOLDEN=1`.
pub fn accepting() -> bool {
    env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1")
}

fn names(folder: &Path, extension: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().file_name().into_string().unwrap());
    let name = |file: String| match file.strip_suffix(extension) {
        Some(name) => name.to_owned(),
        None => panic!("{file} in {} does not end in {extension}", folder.display()),
    };
    files.map(name).collect()
}

/// The first line that differs.
fn difference(old: &str, new: &str) -> Option<String> {
    let same = old.split('\n').zip(new.split('\n')).take_while(|(old, new)| old == new).count();
    let line = |text: &str| text.split('\n').nth(same).unwrap_or("(the end)").to_owned();
    (old != new).then(|| format!("line {}:\n  golden: {}\n  now:    {}", same + 1, line(old), line(new)))
}
