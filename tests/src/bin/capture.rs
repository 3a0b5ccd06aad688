//! Makes the test data in `tests/testdata/info`; its README says what is what.
//!
//! - `capture`: writes every `redis_exporter.prom` anew.
//! - `capture fill PORT`: fills the server on this port of 127.0.0.1, which is then worth recording.

use std::error::Error;
use std::fs;
use std::time::Duration;

use redwasp_tests::captures::{self, Capture};
use redwasp_tests::fill::fill;
use redwasp_tests::resp::Client;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => capture_all()?,
        ["fill", port] => fill(&mut Client::connect(port.parse()?, Duration::from_secs(10))?),
        _ => return Err("usage: capture [fill PORT]".into()),
    }
    Ok(())
}

fn capture_all() -> std::io::Result<()> {
    for capture in Capture::all() {
        println!("{}", capture.name());
        fs::write(capture.page_path(), captures::page_of(&capture.info()))?;
    }
    Ok(())
}
