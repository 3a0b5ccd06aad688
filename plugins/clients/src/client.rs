//! A line of CLIENT LIST.

/// What a client is told to be. Texts are as the server wrote them.
#[derive(Default)]
pub(crate) struct Client<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) name: &'a [u8],
    pub(crate) flags: &'a [u8],
    pub(crate) db: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) port: &'a [u8],
    /// Since Redis 6.0.
    pub(crate) user: Option<&'a [u8]>,
    /// Since Redis 7.0.
    pub(crate) resp: Option<&'a [u8]>,
    /// Since Redis 7.2, name and version.
    pub(crate) library: Option<[&'a [u8]; 2]>,
    /// Seconds since it connected.
    pub(crate) age: Option<i64>,
    /// Seconds since its last command.
    pub(crate) idle: Option<i64>,
    pub(crate) numbers: Numbers,
}

/// What there is of a client in numbers; none when it is not told.
#[derive(Default)]
pub(crate) struct Numbers {
    pub(crate) sub: Option<i64>,
    pub(crate) psub: Option<i64>,
    pub(crate) ssub: Option<i64>,
    pub(crate) watch: Option<i64>,
    pub(crate) qbuf: Option<i64>,
    pub(crate) qbuf_free: Option<i64>,
    pub(crate) obl: Option<i64>,
    pub(crate) oll: Option<i64>,
    pub(crate) omem: Option<i64>,
    pub(crate) tot_mem: Option<i64>,
}

/// The name of a field as a number, of its last eight letters: lines are long and many, and numbers are compared at once.
const fn key(name: &[u8]) -> u64 {
    let (mut key, mut place) = (0, 0);
    while place < name.len() {
        key = key << 8 | name[place] as u64;
        place += 1;
    }
    key
}

const ID: u64 = key(b"id");
const ADDR: u64 = key(b"addr");
const NAME: u64 = key(b"name");
const AGE: u64 = key(b"age");
const IDLE: u64 = key(b"idle");
const FLAGS: u64 = key(b"flags");
const DB: u64 = key(b"db");
const USER: u64 = key(b"user");
const RESP: u64 = key(b"resp");
const LIB_NAME: u64 = key(b"lib-name");
const LIB_VER: u64 = key(b"lib-ver");
const SUB: u64 = key(b"sub");
const PSUB: u64 = key(b"psub");
const SSUB: u64 = key(b"ssub");
const WATCH: u64 = key(b"watch");
const QBUF: u64 = key(b"qbuf");
const QBUF_FREE: u64 = key(b"qbuf-free");
const OBL: u64 = key(b"obl");
const OLL: u64 = key(b"oll");
const OMEM: u64 = key(b"omem");
const TOT_MEM: u64 = key(b"tot-mem");

/// Letters of the longest name that counts.
const LONGEST: usize = b"qbuf-free".len();

impl<'a> Client<'a> {
    /// Reads a line. None for one that tells no client: without a number or an address.
    pub(crate) fn read(line: &'a [u8]) -> Option<Client<'a>> {
        let mut client = Client::default();
        let mut rest = line.trim_ascii_end();
        while !rest.is_empty() {
            let (mut name, mut length) = (0, 0);
            while length < rest.len() && rest[length] != b'=' && rest[length] != b' ' {
                name = name << 8 | u64::from(rest[length]);
                length += 1;
            }
            let is_field = length < rest.len() && rest[length] == b'=';
            let mut end = length;
            while end < rest.len() && rest[end] != b' ' {
                end += 1;
            }
            if is_field && length <= LONGEST {
                client.note(name, &rest[length + 1..end]);
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        let is_number = !client.id.is_empty() && client.id.iter().all(u8::is_ascii_digit);
        (is_number && !client.port.is_empty()).then_some(client)
    }

    fn note(&mut self, name: u64, value: &'a [u8]) {
        match name {
            ID => self.id = value,
            ADDR => {
                let colon = value.iter().rposition(|&byte| byte == b':');
                (self.host, self.port) =
                    colon.map_or((&[][..], &[][..]), |colon| (&value[..colon], &value[colon + 1..]));
            }
            NAME => self.name = value,
            FLAGS => self.flags = value,
            DB => self.db = value,
            USER => self.user = Some(value),
            RESP => self.resp = Some(value),
            LIB_NAME => self.library.get_or_insert_default()[0] = value,
            LIB_VER => self.library.get_or_insert_default()[1] = value,
            AGE => self.age = number(value),
            IDLE => self.idle = number(value),
            SUB => self.numbers.sub = number(value),
            PSUB => self.numbers.psub = number(value),
            SSUB => self.numbers.ssub = number(value),
            WATCH => self.numbers.watch = number(value),
            QBUF => self.numbers.qbuf = number(value),
            QBUF_FREE => self.numbers.qbuf_free = number(value),
            OBL => self.numbers.obl = number(value),
            OLL => self.numbers.oll = number(value),
            OMEM => self.numbers.omem = number(value),
            TOT_MEM => self.numbers.tot_mem = number(value),
            _ => {}
        }
    }
}

fn number(value: &[u8]) -> Option<i64> {
    let (digits, sign) = value.strip_prefix(b"-").map_or((value, 1), |digits| (digits, -1));
    let digit = |sum: i64, byte: &u8| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    };
    (!digits.is_empty()).then(|| digits.iter().try_fold(0, digit)).flatten().map(|number| number * sign)
}
