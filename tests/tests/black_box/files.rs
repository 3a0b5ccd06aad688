//! Files that rows name: scripts, passwords, certificates.

use std::fs;
use std::path::Path;

use redwasp_tests::server::Redis;
use redwasp_tests::tls::{Authority, Certificate, Clients, Tls, Validity};
use tempfile::TempDir;

/// Files of `{scripts}`.
const SCRIPTS: [(&str, &str); 5] = [
    ("pairs.lua", "return {\"a\", \"11\", \"b\", \"12\"}"),
    ("empty.lua", "return {}"),
    ("word.lua", "return {\"key1\", \"abc\"}"),
    ("broken.lua", "return {"),
    ("writes.lua", "redis.call('SET', 'written', '1') return {\"a\", \"1\"}"),
];

/// In rows, `{scripts}` is the folder with scripts, `{passwords}` a file with passwords that are right, `{wrong}` one with
/// passwords that are wrong, `{ca}` the authority of servers with TLS, `{certificate}` and `{key}` what they let in, and
/// `{other_key}` a key that does not fit.
pub(crate) struct Files {
    folder: TempDir,
    authority: Authority,
    client: Certificate,
    other: Certificate,
}

impl Files {
    /// With the passwords of a server, and of the user "exporter" of another one.
    pub(crate) fn of(password: &Redis, acl: &Redis) -> Files {
        let folder = tempfile::tempdir().expect("a folder for files");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file can be written");
        SCRIPTS.iter().for_each(|(name, text)| write(name, text));
        let [server, user] = [password.url(), acl.url().replace("redis://", "redis://exporter@")];
        let passwords = |word: &str| serde_json::json!({&server: word, &user: word}).to_string();
        write("passwords.json", &passwords("secret"));
        write("wrong.json", &passwords("wrong"));
        let authority = Authority::new();
        let [client, other] = ["client", "other"].map(|name| authority.client(name, Validity::Now));
        Files { folder, authority, client, other }
    }

    /// What the servers with TLS show and want.
    pub(crate) fn tls(&self) -> [Tls; 2] {
        let named = self.authority.server(&["cache.example"], Validity::Now);
        [Tls::of(&self.authority).clients(Clients::Required), Tls::with(&self.authority, named)]
    }

    /// A text of a row, with what is in braces replaced.
    pub(crate) fn fill(&self, text: &str) -> String {
        let shown = |path: &Path| path.display().to_string();
        text.replace("{scripts}", &shown(self.folder.path()))
            .replace("{passwords}", &shown(&self.folder.path().join("passwords.json")))
            .replace("{wrong}", &shown(&self.folder.path().join("wrong.json")))
            .replace("{ca}", &shown(&self.authority.path()))
            .replace("{certificate}", &shown(&self.client.path()))
            .replace("{key}", &shown(&self.client.key()))
            .replace("{other_key}", &shown(&self.other.key()))
    }
}
