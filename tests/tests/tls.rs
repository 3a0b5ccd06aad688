//! Servers that are spoken to over TLS: whom to believe, who to be, and what is said when that fails.

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::thread;

use redwasp_tests::daemon::{self, Daemon, Finished, redwasp};
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::tls::{Authority, Certificate, Clients, Tls, Validity};
use redwasp_tests::{ports, tools, wait};

fn ca(authority: &Authority) -> String {
    format!("--tls-ca-cert-file={}", authority.path().display())
}

fn pair(certificate: &Certificate) -> [String; 2] {
    [
        format!("--tls-client-cert-file={}", certificate.path().display()),
        format!("--tls-client-key-file={}", certificate.key().display()),
    ]
}

fn address(redis: &Redis) -> String {
    format!("--redis.addr={}", redis.url())
}

/// Whether the target is up, and what is said if it is not.
fn of(page: &Page) -> (f64, String) {
    let errors = page.labels_of("redis_exporter_last_scrape_error");
    (page.value("redis_up", &[]).unwrap(), errors[0]["err"].clone())
}

fn scraped(args: &[&str]) -> (f64, String) {
    of(&Daemon::start(args).scrape("/metrics"))
}

fn is_down(args: &[&str], words: &str) {
    let (up, error) = scraped(args);
    assert!(up == 0.0 && error.contains(words), "{args:?}: {error}");
}

#[test]
fn a_server_is_believed_whose_authority_is() {
    let authority = Authority::new();
    let redis = Redis::options().tls(Tls::of(&authority)).start();
    let url = address(&redis);
    assert_eq!(scraped(&[&url, &ca(&authority)]), (1.0, String::new()));
    assert_eq!(scraped(&[&url, "--skip-tls-verification"]), (1.0, String::new()));
    is_down(&[&url], "of an authority that is not believed; name the authority's file (--tls-ca-cert-file");
    is_down(&[&url, &ca(&Authority::new())], "of an authority that is not believed");
    let plain = url.replace("rediss://", "redis://");
    is_down(&[&plain, &ca(&authority)], "closed the connection");
    let open = Redis::start();
    let url = format!("--redis.addr=rediss://127.0.0.1:{}", open.port());
    is_down(&[&url, &ca(&authority), "--scrape-timeout=3s"], "does not speak TLS");
}

#[test]
fn certificates_that_are_not_good_are_told_as_what_they_are() {
    let authority = Authority::new();
    let past = Tls::with(&authority, authority.server(&["127.0.0.1"], Validity::Past));
    let expired = Redis::options().tls(past).start();
    is_down(&[&address(&expired), &ca(&authority)], "TLS: the server's certificate has expired");
    let other = Tls::with(&authority, authority.server(&["cache.example"], Validity::Now));
    let redis = Redis::options().tls(other).start();
    is_down(&[&address(&redis), &ca(&authority)], "is for another name; tell the right one (--tls-server-name");
    let name = "--tls-server-name=cache.example";
    assert_eq!(scraped(&[&address(&redis), &ca(&authority), name]), (1.0, String::new()));
}

#[test]
fn a_server_is_shown_the_certificate_that_it_wants() {
    let authority = Authority::new();
    let redis = Redis::options().tls(Tls::of(&authority).clients(Clients::Required)).start();
    let (url, ca) = (address(&redis), ca(&authority));
    let client = authority.client("watcher", Validity::Now);
    let [certificate, key] = pair(&client);
    assert_eq!(scraped(&[&url, &ca, &certificate, &key]), (1.0, String::new()));
    is_down(&[&url, &ca], "the server wants a certificate of its clients");
    let stranger = Authority::new().client("stranger", Validity::Now);
    let [certificate, key] = pair(&stranger);
    is_down(&[&url, &ca, &certificate, &key], "TLS: ");
}

#[test]
fn files_that_are_no_good_stop_the_start_and_later_cost_what_needs_them() {
    let authority = Authority::new();
    let [client, other] = ["watcher", "other"].map(|name| authority.client(name, Validity::Now));
    let ([certificate, key], [_, other_key]) = (pair(&client), pair(&other));
    let no_certificate = format!("--tls-ca-cert-file={}", client.key().display());
    for (flags, words) in [
        (&[&*certificate][..], "--tls-client-cert-file: certificate and key belong together"),
        (&[&certificate, &other_key], "do not fit together"),
        (&[&key, "--tls-client-cert-file=/nonexistent"], "/nonexistent: cannot open the PEM file"),
        (&["--tls-ca-cert-file=/nonexistent", "--skip-tls-verification"], "/nonexistent: cannot open the PEM file"),
        (&[&no_certificate], "there is no certificate in PEM form in this file"),
    ] {
        for command in [&[][..], &["check-config"]] {
            let Finished { code, stderr, .. } = daemon::run(&[command, &["--redis.addr="], flags].concat(), &[]);
            assert!(code == 1 && stderr.contains(words), "{command:?} {flags:?}: {code} {stderr}");
        }
    }
    let redis = Redis::options().tls(Tls::of(&authority).clients(Clients::Required)).start();
    let daemon = Daemon::start(&[&address(&redis), &ca(&authority), &certificate, &key]);
    fs::copy(other.key(), client.key()).unwrap();
    let (up, error) = of(&daemon.scrape("/metrics"));
    assert!(up == 0.0 && error.contains("do not fit together"), "{error}");
}

#[test]
fn certificates_may_be_renewed_at_any_time() {
    let authority = Authority::new();
    let redis = Redis::options().tls(Tls::of(&authority).clients(Clients::Required)).start();
    let client = authority.client("watcher", Validity::Past);
    let [certificate, key] = pair(&client);
    let daemon = Daemon::start(&[&address(&redis), &ca(&authority), &certificate, &key]);
    let (up, error) = of(&daemon.scrape("/metrics"));
    assert!(up == 0.0 && error.contains("TLS: "), "{error}");
    authority.renew(&client, Validity::Now);
    let is_up = || (of(&daemon.scrape("/metrics")).0 == 1.0).then_some(());
    wait::until("the new certificate is shown", wait::PATIENCE, is_up);
}

#[test]
fn a_request_may_tell_the_name_of_a_certificate() {
    let authority = Authority::new();
    let named = Tls::with(&authority, authority.server(&["cache.example"], Validity::Now));
    let redis = Redis::options().tls(named).start();
    let daemon = Daemon::start(&["--redis.addr=", &ca(&authority)]);
    let path = format!("/scrape?target={}", redis.url());
    assert!(of(&daemon.scrape(&path)).1.contains("is for another name"));
    for parameter in ["tls_server_name", "tls-server-name"] {
        let page = daemon.scrape(&format!("{path}&{parameter}=cache.example"));
        assert_eq!(of(&page), (1.0, String::new()), "{parameter}");
    }
}

/// Whether a program tells a server this name when it begins to speak TLS, for all to read.
fn is_told(program: &Path, [host, query]: [&str; 2], flags: &[&str], name: &str) -> bool {
    let (listener, port) = ports::listen();
    let hello = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).unwrap();
        let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        stream.read_exact(&mut hello).unwrap();
        hello
    });
    let daemon = Daemon::start_program(program, &[&["--redis.addr=", "--skip-tls-verification"], flags].concat(), &[]);
    daemon.get(&format!("/scrape?target=rediss://{host}:{port}{query}"));
    // If nobody came, nobody is waited for any longer.
    let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, port));
    let hello = hello.join().expect("the program has spoken");
    hello.windows(name.len()).any(|part| part == name.as_bytes())
}

#[test]
fn a_server_is_told_the_name_that_its_certificate_must_have() {
    let (name, ours) = ("cache.example", redwasp());
    let flag = ["--tls-server-name=cache.example"];
    assert!(is_told(ours, ["127.0.0.1", ""], &flag, name));
    assert!(is_told(ours, ["127.0.0.1", "&tls_server_name=cache.example"], &[], name));
    assert!(is_told(ours, ["localhost", "&tls-server-name=cache.example"], &["--tls-server-name=other"], name));
    for program in [ours, &tools::tool("redis_exporter")] {
        assert!(is_told(program, ["localhost", ""], &[], "localhost"), "{}", program.display());
        assert!(!is_told(program, ["127.0.0.1", ""], &[], "127.0.0.1"), "an address is no name (RFC 6066)");
    }
}

#[test]
fn strangers_are_shown_no_certificate_and_get_no_password_in_plain_text() {
    let authority = Authority::new();
    let tls = || Tls::of(&authority).clients(Clients::Required);
    let [listed, stranger] = [(); 2].map(|()| Redis::options().tls(tls()).start());
    let [certificate, key] = pair(&authority.client("watcher", Validity::Now));
    let daemon = Daemon::start(&[&address(&listed), &ca(&authority), &certificate, &key]);
    let scrape = |url: &str| of(&daemon.scrape(&format!("/scrape?target={url}")));
    assert_eq!(scrape(&listed.url()), (1.0, String::new()));
    let (up, error) = scrape(&stranger.url());
    assert!(up == 0.0 && error.contains("wants a certificate"), "{error}");
    let plain = listed.url().replace("rediss://", "redis://");
    assert_eq!(scrape(&plain), (1.0, String::new()), "it is listed with TLS, and asked so");
}

#[test]
fn a_target_of_the_file_has_tls_of_its_own() {
    let authority = Authority::new();
    let redis = Redis::options().tls(Tls::of(&authority).clients(Clients::Required)).start();
    let client = authority.client("watcher", Validity::Now);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("redwasp.yaml");
    let name = |path: &Path| path.display().to_string();
    let text = format!(
        "targets:\n  shop:\n    address: {}\n    tls: {{ca: {}, certificate: {}, key: {}, server-name: localhost, \
         min-version: TLS1.3}}\n",
        redis.url().replace("rediss://", "redis://"),
        name(&authority.path()),
        name(&client.path()),
        name(&client.key()),
    );
    fs::write(&path, &text).unwrap();
    let flag = format!("--config.file={}", path.display());
    let daemon = Daemon::start(&[&flag]);
    assert_eq!(of(&daemon.scrape("/scrape?target=shop")), (1.0, String::new()));

    fs::write(&path, text.replace("TLS1.3", "SSL3").replace(", key: ", ", kye: ")).unwrap();
    let Finished { code, stderr, .. } = daemon::run(&["check-config", &flag], &[]);
    assert_eq!(code, 1);
    for words in ["targets.shop.tls.kye: there is no such key; did you mean `key`?", "targets.shop.tls.min-version: "] {
        assert!(stderr.contains(words), "{stderr}");
    }
}
