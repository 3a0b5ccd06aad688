//! What a sentinel says of one master, replica or other sentinel: a map of texts.

use std::borrow::Cow;

use redwasp_sdk::{Reply, number};

/// The fields of an instance.
pub(crate) struct Instance<'r, 'a>(Vec<(&'r Reply<'a>, &'r Reply<'a>)>);

impl<'r, 'a> Instance<'r, 'a> {
    /// None when it is no map.
    pub(crate) fn read(reply: &'r Reply<'a>) -> Option<Instance<'r, 'a>> {
        reply.entries().ok().map(Instance)
    }

    pub(crate) fn bytes(&self, field: &str) -> Option<&'a [u8]> {
        let is_it = |(name, _): &&(&Reply<'a>, &Reply<'a>)| name.bytes() == Ok(field.as_bytes());
        self.0.iter().find(is_it).and_then(|(_, value)| value.bytes().ok())
    }

    pub(crate) fn text(&self, field: &str) -> Option<Cow<'a, str>> {
        self.bytes(field).map(redwasp_sdk::label::text)
    }

    /// 0 for what is no number, and for what is not told.
    pub(crate) fn number(&self, field: &str) -> f64 {
        self.text(field).and_then(|value| number::float(&value)).unwrap_or_default()
    }

    /// Whether its flags are told, and neither this sentinel nor several hold it to be down.
    pub(crate) fn is_ok(&self) -> bool {
        self.text("flags").is_some_and(|flags| !flags.contains("s_down") && !flags.contains("o_down"))
    }
}
