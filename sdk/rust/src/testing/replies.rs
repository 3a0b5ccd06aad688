//! Replies as RESP3 bytes.

/// A bulk string.
pub fn bulk(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// A simple string, e.g. `OK`.
pub fn simple(text: &str) -> Vec<u8> {
    format!("+{text}\r\n").into()
}

/// An error reply: its code and its message, e.g. `WRONGTYPE not a set`.
pub fn error(text: &str) -> Vec<u8> {
    format!("-{text}\r\n").into()
}

/// An integer.
pub fn integer(integer: i64) -> Vec<u8> {
    format!(":{integer}\r\n").into()
}

/// A double. A server that speaks RESP2 gives a bulk string instead.
pub fn double(double: f64) -> Vec<u8> {
    match double {
        f64::INFINITY => b",inf\r\n".to_vec(),
        f64::NEG_INFINITY => b",-inf\r\n".to_vec(),
        double if double.is_nan() => b",nan\r\n".to_vec(),
        double => format!(",{double}\r\n").into(),
    }
}

/// A boolean. A server that speaks RESP2 gives an integer instead.
pub fn boolean(boolean: bool) -> Vec<u8> {
    if boolean { b"#t\r\n".to_vec() } else { b"#f\r\n".to_vec() }
}

/// Nothing: a key that is not there.
pub fn null() -> Vec<u8> {
    b"_\r\n".to_vec()
}

/// An array of replies.
pub fn array(elements: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    collection('*', elements)
}

/// A set of replies. A server that speaks RESP2 gives an array instead.
pub fn set(elements: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    collection('~', elements)
}

/// A map of replies. A server that speaks RESP2 gives a flat array instead.
pub fn map(pairs: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Vec<u8> {
    let pairs: Vec<Vec<u8>> = pairs.into_iter().map(|(key, value)| [key, value].concat()).collect();
    collection('%', pairs)
}

fn collection(kind: char, elements: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let elements: Vec<Vec<u8>> = elements.into_iter().collect();
    [format!("{kind}{}\r\n", elements.len()).into_bytes(), elements.concat()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reply;
    use crate::resp::decode;

    #[test]
    fn what_is_built_is_read() {
        let built = array([integer(-1), double(0.5), boolean(true), null(), simple("OK"), set([bulk(b"\xff")])]);
        let read = [
            Reply::Integer(-1),
            Reply::Double(0.5),
            Reply::Boolean(true),
            Reply::Null,
            Reply::Simple(b"OK"),
            Reply::Set(vec![Reply::Bulk(b"\xff")]),
        ];
        assert_eq!(decode(&built), Ok(Reply::Array(read.to_vec())));
        let built = map([(bulk("a"), double(f64::NEG_INFINITY))]);
        assert_eq!(decode(&built), Ok(Reply::Map(vec![(Reply::Bulk(b"a"), Reply::Double(f64::NEG_INFINITY))])));
        let Ok(Reply::Error(read)) = decode(b"-WRONGTYPE not a set\r\n") else { panic!("no error") };
        assert_eq!(
            (error("WRONGTYPE not a set"), read.code.as_str()),
            (b"-WRONGTYPE not a set\r\n".to_vec(), "WRONGTYPE")
        );
    }
}
