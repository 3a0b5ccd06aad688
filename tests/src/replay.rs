//! A server that says what it is given to say, as a real one would say it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::acceptor::{Acceptor, Connection};
use crate::{lock, resp};

const CHUNK: usize = 16 << 10;
const OK: &[u8] = b"+OK\r\n";

/// How a [`Replay`] answers besides its text.
#[derive(Clone, Default)]
pub struct Options {
    arguments_refused: bool,
    info_error: Option<String>,
    config: Config,
    clients: Option<String>,
}

#[derive(Clone)]
enum Config {
    Pairs(Vec<(String, String)>),
    Error(String),
}

impl Default for Config {
    fn default() -> Config {
        Config::Pairs(vec![("databases".to_owned(), "16".to_owned())])
    }
}

impl Options {
    /// INFO with an argument is an error; without one it is answered.
    pub fn refuse_info_arguments(mut self) -> Options {
        self.arguments_refused = true;
        self
    }

    /// INFO is this error whatever its arguments, e.g. "NOPERM no permission".
    pub fn refuse_info(mut self, error: &str) -> Options {
        self.info_error = Some(error.to_owned());
        self
    }

    /// What CONFIG GET finds, instead of 16 `databases`.
    pub fn config(mut self, pairs: &[(&str, &str)]) -> Options {
        self.config = Config::Pairs(pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect());
        self
    }

    /// CONFIG GET is this error.
    pub fn refuse_config(mut self, error: &str) -> Options {
        self.config = Config::Error(error.to_owned());
        self
    }

    /// What CLIENT LIST tells.
    pub fn clients(mut self, text: &str) -> Options {
        self.clients = Some(text.to_owned());
        self
    }

    /// Starts it with a text of INFO, which is sent as it is.
    pub fn start(self, info: impl AsRef<[u8]>) -> Replay {
        let info = Mutex::new(info.as_ref().to_vec());
        let stage = Arc::new(Stage { options: self, info, commands: Mutex::default() });
        let acceptor = Acceptor::start({
            let stage = stage.clone();
            move |client| {
                let client = Arc::new(client);
                thread::spawn({
                    let (stage, client) = (stage.clone(), client.clone());
                    move || {
                        let _ = stage.serve(&client);
                        client.cut();
                    }
                });
                Some(client)
            }
        });
        Replay { acceptor, stage }
    }
}

/// A RESP2 server on a free port of 127.0.0.1 that answers INFO, with any argument or none, with a text. It knows PING,
/// AUTH, SELECT, CLIENT, CONFIG GET and an empty slow log; all else is an unknown command.
pub struct Replay {
    acceptor: Acceptor,
    stage: Arc<Stage>,
}

impl Replay {
    /// Starts it with a text of INFO, which is sent as it is.
    pub fn start(info: impl AsRef<[u8]>) -> Replay {
        Replay::options().start(info)
    }

    /// Starts it otherwise.
    pub fn options() -> Options {
        Options::default()
    }

    /// Another text from now on, on connections that are open too.
    pub fn play(&self, info: impl AsRef<[u8]>) {
        *lock(&self.stage.info) = info.as_ref().to_vec();
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.acceptor.port()
    }

    /// `redis://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port())
    }

    /// What it was asked, in the order it came: the name in upper case, and the arguments.
    pub fn commands(&self) -> Vec<Vec<String>> {
        lock(&self.stage.commands).clone()
    }

    /// How often it was asked something that begins with these words, e.g. "CONFIG GET", in any case.
    pub fn asked(&self, words: &str) -> usize {
        let words: Vec<&str> = words.split_whitespace().collect();
        let begins = |command: &&Vec<String>| {
            command.len() >= words.len()
                && command.iter().zip(&words).all(|(said, word)| said.eq_ignore_ascii_case(word))
        };
        lock(&self.stage.commands).iter().filter(begins).count()
    }

    /// Forgets what it was asked.
    pub fn clear(&self) {
        lock(&self.stage.commands).clear();
    }
}

impl Connection for TcpStream {
    fn cut(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

struct Stage {
    options: Options,
    info: Mutex<Vec<u8>>,
    commands: Mutex<Vec<Vec<String>>>,
}

impl Stage {
    /// Answers until the client has no more to say, or says what is no command.
    fn serve(&self, mut client: &TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut heard = Vec::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            match client.read(&mut chunk)? {
                0 => return Ok(()),
                length => heard.extend_from_slice(&chunk[..length]),
            }
            let mut replies = Vec::new();
            while let Some((args, length)) = resp::first_command(&heard) {
                heard.drain(..length);
                let words = resp::words(&args);
                lock(&self.commands).push(words.clone());
                replies.extend(self.reply(&words));
            }
            client.write_all(&replies)?;
            if heard.first().is_some_and(|&first| first != b'*') {
                return client.write_all(&error("ERR Protocol error: commands are arrays here"));
            }
        }
    }

    fn reply(&self, words: &[String]) -> Vec<u8> {
        let second = words.get(1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        match (words.first().map_or("", String::as_str), second.as_str()) {
            ("INFO", _) => self.info(words.len() > 1),
            ("CONFIG", "GET") => self.config(&words[2..]),
            ("PING", _) => b"+PONG\r\n".to_vec(),
            ("CLIENT", "LIST") => self.clients(),
            ("AUTH" | "SELECT" | "CLIENT", _) => OK.to_vec(),
            ("SLOWLOG", "LEN") => b":0\r\n".to_vec(),
            ("SLOWLOG", "GET") => b"*0\r\n".to_vec(),
            (name, _) => error(&format!("ERR unknown command '{name}'")),
        }
    }

    fn info(&self, argument: bool) -> Vec<u8> {
        match &self.options.info_error {
            Some(text) => error(text),
            None if argument && self.options.arguments_refused => error("ERR syntax error"),
            None => bulk(&lock(&self.info)),
        }
    }

    fn clients(&self) -> Vec<u8> {
        match &self.options.clients {
            Some(text) => bulk(text.as_bytes()),
            None => error("ERR unknown subcommand 'LIST'"),
        }
    }

    fn config(&self, patterns: &[String]) -> Vec<u8> {
        let pairs = match &self.options.config {
            Config::Pairs(pairs) => pairs,
            Config::Error(text) => return error(text),
        };
        let found = pairs.iter().filter(|(name, _)| patterns.iter().any(|pattern| matches(pattern, name)));
        resp::encode(&found.flat_map(|(name, value)| [name, value]).collect::<Vec<_>>())
    }
}

fn bulk(text: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", text.len()).as_bytes(), text, b"\r\n"].concat()
}

/// Of patterns, only a star at the end is known.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

fn error(text: &str) -> Vec<u8> {
    format!("-{text}\r\n").into_bytes()
}
