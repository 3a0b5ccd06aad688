//! Which commit is built, and from when it is.
//!
//! From the environment (`REDWASP_COMMIT`, `REDWASP_BUILD_DATE`), else from git, else "unknown", as in a folder that was
//! unpacked from an archive.

use std::env;
use std::path::Path;
use std::process::Command;

const UNKNOWN: &str = "unknown";

/// Tells the compiler `REDWASP_COMMIT` and `REDWASP_BUILD_DATE`.
pub(super) fn record(workspace: &Path) {
    for name in ["REDWASP_COMMIT", "REDWASP_BUILD_DATE"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let git = Git::of(workspace);
    if let Some(git) = &git {
        git.watch_head();
    }
    let last = |format| git.as_ref()?.ask(&["log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", format]);
    let set = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let commit = set("REDWASP_COMMIT").or_else(|| last("--format=%H"));
    let built = set("REDWASP_BUILD_DATE").or_else(|| last("--format=%cd"));
    for (name, value) in [("REDWASP_COMMIT", commit), ("REDWASP_BUILD_DATE", built)] {
        let value = value.as_deref().and_then(|value| value.trim().lines().next()).unwrap_or(UNKNOWN);
        println!("cargo::rustc-env={name}={value}");
    }
}

/// The repository that a folder is the root of.
struct Git<'a>(&'a Path);

impl Git<'_> {
    /// None when the folder only lies somewhere in another project's repository.
    fn of(folder: &Path) -> Option<Git<'_>> {
        let root = Git(folder).ask(&["rev-parse", "--show-toplevel"])?;
        (Path::new(&root).canonicalize().ok()? == folder.canonicalize().ok()?).then_some(Git(folder))
    }

    /// What git answers; none when it is not installed or refuses.
    fn ask(&self, args: &[&str]) -> Option<String> {
        let output = Command::new("git").env("TZ", "UTC").arg("-C").arg(self.0).args(args).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    }

    /// Has the script run again when HEAD is another commit: every move is noted in its log. Files that are not there
    /// are left out, because cargo takes them as changed.
    fn watch_head(&self) {
        let branch = self.ask(&["symbolic-ref", "--quiet", "HEAD"]);
        for name in ["HEAD", "logs/HEAD"].into_iter().chain(branch.as_deref()) {
            let path = self.ask(&["rev-parse", "--git-path", name]).map(|path| self.0.join(path));
            if let Some(path) = path.filter(|path| path.is_file()) {
                println!("cargo::rerun-if-changed={}", path.display());
            }
        }
    }
}
