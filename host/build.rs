//! Compiles the built-in collectors for `wasm32-wasip2` and then for machines, and lists them for `plugin/embedded.rs`.
//! Records the commit, and lists the SDKs for authors.
//!
//! A built-in is a folder in `plugins/` with a manifest; nothing here names one.

#[path = "build/commit.rs"]
mod commit;
#[path = "build/machine.rs"]
mod machine;
#[path = "build/sdks.rs"]
mod sdks;

use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::{env, fs};

const TARGET: &str = "wasm32-wasip2";

/// What the compiler of that target is told besides.
const RUSTFLAGS: &str = "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS";

/// Collectors look for the ends of lines and values: sixteen bytes at once.
const INSTRUCTIONS: &str = "-Ctarget-feature=+simd128";

fn main() {
    let workspace = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("..");
    let out = PathBuf::from(variable("OUT_DIR"));
    for input in ["plugins", "sdk", "wit", "Cargo.toml", "Cargo.lock", machine::SETTINGS] {
        println!("cargo::rerun-if-changed={}", workspace.join(input).display());
    }
    let listed = sdks::list(&workspace).and_then(|list| fs::write(out.join("sdks.rs"), list));
    listed.unwrap_or_else(|error| fail(&format!("cannot list the SDKs: {error}")));
    let names = built_ins(&workspace.join("plugins"));
    commit::record(&workspace);
    check_target();
    // A target folder of its own: the outer cargo holds the lock of the usual one. Beside that one, not in OUT_DIR, so
    // that a changed build script does not compile everything anew.
    let target_dir = out.ancestors().nth(4).unwrap_or(&out).join("plugins");
    compile(&workspace, &target_dir, &names);
    let built_ins: Vec<BuiltIn> = names.iter().map(|name| BuiltIn::new(&workspace, &target_dir, &out, name)).collect();
    let codes = machine::compile(&built_ins).unwrap_or_else(|error| fail(&format!("{error:#}")));
    let listed: String = built_ins.iter().map(|built_in| built_in.listed(codes)).collect();
    let list = format!("pub(super) static EMBEDDED: &[Embedded] = &[{listed}];\n");
    fs::write(out.join("embedded.rs"), list).unwrap_or_else(|error| fail(&format!("cannot write the list: {error}")));
}

fn built_ins(plugins: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(plugins).unwrap_or_else(|error| fail(&format!("cannot read {}: {error}", plugins.display())));
    let with_manifest = entries.flatten().filter(|entry| entry.path().join("plugin.toml").is_file());
    let mut names: Vec<String> = with_manifest.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn check_target() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    let libdir = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if !Path::new(&libdir).is_dir() {
        fail(&format!(
            "the target {TARGET} is not installed, and the built-in collectors need it: run `rustup target add {TARGET}`"
        ));
    }
}

fn compile(workspace: &Path, target_dir: &Path, names: &[String]) {
    let mut cargo = Command::new(variable("CARGO"));
    cargo.current_dir(workspace).args(["build", "--locked", "--quiet", "--profile", "plugin", "--target", TARGET]);
    cargo.arg("--target-dir").arg(target_dir);
    for name in names {
        cargo.arg("--package").arg(format!("redwasp-{name}"));
    }
    // What the outer cargo sets for its own compiler must not reach another target's.
    for (name, _) in env::vars() {
        let of_outer = ["RUSTC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"];
        if of_outer.contains(&name.as_str()) || name.ends_with("_WRAPPER") || name.starts_with("CARGO_PROFILE_") {
            cargo.env_remove(name);
        }
    }
    cargo.env(RUSTFLAGS, INSTRUCTIONS);
    match cargo.status() {
        Ok(status) if status.success() => {}
        Ok(_) => fail("the built-in collectors do not compile; the errors are above"),
        Err(error) => fail(&format!("cannot start cargo: {error}")),
    }
}

/// A built-in's files.
struct BuiltIn {
    name: String,
    manifest: PathBuf,
    component: PathBuf,
    /// What the component is compiled to.
    code: PathBuf,
}

impl BuiltIn {
    fn new(workspace: &Path, target_dir: &Path, out: &Path, name: &str) -> BuiltIn {
        let file = format!("redwasp_{}.wasm", name.replace('-', "_"));
        BuiltIn {
            name: name.to_owned(),
            manifest: workspace.join("plugins").join(name).join("plugin.toml"),
            component: target_dir.join(TARGET).join("plugin").join(file),
            code: out.join(name).with_extension("cwasm"),
        }
    }

    /// An element of the list; `has_code` says whether it was compiled for a machine.
    fn listed(&self, has_code: bool) -> String {
        let [manifest, component, code] =
            [&self.manifest, &self.component, &self.code].map(|path| path.display().to_string());
        let code = if has_code { format!("Some(include_bytes!({code:?}))") } else { "None".to_owned() };
        format!(
            "Embedded {{ folder: {:?}, manifest: include_str!({manifest:?}), component: include_bytes!({component:?}), \
             code: {code} }},",
            self.name
        )
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| fail(&format!("{name} is not set: run this through cargo")))
}

fn fail(message: &str) -> ! {
    println!("cargo::error={message}");
    exit(1)
}
