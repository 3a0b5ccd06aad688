//! Replies of a real server, in one file.

use super::{Bench, server};

const COMMAND: &[u8] = b"\n> ";

pub(super) fn bench(recording: &[u8]) -> Bench {
    let (head, mut rest) = line(recording);
    let words: Vec<&str> = head.split(' ').collect();
    let ["server", product, version, more @ ..] = &words[..] else { panic!("{head:?} is no `server` line") };
    let mut of = server(product, version);
    for (word, what) in more.iter().zip([&mut of.mode, &mut of.role]) {
        *what = (*word).to_owned();
    }
    let mut bench = Bench::new(of);
    while let Some(begin) = next(rest) {
        let (command, reply) = line(&rest[begin + COMMAND.len()..]);
        let end = next(reply).unwrap_or(reply.len());
        bench = bench.reply(command, reply[..end].to_vec());
        rest = &reply[end..];
    }
    bench
}

fn line(bytes: &[u8]) -> (&str, &[u8]) {
    let end = bytes.iter().position(|&byte| byte == b'\n').expect("the line has an end");
    (str::from_utf8(&bytes[..end]).expect("the line is UTF-8"), &bytes[end + 1..])
}

fn next(bytes: &[u8]) -> Option<usize> {
    bytes.windows(COMMAND.len()).position(|part| part == COMMAND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Server;

    #[test]
    fn a_recording_is_a_server_with_its_replies() {
        let bench = bench(b"server valkey 9.1.2 cluster slave\n\n> INFO ALL\n$2\r\n\xff\n\r\n\n> SLOWLOG LEN\n:1\r\n");
        let Server { product, version, mode, role, .. } = &bench.server;
        assert_eq!([product, version, mode, role], ["valkey", "9.1.2", "cluster", "slave"]);
        let replies = [("INFO ALL", b"$2\r\n\xff\n\r\n".to_vec()), ("SLOWLOG LEN", b":1\r\n".to_vec())];
        assert_eq!(bench.replies, replies.map(|(command, reply)| (command.to_owned(), Ok(reply))));
    }
}
