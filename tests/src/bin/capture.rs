//! Makes the test data in `tests/testdata/info`; its README says what is what.
//!
//! - `capture`: writes every `redis_exporter.prom` anew, if the redis_exporter that is here is of the release they show.
//! - `capture fill PORT`: fills the server on this port of 127.0.0.1, which is then worth recording.

use std::error::Error;
use std::fs;
use std::time::Duration;

use redwasp_tests::captures::{self, Capture};
use redwasp_tests::exporter::Exporter;
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

fn capture_all() -> Result<(), Box<dyn Error>> {
    Exporter::here().is_reference().map_err(|other| {
        format!(
            "{other}. No page was written. Remove target/tools/bin/redis_exporter and name a mirror that still has the \
            release, as tests/tools.sh says (REDWASP_DEBIAN_MIRROR)"
        )
    })?;
    for capture in Capture::all() {
        println!("{}", capture.name());
        fs::write(capture.page_path(), captures::page_of(&capture.info()))?;
    }
    Ok(())
}
