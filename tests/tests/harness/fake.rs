use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use redwasp_tests::fake::{Behaviour, Fake};
use redwasp_tests::server::Redis;
use redwasp_tests::wait::PATIENCE;

const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";
const PONG: &[u8] = b"+PONG\r\n";

fn connect(fake: &Fake) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", fake.port())).expect("the fake listens on its port");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
    stream
}

/// What comes for a PING, up to `limit` bytes or the end of the connection.
fn ping(mut stream: &TcpStream, limit: usize) -> Vec<u8> {
    stream.write_all(PING).expect("the fake takes a command");
    let mut answer = Vec::new();
    let _ = stream.take(limit as u64).read_to_end(&mut answer);
    answer
}

#[test]
fn cuts_the_connection_within_a_reply() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::CloseAfter(10));
    let stream = connect(&fake);
    assert_eq!(ping(&stream, 7), PONG);
    assert_eq!(ping(&stream, 7), &PONG[..3]);
    fake.switch(Behaviour::CloseAfter(PONG.len()));
    assert_eq!(ping(&connect(&fake), 100), PONG, "the whole reply, and then the end");
}

#[test]
fn closes_the_connection_with_an_answer_or_instead() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::CloseWithAnswer(2));
    let stream = connect(&fake);
    assert_eq!(ping(&stream, 7), PONG);
    assert_eq!(ping(&stream, 100), PONG, "and then the end");
    fake.switch(Behaviour::CloseInsteadOfAnswer(2));
    let stream = connect(&fake);
    assert_eq!(ping(&stream, 7), PONG);
    assert_eq!(ping(&stream, 100), b"");
}

#[test]
fn hangs_within_a_reply() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::HangAfter(3));
    let mut stream = connect(&fake);
    assert_eq!(ping(&stream, 3), &PONG[..3]);
    stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a socket takes a timeout");
    let silence = stream.read(&mut [0; 8]).map_err(|error| error.kind());
    assert!(matches!(silence, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{silence:?}");
}

#[test]
fn answers_with_what_is_no_answer() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::Garbage(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert_eq!(ping(&connect(&fake), 12), b"HTTP/1.1 400");
    fake.switch(Behaviour::HugeArray);
    assert_eq!(ping(&connect(&fake), 13), b"*2147483647\r\n");
    fake.switch(Behaviour::DeepNesting);
    let nested = ping(&connect(&fake), 4_000_000);
    assert!(nested.len() == 4_000_000 && nested.ends_with(b"*1\r\n"));
}

#[test]
fn sends_without_end() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::Endless);
    let answer = ping(&connect(&fake), 50 << 20);
    assert!(answer.len() == 50 << 20 && answer.starts_with(b"$2147483648\r\nxxx"));
}

#[test]
fn trickles() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::Slow { bytes_per_second: 20 });
    let began = Instant::now();
    assert_eq!(ping(&connect(&fake), 7), PONG);
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[test]
fn recovers_on_the_same_port_and_connection() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::Healthy);
    let stream = connect(&fake);
    assert_eq!(ping(&stream, 7), PONG);
    fake.switch(Behaviour::Garbage(b"-ERR\r\n"));
    assert_eq!(ping(&stream, 6), b"-ERR\r\n");
    fake.switch(Behaviour::Healthy);
    assert_eq!(ping(&stream, 7), PONG);
}

/// How a read ends that should bring nothing more.
fn end_of(mut stream: &TcpStream) -> Option<ErrorKind> {
    stream.read(&mut [0; 8]).err().map(|error| error.kind())
}

#[test]
fn resets_within_a_reply() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::ResetAfter(3));
    let mut stream = connect(&fake);
    stream.write_all(PING).expect("the fake takes a command");
    let mut answer = [0; 3];
    stream.read_exact(&mut answer).expect("the beginning of a reply");
    assert_eq!((&answer[..], end_of(&stream)), (&PONG[..3], Some(ErrorKind::ConnectionReset)));
    fake.switch(Behaviour::Healthy);
    assert_eq!(ping(&connect(&fake), 7), PONG);
}

#[test]
fn resets_every_connection() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::Healthy);
    let old = connect(&fake);
    assert_eq!(ping(&old, 7), PONG);
    let before = redis.info_field("total_connections_received");
    fake.switch(Behaviour::ResetAtOnce);
    for _ in 0..100 {
        assert_eq!(end_of(&connect(&fake)), Some(ErrorKind::ConnectionReset));
    }
    (&old).write_all(PING).expect("the fake takes a command");
    assert_eq!(end_of(&old), Some(ErrorKind::ConnectionReset));
    fake.switch(Behaviour::Healthy);
    assert_eq!(ping(&connect(&fake), 7), PONG);
    let [before, after] = [before, redis.info_field("total_connections_received")].map(|count| count.parse::<u64>());
    assert_eq!(after.expect("a number") - before.expect("a number"), 2, "one through the fake and that which asks");
}

#[test]
fn refuses_and_takes_connections_on_the_same_port() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::Refused);
    let refused = || TcpStream::connect(("127.0.0.1", fake.port())).map_err(|error| error.kind()).err();
    assert_eq!(refused(), Some(ErrorKind::ConnectionRefused));
    for _ in 0..3 {
        fake.switch(Behaviour::Healthy);
        let stream = connect(&fake);
        assert_eq!(ping(&stream, 7), PONG);
        fake.switch(Behaviour::Refused);
        assert_eq!((end_of(&stream), refused()), (None, Some(ErrorKind::ConnectionRefused)));
        fake.switch(Behaviour::Refused);
    }
}
