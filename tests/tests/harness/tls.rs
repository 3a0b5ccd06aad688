use redwasp_tests::canary;
use redwasp_tests::daemon::{self, Finished};
use redwasp_tests::fake::{Behaviour, Fake};
use redwasp_tests::resp::Client;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::tls::{Authority, Certificate, Clients, Tls, Validity, redis_cli};
use redwasp_tests::wait::{self, PATIENCE};
use std::{fs, thread};

fn pongs(done: &Finished) -> bool {
    (done.code, done.stdout.as_str()) == (0, "PONG\n")
}

/// What the real openssl says of a server to one who trusts this authority and asks for this name.
fn verified(port: u16, trusted: &Authority, name: &str) -> String {
    let connect = format!("127.0.0.1:{port}");
    let trusted = trusted.path().display().to_string();
    let args = ["s_client", "-connect", &connect, "-CAfile", &trusted, "-verify_hostname", name];
    let said = daemon::run_program("openssl".as_ref(), &args, &[]).stdout;
    let line = said.lines().find_map(|line| line.trim().strip_prefix("Verify return code: "));
    line.unwrap_or_else(|| panic!("openssl does not say what it makes of {connect}:\n{said}")).to_owned()
}

fn text(certificate: &Certificate) -> [String; 2] {
    [certificate.path(), certificate.key()].map(|path| fs::read_to_string(path).expect("a certificate can be read"))
}

#[test]
fn clients_show_what_the_server_asks_for() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (good, bad) = (authority.client("me", Validity::Now), other.client("me", Validity::Now));
    let old = authority.client("me", Validity::Past);
    for program in [Program::Redis, Program::Redis80] {
        let cases = [
            (Clients::Required, [true, false, false, false]),
            (Clients::Optional, [true, true, false, false]),
            (Clients::Unasked, [true; 4]),
        ];
        for (clients, welcome) in cases {
            let redis = Redis::options().program(program).tls(Tls::of(&authority).clients(clients)).start();
            assert_eq!(redis.cli(&["PING"]), "PONG", "over its socket");
            assert_eq!(redis.url(), format!("rediss://127.0.0.1:{}", redis.port()));
            let shown = [Some(&good), None, Some(&bad), Some(&old)];
            let found = shown.map(|shown| pongs(&redis_cli(redis.port(), &authority, shown, &["PING"])));
            assert_eq!(found, welcome, "{program:?}, {clients:?}");
            let mut plain = Client::connect(redis.port(), PATIENCE).expect("the server listens on its port");
            assert!(plain.command(&["PING"]).is_err());
        }
    }
}

#[test]
fn certificates_are_good_or_bad_for_one_reason() {
    let (authority, other) = (Authority::new(), Authority::new());
    let serve = |certificate| Redis::options().tls(Tls::with(&authority, certificate)).start();
    let named = serve(authority.server(&["redis.example", "127.0.0.1"], Validity::Now));
    assert_eq!(verified(named.port(), &authority, "redis.example"), "0 (ok)");
    assert_eq!(verified(named.port(), &authority, "localhost"), "62 (hostname mismatch)");
    let untrusted = verified(named.port(), &other, "redis.example");
    assert_eq!(untrusted, "19 (self-signed certificate in certificate chain)");
    let expired = serve(authority.server(&["redis.example"], Validity::Past));
    assert_eq!(verified(expired.port(), &authority, "redis.example"), "10 (certificate has expired)");
    let foreign = serve(other.server(&["redis.example"], Validity::Now));
    let untrusted = verified(foreign.port(), &authority, "redis.example");
    assert_eq!(untrusted, "21 (unable to verify the first certificate)");
    assert!(!pongs(&redis_cli(foreign.port(), &authority, None, &["PING"])));
}

#[test]
fn certificates_are_renewed_in_place() {
    let authority = Authority::new();
    let redis = Redis::options().tls(Tls::with(&authority, authority.server(&["a.example"], Validity::Past))).start();
    let certificate = redis.tls().certificate();
    let before = text(certificate);
    authority.renew(certificate, Validity::Now);
    let after = text(certificate);
    assert!(before[0] != after[0] && before[1] != after[1]);
    let path = certificate.path().display().to_string();
    redis.cli(&["CONFIG", "SET", "tls-cert-file", &path]);
    assert_eq!(verified(redis.port(), &authority, "a.example"), "0 (ok)");
}

#[test]
fn replicates_over_tls() {
    let authority = Authority::new();
    let tls = Tls::of(&authority).clients(Clients::Required);
    let passphrase = canary::password("passphrase");
    let primary = Redis::options().tls(tls.clone()).args(["--tls-key-file-pass", &passphrase]).start();
    assert_eq!(primary.cli(&["CONFIG", "GET", "tls-key-file-pass"]), format!("tls-key-file-pass\n{passphrase}"));
    primary.cli(&["SET", "a", "1"]);
    let replica = Redis::options().tls(tls).replica_of(&primary).start();
    assert_eq!(replica.cli(&["GET", "a"]), "1");
}

#[test]
fn hangs_in_the_handshake() {
    let authority = Authority::new();
    let redis = Redis::options().tls(Tls::of(&authority)).start();
    let fake = Fake::start(redis.port(), Behaviour::HangAfter(0));
    thread::scope(|scope| {
        let ask = || redis_cli(fake.port(), &authority, None, &["PING"]);
        let client = scope.spawn(ask);
        wait::until("the client to be connected", PATIENCE, || (!redis.client_list().is_empty()).then_some(()));
        assert!(!client.is_finished(), "it has had no answer");
        fake.switch(Behaviour::Refused);
        assert!(!pongs(&client.join().expect("the client ends")));
        fake.switch(Behaviour::Healthy);
        assert!(pongs(&ask()));
    });
}
