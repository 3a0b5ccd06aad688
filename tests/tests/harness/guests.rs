use std::fs;

use redwasp_tests::guests::{guest, names, package};

#[test]
fn every_guest_is_a_component() {
    for name in names() {
        let bytes = guest(&name);
        // The layer field of the preamble tells a component from a module.
        assert!(bytes.starts_with(b"\0asm") && bytes[6] == 1, "{name} is no component");
    }
}

#[test]
fn no_guest_is_without_its_crate_type() {
    let manifest = fs::read_to_string(package().join("Cargo.toml")).expect("the guests have a manifest");
    let example = |name: &str| format!("[[example]]\nname = \"{name}\"\ncrate-type = [\"cdylib\"]\n");
    let missing: Vec<String> = names().into_iter().filter(|name| !manifest.contains(&example(name))).collect();
    assert!(
        missing.is_empty(),
        "add to tests/guests/Cargo.toml: {}",
        missing.iter().map(|n| example(n)).collect::<String>()
    );
    assert_eq!(manifest.matches("[[example]]").count(), names().len());
}
