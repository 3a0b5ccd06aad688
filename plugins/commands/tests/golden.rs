//! The pages that recorded replies give.

use redwasp_commands::Commands;
use redwasp_sdk::testing::{self, Bench};

#[test]
fn recorded_replies_give_their_pages() {
    testing::golden(env!("CARGO_MANIFEST_DIR"), |recorded| {
        bench(recorded).collect::<Commands>("{}").unwrap().text("redis")
    });
}

/// A recording is a line `server <product> <version>`, then for each command a line `> <command>` and its reply as RESP3
/// bytes; of logged commands it has what the host tells.
fn bench(recorded: &[u8]) -> Bench {
    let (server, mut rest) = line(recorded);
    let [_, product, version] = server.split(' ').collect::<Vec<_>>()[..] else { panic!("{server}") };
    let mut bench = Bench::new(testing::server(product, version));
    while let Some(begin) = next(rest) {
        let (command, reply) = line(&rest[begin + COMMAND.len()..]);
        let end = next(reply).unwrap_or(reply.len());
        bench = bench.reply(command, reply[..end].to_vec());
        rest = &reply[end..];
    }
    bench
}

const COMMAND: &[u8] = b"\n> ";

fn line(bytes: &[u8]) -> (&str, &[u8]) {
    let end = bytes.iter().position(|&byte| byte == b'\n').expect("the line has an end");
    (str::from_utf8(&bytes[..end]).unwrap(), &bytes[end + 1..])
}

fn next(bytes: &[u8]) -> Option<usize> {
    bytes.windows(COMMAND.len()).position(|part| part == COMMAND)
}
