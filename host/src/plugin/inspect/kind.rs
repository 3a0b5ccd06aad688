//! What bytes are that are no component.

use wasmparser::BinaryReader;
use wasmtime::Engine;

use super::{Problem, refuse};

/// Begins every WebAssembly binary.
const MAGIC: &[u8] = b"\0asm";

/// Bytes of magic, version and layer.
const HEADER: usize = 8;

/// Version and layer of a core module, and the layer of a component (Binary.md of the component model).
const MODULE: [u8; 4] = [1, 0, 0, 0];
const COMPONENT_LAYER: [u8; 2] = [1, 0];

/// The version of the component model's binary format that toolchains have written since 2023.
const COMPONENT_VERSION: u16 = 13;

/// Bytes that tell whether something is text.
const SAMPLE: usize = 1 << 10;

/// Other formats by how they begin.
const FORMATS: &[(&[u8], &str, &str)] = &[
    (b"\x7fELF", "native code (ELF)", PORTABLE),
    (b"MZ", "native code (a Windows program)", PORTABLE),
    (b"\xcf\xfa\xed\xfe", "native code (Mach-O)", PORTABLE),
    (b"\xca\xfe\xba\xbe", "native code (Mach-O) or Java", PORTABLE),
    (b"\x1f\x8b", "compressed (gzip)", UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)", UNPACK),
    (b"\xfd7zXZ\0", "compressed (xz)", UNPACK),
    (b"BZh", "compressed (bzip2)", UNPACK),
    (b"PK\x03\x04", "an archive (zip)", UNPACK),
    (b"!<arch>\n", "an archive of objects (ar)", PORTABLE),
];

const PORTABLE: &str = "the folder takes only portable components: build for wasm32-wasip2";
const UNPACK: &str = "unpack it; the folder takes the component itself";

/// Texts by how they begin, in lower case and without what stands before.
const TEXTS: &[(&str, &str, &str)] = &[
    ("version https://git-lfs", "a pointer of Git LFS, not the file that it stands for", "run git lfs pull"),
    ("<!doctype", "an HTML page", DOWNLOAD),
    ("<html", "an HTML page", DOWNLOAD),
    ("<?xml", "XML", DOWNLOAD),
    ("{", "JSON", DOWNLOAD),
    ("(", "WebAssembly as text", WAT),
    (";;", "WebAssembly as text", WAT),
];

const DOWNLOAD: &str =
    "a download that went wrong leaves the answer of the server in the file: get the component again";
const WAT: &str = "make it binary: wasm-tools parse plugin.wat -o plugin.wasm";

/// Refuses everything that is no whole binary of a component.
pub(super) fn check(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.is_empty() {
        return Err(refuse("is empty (0 bytes)").hint("build or copy it again"));
    }
    if MAGIC.starts_with(bytes) || bytes.starts_with(MAGIC) && bytes.len() < HEADER {
        return Err(cut_off(format!("ends after {} bytes, within its header", bytes.len())));
    }
    if !bytes.starts_with(MAGIC) {
        return Err(foreign(bytes));
    }
    let [_, _, _, _, low, high, layer @ ..] = bytes else { return Err(foreign(bytes)) };
    if bytes[MAGIC.len()..].starts_with(&MODULE) {
        return Err(refuse("is a core module, not a component").hint(
            "build for wasm32-wasip2, or make a component of it: wasm-tools component new (a module for WASI preview 1 \
             also needs --adapt)",
        ));
    }
    let version = u16::from_le_bytes([*low, *high]);
    if !layer.starts_with(&COMPONENT_LAYER) || version != COMPONENT_VERSION {
        let reason = format!("has version {version} of the binary format, only version {COMPONENT_VERSION} is read");
        return Err(refuse(reason).hint("build it with a toolchain of 2023 or newer"));
    }
    whole(bytes)
}

/// Walks over the outermost sections: a file that was cut off ends within one.
fn whole(bytes: &[u8]) -> Result<(), Problem> {
    let mut reader = BinaryReader::new(&bytes[HEADER..], HEADER);
    while !reader.eof() {
        let begin = reader.original_position();
        let size = reader.read_u8().and_then(|_| reader.read_var_u32());
        let (size, there) = match size {
            Ok(size) => (size as usize, reader.bytes_remaining()),
            Err(_) if reader.eof() => (1, 0),
            // Malformed: the validator says how.
            Err(_) => return Ok(()),
        };
        if size > there || reader.read_bytes(size).is_err() {
            let reason = format!("ends after {} bytes, within the section that begins at {begin}", bytes.len());
            return Err(cut_off(reason));
        }
    }
    Ok(())
}

fn cut_off(reason: String) -> Problem {
    refuse(format!("is truncated: it {reason}")).hint("it is read again when it is complete; else copy it again")
}

fn foreign(bytes: &[u8]) -> Problem {
    if Engine::detect_precompiled(bytes).is_some() {
        return refuse("is native code (.cwasm, compiled by wasmtime)")
            .hint("the folder takes only portable components: put the .wasm there that it was compiled from");
    }
    if let Some((_, what, hint)) = FORMATS.iter().find(|(begin, ..)| bytes.starts_with(begin)) {
        return refuse(format!("is {what}, not a WebAssembly component")).hint(hint);
    }
    match text(bytes) {
        Some(text) => {
            let known = TEXTS.iter().find(|(begin, ..)| text.starts_with(begin));
            let (_, what, hint) = known.unwrap_or(&("", "text", PORTABLE));
            refuse(format!("is {what}, not a binary WebAssembly component")).hint(hint)
        }
        None => {
            let begin: Vec<String> = bytes.iter().take(HEADER).map(|byte| format!("{byte:02x}")).collect();
            refuse(format!("is no WebAssembly: it begins with {}", begin.join(" "))).hint(PORTABLE)
        }
    }
}

/// The begin of a text, in lower case. None when it is none.
fn text(bytes: &[u8]) -> Option<String> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let text = match std::str::from_utf8(sample) {
        Ok(text) => text,
        // Cut within a character.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&sample[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    let printable = text.chars().all(|c| !c.is_control() || c.is_whitespace());
    printable.then(|| text.trim_start_matches('\u{feff}').trim_start().to_lowercase())
}
