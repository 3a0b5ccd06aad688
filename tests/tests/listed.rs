//! Targets that the operator lists: on the page of metrics, by name and by address, with the credentials that are theirs.

use std::fs;
use std::path::PathBuf;

use redwasp_tests::daemon::{self, Daemon, Finished};
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::wait;
use tempfile::TempDir;

/// A file in a folder of its own.
fn written(name: &str, text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn up(page: &Page, labels: &[(&str, &str)]) -> Option<f64> {
    page.value("redis_up", labels)
}

fn scrape(daemon: &Daemon, target: &str) -> Page {
    daemon.scrape(&format!("/scrape?target={target}"))
}

fn error(page: &Page) -> &str {
    &page.labels_of("redis_exporter_last_scrape_error")[0]["err"]
}

#[test]
fn several_addresses_share_a_page_and_are_told_apart() {
    let [open, closed] = [Redis::start(), Redis::options().password("geheim").start()];
    open.cli(&["SET", "a", "1"]);
    let gone = "redis://127.0.0.1:1";
    let addresses = format!("--redis.addr={},redis://127.0.0.1:{},{gone}", open.url(), closed.port());
    let daemon = Daemon::start_with(&[&addresses], &[("REDIS_PASSWORD", ",geheim,")]);
    let page = daemon.scrape("/metrics");
    let closed_url = format!("redis://127.0.0.1:{}", closed.port());
    for (address, is_up, keys) in
        [(open.url().as_str(), 1.0, Some(1.0)), (&closed_url, 1.0, Some(0.0)), (gone, 0.0, None)]
    {
        let labels = [("addr", address), ("alias", address)];
        assert_eq!(up(&page, &labels), Some(is_up), "{address}");
        let of_database = [("addr", address), ("alias", address), ("db", "db0")];
        assert_eq!(page.value("redis_db_keys", &of_database), keys, "{address}");
        let of_collector = [("addr", address), ("alias", address), ("collector", "info")];
        let success = (is_up == 1.0).then_some(1.0);
        assert_eq!(page.value("redwasp_collector_success", &of_collector), success, "{address}");
    }
    assert_eq!(page.labels_of("redis_up").len(), 3);
    assert_eq!(page.value("redis_exporter_scrapes_total", &[]), Some(1.0));
    let landing = daemon.get("/").text();
    assert!(
        landing.contains(&format!("{closed_url} (up)")) && landing.contains(&format!("{gone} (down: ")),
        "{landing}"
    );
    let page = scrape(&daemon, &closed_url);
    assert_eq!(up(&page, &[]), Some(1.0), "alone, by its address, there is nothing to tell it from");
}

#[test]
fn a_file_of_targets_is_taken() {
    let [open, closed] = [Redis::start(), Redis::options().password("geheim").start()];
    let text = format!(
        "redis_instances:\n  - {{name: first, addr: \"{}\", labels: {{team: shop}}}}\n  - name: second\n    addr: \
         \"redis://127.0.0.1:{}\"\n    password: \"${{SECOND_PASSWORD}}\"\n",
        open.url(),
        closed.port()
    );
    let (_folder, path) = written("instances.yaml", &text);
    let flag = format!("--redis-file={}", path.display());
    let daemon = Daemon::start_with(&[&flag], &[("SECOND_PASSWORD", "geheim")]);
    let page = daemon.scrape("/metrics");
    let url = open.url();
    assert_eq!(up(&page, &[("addr", &url), ("alias", "first"), ("team", "shop")]), Some(1.0));
    let url = format!("redis://127.0.0.1:{}", closed.port());
    assert_eq!(up(&page, &[("addr", &url), ("alias", "second")]), Some(1.0));
    assert_eq!(page.labels_of("redis_up").len(), 2, "nothing else is on the page");
    assert_eq!(up(&scrape(&daemon, "second"), &[]), Some(1.0));

    let Finished { code, stderr, .. } = daemon::run(&["check-config", &flag], &[]);
    let expected =
        format!("--redis-file: {}:5:5: redis_instances.1.password: the variable SECOND_PASSWORD", path.display());
    assert_eq!(code, 1);
    assert!(stderr.contains(&expected), "{stderr}");
}

#[test]
fn targets_of_the_configuration_file_have_names_labels_and_collectors() {
    let [plain, of_env, of_file] = [Redis::start(), protected("env-secret"), protected("file-secret")];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret"), "file-secret\n").unwrap();
    let text = format!(
        "targets:\n  plain: {{address: \"{}\", password: \"\", collectors: [info], labels: {{team: a}}}}\n  of-env: \
         {{address: \"{}\", password: {{env: SECRET}}}}\n  of-file:\n    address: {}\n    password: {{file: secret}}\n",
        plain.url(),
        address(&of_env),
        address(&of_file),
    );
    let path = folder.path().join("redwasp.yaml");
    fs::write(&path, &text).unwrap();
    let flag = format!("--config.file={}", path.display());
    let variables = [("SECRET", "env-secret"), ("REDIS_PASSWORD", "nobodys")];
    let daemon = Daemon::start_with(&[&flag], &variables);
    assert_eq!(daemon.scrape("/metrics").family("redis_up"), None, "nothing is asked that was not asked for");
    let page = scrape(&daemon, "plain");
    assert_eq!(up(&page, &[("team", "a")]), Some(1.0));
    assert_eq!(page.labels_of("redwasp_collector_success").len(), 1, "info alone");
    for name in ["of-env", "of-file"] {
        let page = scrape(&daemon, name);
        assert_eq!(up(&page, &[]), Some(1.0), "{name}: {}", error(&page));
        assert!(page.labels_of("redwasp_collector_success").len() > 1);
    }
    assert_eq!(up(&scrape(&daemon, &address(&of_env)), &[]), Some(1.0), "by its address, with its own password");

    let all = Daemon::start_with(&[&flag, "--metrics.all-targets"], &variables).scrape("/metrics");
    let labels = [("addr", &*plain.url()), ("alias", "plain"), ("team", "a")];
    assert_eq!((up(&all, &labels), all.labels_of("redis_up").len()), (Some(1.0), 3));
}

fn protected(password: &str) -> Redis {
    Redis::options().password(password).start()
}

fn address(redis: &Redis) -> String {
    format!("redis://127.0.0.1:{}", redis.port())
}

#[test]
fn a_secret_that_changes_is_read_again() {
    let redis = Redis::start();
    redis.cli(&["ACL", "SETUSER", "watcher", "on", ">old", "+@all"]);
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "old").unwrap();
    let path = folder.path().join("redwasp.yaml");
    let text =
        format!("targets: {{cache: {{address: \"{}\", user: watcher, password: {{file: secret}}}}}}", redis.url());
    fs::write(&path, text).unwrap();
    let daemon = Daemon::start(&[&format!("--config.file={}", path.display())]);
    assert_eq!(up(&scrape(&daemon, "cache"), &[]), Some(1.0));
    redis.cli(&["ACL", "SETUSER", "watcher", "resetpass", ">new"]);
    redis.cli(&["CLIENT", "KILL", "USER", "watcher"]);
    let page = scrape(&daemon, "cache");
    assert_eq!(up(&page, &[]), Some(0.0));
    assert!(error(&page).contains("WRONGPASS"), "{}", error(&page));
    fs::write(&secret, "new").unwrap();
    let is_up = || (up(&scrape(&daemon, "cache"), &[]) == Some(1.0)).then_some(());
    wait::until("the new password is used", wait::PATIENCE, is_up);
}

#[test]
fn a_password_file_is_for_exact_addresses() {
    let [first, second, third] = [protected("one"), protected("two"), protected("three")];
    second.cli(&["ACL", "SETUSER", "watcher", "on", ">four", "+@all", "~*"]);
    let user = format!("redis://watcher@127.0.0.1:{}", second.port());
    let text = format!("{{\"{}\": \"one\", \"{user}\": \"four\"}}", address(&first));
    let (_folder, path) = written("passwords.json", &text);
    let flag = format!("--redis.password-file={}", path.display());
    let daemon = Daemon::start(&[&flag, "--redis.addr="]);
    assert_eq!(up(&scrape(&daemon, &address(&first)), &[]), Some(1.0));
    let page = scrape(&daemon, &address(&second));
    assert!(error(&page).contains("NOAUTH"), "there is one for a user alone: {}", error(&page));
    assert_eq!(up(&scrape(&daemon, &user), &[]), Some(1.0));
    let with_wrong = format!("redis://watcher:wrong@127.0.0.1:{}", second.port());
    assert_eq!(up(&scrape(&daemon, &with_wrong), &[]), Some(1.0), "passwords of queries are dropped");
    assert_eq!(up(&scrape(&daemon, &address(&third)), &[]), Some(0.0));

    fs::write(&path, format!("{{\"{}\": \"three\"}}", address(&third))).unwrap();
    assert_eq!(daemon.get("/-/reload").text(), "ok");
    assert_eq!(up(&scrape(&daemon, &address(&third)), &[]), Some(1.0));
    fs::write(&path, "{").unwrap();
    let response = daemon.get("/-/reload");
    assert_eq!(response.status, 500);
    assert!(response.text().contains("it ends too early"), "{}", response.text());
    assert_eq!(up(&scrape(&daemon, &address(&third)), &[]), Some(1.0), "a bad file changes nothing");
    assert_eq!(Daemon::start(&["--redis.addr="]).get("/-/reload").status, 400);
}

#[test]
fn a_password_that_changes_is_used_for_targets_of_requests_too() {
    let redis = protected("old");
    let file = |password: &str| format!("{{\"{}\": \"{password}\"}}", address(&redis));
    let (_folder, path) = written("passwords.json", &file("old"));
    let daemon = Daemon::start(&[&format!("--redis.password-file={}", path.display()), "--redis.addr="]);
    assert_eq!(up(&scrape(&daemon, &address(&redis)), &[]), Some(1.0));
    let mut client = redis.connect().unwrap();
    for command in [&["CONFIG", "SET", "requirepass", "new"][..], &["CLIENT", "KILL", "TYPE", "normal"]] {
        client.command(command).unwrap();
    }
    assert!(error(&scrape(&daemon, &address(&redis))).contains("WRONGPASS"));
    fs::write(&path, file("new")).unwrap();
    assert_eq!(daemon.get("/-/reload").text(), "ok");
    assert_eq!(up(&scrape(&daemon, &address(&redis)), &[]), Some(1.0));
}

#[test]
fn strangers_are_refused_if_that_is_wanted_and_never_led_to_the_machines_own_addresses() {
    let redis = Redis::start();
    let strict = Daemon::start(&["--redis.addr=", "--scrape.unlisted-targets=refuse"]);
    let response = strict.get(&format!("/scrape?target={}", redis.url()));
    assert_eq!(response.status, 400);
    assert!(response.text().contains("--scrape.allowed-targets"), "{}", response.text());
    let allowed = format!("--scrape.allowed-targets=redis://127.0.0.1:{}", redis.port());
    let strict = Daemon::start(&["--redis.addr=", "--scrape.unlisted-targets=refuse", &allowed]);
    assert_eq!(up(&scrape(&strict, &redis.url()), &[]), Some(1.0));

    let open = Daemon::start(&["--redis.addr="]);
    for target in ["169.254.169.254:80", "[::ffff:169.254.169.254]:80", "[fe80::1]:6379", "100.100.100.200"] {
        let page = scrape(&open, target);
        assert!(error(&page).contains("not asked: link-local"), "{target}: {}", error(&page));
    }
}

#[test]
fn a_request_does_not_choose_who_has_whose_password() {
    let redis = protected("of everybody");
    redis.cli(&["ACL", "SETUSER", "watcher", "on", ">secret", "+@all", "~*"]);
    redis.cli(&["ACL", "SETUSER", "admin", "on", ">secret", "+@all", "~*"]);
    let text = format!("targets:\n  cache: {{address: \"{}\", user: watcher, password: secret}}\n", address(&redis));
    let (_folder, path) = written("redwasp.yaml", &text);
    let daemon = Daemon::start(&[&format!("--config.file={}", path.display())]);
    let at = |user: &str| format!("/scrape?target=redis://{user}127.0.0.1:{}", redis.port());
    assert_eq!([at(""), at("watcher@")].map(|path| up(&daemon.scrape(&path), &[])), [Some(1.0); 2]);
    let response = daemon.get(&at("admin@"));
    assert!(response.status == 400 && response.text().contains("is listed for another user"), "{}", response.text());
    // A name that is nearly one.
    let daemon = Daemon::start(&[&format!("--config.file={}", path.display()), "--scrape.unlisted-targets=refuse"]);
    let response = daemon.get("/scrape?target=cashe");
    assert!(
        response.status == 400 && response.text().contains("did you mean the target cache?"),
        "{}",
        response.text()
    );
}

#[test]
fn what_is_wrong_with_a_target_has_its_place() {
    let cases = [
        ("{address: \"redis://h\", password: {fil: x}}", "2:"),
        ("{address: \"redis://h\", password: \"${SECRET}\"}", "write {env: NAME}"),
        ("{address: \"${HOST}:6379\"}", "no host has"),
        ("{address: \"redis://2130706433\"}", "ends in a number"),
        ("{address: \"redis://h\", labels: {shard: s1}}", "pages have this label themselves"),
    ];
    for (target, expected) in cases {
        let (_folder, path) = written("redwasp.yaml", &format!("targets:\n  a: {target}\n"));
        let said = daemon::run(&["check-config", &format!("--config.file={}", path.display())], &[]);
        assert!(said.code != 0 && said.stderr.contains("redwasp.yaml:2:"), "{target}: {}", said.stderr);
        assert!(said.stderr.contains(expected), "{target}: {}", said.stderr);
    }
    let text = "targets:\n  a: {address: \"redis://h/3\", user: me, password: x, collectors: [inf]}\n";
    let (_folder, path) = written("redwasp.yaml", text);
    let said = daemon::run(&["check-config", &format!("--config.file={}", path.display())], &[]);
    assert!(said.code == 0 && said.stdout.contains("redis://h:6379/3"), "{} {}", said.stdout, said.stderr);
    assert!(said.stderr.contains("there is no collector inf; did you mean `info`?"), "{}", said.stderr);
}
