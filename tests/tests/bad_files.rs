//! What is put into the plugin folder and is no plugin: each file is refused in words of its own.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use redwasp_tests::guests::guest;
use redwasp_tests::plugins::{self, Folder, status, wait_until_refused, wait_until_runs};
use redwasp_tests::process::{self, Process};
use redwasp_tests::server::Redis;
use redwasp_tests::wait::PATIENCE;

/// What a bad file is told, by its name in the folder.
struct Refused {
    name: &'static str,
    stage: &'static str,
    reason: &'static str,
    hint: &'static str,
}

const fn refused(name: &'static str, stage: &'static str, reason: &'static str, hint: &'static str) -> Refused {
    Refused { name, stage, reason, hint }
}

const LONG: &str = "a-name-that-is-longer-than-what-a-label-of-every-series-should-be";

const REFUSED: &[Refused] = &[
    refused("truncated", "check", "is truncated: it ends after 1000 bytes", "copy it again"),
    refused("header", "check", "is truncated: it ends after 5 bytes, within its header", "copy it again"),
    refused("empty", "find", "is empty (0 bytes)", "read again"),
    refused("text", "check", "is text, not a binary", "wasm32-wasip2"),
    refused("module", "check", "is a core module, not a component", "wasm-tools component new"),
    refused("native", "check", "is native code (.cwasm", "only portable components"),
    refused("elf", "check", "is native code (ELF)", "only portable components"),
    refused("leads-out", "find", "is a symbolic link that leads out of the plugin folder", "copy the file"),
    refused("leads-up", "find", "is a symbolic link that leads out of the plugin folder", "copy the file"),
    refused("loop", "find", "is a loop of symbolic links", "copy the file"),
    refused("dangling", "find", "is a symbolic link to nothing", "write the file"),
    refused("folder", "find", "is a folder, not a file", "a regular file"),
    refused("fifo", "find", "is a FIFO, not a file", "a regular file"),
    refused("socket", "find", "is a socket, not a file", "a regular file"),
    refused("device", "find", "is a symbolic link that leads out of the plugin folder", "copy the file"),
    refused("large", "find", "is 65 MiB, more than the 64 MiB allowed", "raise the limit"),
    refused("imports", "check", "imports what is not offered: wasi:sockets/tcp@0.2.0", "no network"),
    refused("version", "check", "exports redwasp:collector/collector@9.0.0, this redwasp speaks 0.1", "rebuild it"),
    refused("stranger", "check", "is no collector: it exports", "redwasp:collector/collector@0.1.0"),
    refused("asynchronous", "check", "is built for component-model async", "--sync"),
    refused("types", "link", "", "other types than those of redwasp:collector@0.1.0"),
    refused("misnamed", "describe", "it calls itself \"behaves\"", "a plugin has the name of its file"),
    refused("never-describes", "describe", "describe ended: ", ""),
    refused("never-configures", "configure", "", ""),
    refused("Upper.wasm", "find", "has a name with other than lower case letters", "rename the file"),
    refused("under_score.wasm", "find", "has a name with other than lower case letters", "rename the file"),
    refused("\u{fffd}.wasm", "find", "has a name with other than lower case letters", "rename the file"),
    refused(LONG_FILE, "find", "has a name of 65 bytes, more than the 64 allowed", "rename the file"),
    refused("info.wasm", "find", "there is a built-in plugin info", "another name"),
];

const LONG_FILE: &str = "a-name-that-is-longer-than-what-a-label-of-every-series-should-be.wasm";

/// A component with this inside.
fn component(inside: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {inside})")).unwrap()
}

/// A component that exports the contract by its name only.
fn collector(inside: &str) -> Vec<u8> {
    let export = r#"(instance $c) (export "redwasp:collector/collector@0.1.0" (instance $c))"#;
    component(&format!("{inside} {export}"))
}

/// Native code as wasmtime writes it: what the program has of a built-in.
fn native() -> &'static [u8] {
    let (_, built_in) = redwasp::plugin::embedded().unwrap().swap_remove(0);
    built_in.code.expect("the built-ins are compiled for the machine that builds them")
}

fn write_bad_files(folder: &Folder, elsewhere: &Path) {
    let behaves = guest("behaves");
    let lifted = r#"
        (core module $m (func (export "f") (result i32) i32.const 0)
            (func (export "g") (param i32 i32 i32) (result i32) i32.const 0))
        (core instance $i (instantiate $m))
        (func (export "run") async (canon lift (core func $i "f") async (callback (core func $i "g"))))"#;
    let newer = r#"(instance $c) (export "redwasp:collector/collector@9.0.0" (instance $c))"#;
    let imports = r#"(import "wasi:sockets/tcp@0.2.0" (instance (export "f" (func))))"#;
    let files: [(&str, &[u8]); 20] = [
        ("truncated", &behaves[..1000]),
        ("header", &behaves[..5]),
        ("empty", b""),
        ("text", b"#!/bin/sh\necho hello\n"),
        ("module", &wat::parse_str("(module)").unwrap()),
        ("native", native()),
        ("elf", &fs::read("/proc/self/exe").unwrap()[..4096]),
        ("imports", &collector(imports)),
        ("version", &component(newer)),
        ("stranger", &component(r#"(instance $c) (export "a:b/c" (instance $c))"#)),
        ("asynchronous", &collector(lifted)),
        ("types", &collector("")),
        ("misnamed", &behaves),
        ("never-describes", &guest("never-describes")),
        ("never-configures", &guest("never-configures")),
        ("Upper", &behaves),
        ("under_score", &behaves),
        (LONG, &behaves),
        ("info", &behaves),
        (".hidden", b"not looked at"),
    ];
    files.iter().for_each(|(name, bytes)| folder.put(name, bytes));
    use std::os::unix::ffi::OsStrExt;
    let not_utf8 = std::ffi::OsStr::from_bytes(b"\xff.wasm");
    fs::write(folder.path().join(not_utf8), &behaves).unwrap();
    fs::write(folder.path().join("README.md"), "not looked at").unwrap();
    let outside = elsewhere.join("behaves.wasm");
    fs::write(&outside, &behaves).unwrap();
    symlink(&outside, folder.file("leads-out")).unwrap();
    symlink("../plugins/behaves.wasm", folder.file("leads-up")).unwrap();
    symlink("loop.wasm", folder.file("loop")).unwrap();
    symlink("nothing.wasm.not-there", folder.file("dangling")).unwrap();
    symlink("/dev/zero", folder.file("device")).unwrap();
    fs::create_dir(folder.file("folder")).unwrap();
    let fifo = Process::start(Command::new("mkfifo").arg(folder.file("fifo"))).wait(PATIENCE);
    assert_eq!(process::code(fifo), 0);
    UnixListener::bind(folder.file("socket")).unwrap();
    File::create(folder.file("large")).unwrap().set_len(65 << 20).unwrap();
    // What leads to a file inside is as good as the file.
    fs::create_dir(folder.path().join("..data")).unwrap();
    fs::write(folder.path().join("..data/behaves.wasm"), &behaves).unwrap();
    symlink("..data/behaves.wasm", folder.file("behaves")).unwrap();
}

#[test]
fn every_bad_file_is_refused_with_its_own_words() {
    let (folder, redis, elsewhere) = (Folder::new(), Redis::start(), tempfile::tempdir().unwrap());
    let cache = elsewhere.path().join("cache");
    let daemon = folder.serve_with_cache(cache.to_str().unwrap(), &[&format!("--redis.addr={}", redis.url())]);
    write_bad_files(&folder, elsewhere.path());
    wait_until_runs(&daemon, "behaves", &guest("behaves"));
    for Refused { name, stage, reason, hint } in REFUSED {
        let [its_stage, its_reason, its_hint] = wait_until_refused(&daemon, name);
        let told = format!("{name}: {its_stage}: {its_reason}; {its_hint}");
        assert!(its_stage == *stage && its_reason.contains(reason) && its_hint.contains(hint), "{told}");
        // One that is refused its configuration is a plugin all the same: another collector's may please it.
        assert_eq!(status(&daemon, name).unwrap().running.is_some(), *stage == "configure", "{told}");
        // While the others are on their way.
        assert_eq!(daemon.get("/health").status, 200);
    }
    let page = daemon.scrape("/metrics");
    assert_eq!((page.value("redis_up", &[]), page.value("redis_behaves_ran", &[])), (Some(1.0), Some(1.0)));
    let problems = page.samples_of("redwasp_plugin_problem").count();
    assert_eq!(
        (problems, plugins::all(&daemon).len()),
        (REFUSED.len(), REFUSED.len() + 1 + plugins::built_ins()),
        "{}",
        daemon.log()
    );
    for Refused { name, stage, .. } in REFUSED {
        assert_eq!(page.value("redwasp_plugin_problem", &[("plugin", name), ("stage", stage)]), Some(1.0), "{name}");
    }
}
