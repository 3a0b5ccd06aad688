//! FT._LIST and FT.INFO: the search indexes of RediSearch and valkey-search.

use redwasp_sdk::told::Told;
use redwasp_sdk::{CallError, Command, Failure, Family, Kind, Plan, Problem, Reply, Report, Request, ServerError};
use regex_lite::Regex;
use serde::{Deserialize, Serialize};

/// Indexes that are told.
const MOST_INDEXES: usize = 300;
/// Series of all of them.
pub(crate) const MOST_SERIES: usize = MOST_INDEXES * FIELDS.len();

/// FT.INFO counts in units of 2^20 bytes.
const MIB: f64 = 1_048_576.0;

/// A number that FT.INFO tells.
struct Field {
    /// As FT.INFO spells it.
    field: &'static str,
    /// Metric name without namespace.
    name: &'static str,
    help: &'static str,
    kind: Kind,
    /// What the value is multiplied with to get base units.
    unit: f64,
}

const fn gauge(field: &'static str, name: &'static str, help: &'static str) -> Field {
    Field { field, name, help, kind: Kind::Gauge, unit: 1.0 }
}

const fn size(field: &'static str, name: &'static str, help: &'static str) -> Field {
    Field { unit: MIB, ..gauge(field, name, help) }
}

#[rustfmt::skip]
const FIELDS: [Field; 24] = [
    gauge("num_docs", "search_index_num_docs", "Documents in the index (num_docs)."),
    gauge("max_doc_id", "search_index_max_doc_id", "Largest number that a document was given in the index (max_doc_id)."),
    gauge("num_terms", "search_index_num_terms", "Different terms in the index (num_terms)."),
    gauge("num_records", "search_index_num_records", "Records of the inverted index (num_records)."),
    size("inverted_sz_mb", "search_index_inverted_size_bytes", "Bytes of the inverted index (inverted_sz_mb)."),
    gauge("total_inverted_index_blocks", "search_index_total_inverted_index_blocks", "Blocks of all inverted indexes of the server (total_inverted_index_blocks)."),
    size("vector_index_sz_mb", "search_index_vector_index_size_bytes", "Bytes of the index of vectors (vector_index_sz_mb)."),
    size("offset_vectors_sz_mb", "search_index_offset_vectors_size_bytes", "Bytes of the places of terms in documents (offset_vectors_sz_mb)."),
    size("doc_table_size_mb", "search_index_doc_table_size_bytes", "Bytes of the table of documents (doc_table_size_mb)."),
    size("sortable_values_size_mb", "search_index_sortable_values_size_bytes", "Bytes of the values that can be sorted by (sortable_values_size_mb)."),
    size("key_table_size_mb", "search_index_key_table_size_bytes", "Bytes of the table of documents' keys (key_table_size_mb)."),
    size("tag_overhead_sz_mb", "search_index_tag_overhead_size_bytes", "Bytes that tags cost beside their inverted index (tag_overhead_sz_mb)."),
    size("text_overhead_sz_mb", "search_index_text_overhead_size_bytes", "Bytes that texts cost beside their inverted index (text_overhead_sz_mb)."),
    size("total_index_memory_sz_mb", "search_index_total_index_memory_size_bytes", "Bytes of the whole index (total_index_memory_sz_mb)."),
    size("geoshapes_sz_mb", "search_index_geoshapes_size_bytes", "Bytes of the index of shapes (geoshapes_sz_mb)."),
    gauge("records_per_doc_avg", "search_index_avg_per_doc_records", "Records for each document, on average; NaN without a document (records_per_doc_avg)."),
    gauge("bytes_per_record_avg", "search_index_avg_per_record_bytes", "Bytes of a record, on average; NaN without a record (bytes_per_record_avg)."),
    gauge("offsets_per_term_avg", "search_index_avg_per_term_offsets", "Places of a term, on average; NaN without a record (offsets_per_term_avg)."),
    gauge("offset_bits_per_record_avg", "search_index_avg_per_record_offset_bits", "Bits of a place, on average; NaN without one (offset_bits_per_record_avg)."),
    gauge("indexing", "search_index_indexing", "1 while documents that were there before the index are taken into it (indexing)."),
    gauge("percent_indexed", "search_index_percent_indexed", "Part of these documents that is in the index, 0 to 1 (percent_indexed)."),
    gauge("hash_indexing_failures", "search_index_hash_indexing_failures", "Documents that could not be taken into the index (hash_indexing_failures)."),
    Field { kind: Kind::Counter, ..gauge("number_of_uses", "search_index_number_of_uses_total", "Commands that used the index, each FT.INFO among them (number_of_uses).") },
    gauge("cleaning", "search_index_cleaning", "1 while the index is removed (cleaning)."),
];

/// What is told of search indexes.
#[derive(Serialize, Deserialize)]
pub(crate) struct Indexes {
    /// A regular expression that compiles.
    pattern: String,
    /// In the order of [`FIELDS`].
    families: Vec<Family<1>>,
}

impl Indexes {
    /// # Errors
    /// Why the pattern is none.
    pub(crate) fn declare(pattern: String, plan: &mut Plan) -> Result<Indexes, Vec<Problem>> {
        compiled(&pattern)?;
        plan.ask(&["FT._LIST", "FT.INFO"], &[], &[]);
        let family = |field: &Field| plan.family(field.kind, field.name, field.help, ["index_name"]);
        Ok(Indexes { pattern, families: FIELDS.iter().map(family).collect() })
    }

    /// Two round trips: which indexes there are, and what each is like.
    pub(crate) fn read(&self, request: &Request<'_>, report: &mut Report, told: &mut Told) {
        let names = match self.names(request) {
            Ok(names) => names,
            Err(failure) => return told.missing("FT._LIST", "FT._LIST", &failure, report),
        };
        if names.len() > MOST_INDEXES {
            let text = format!("{} search indexes match: the first {MOST_INDEXES} are told", names.len());
            told.tell("indexes", &text, report);
        }
        let names = &names[..names.len().min(MOST_INDEXES)];
        if names.is_empty() {
            return;
        }
        let commands: Vec<_> = names.iter().map(|name| Command::new("FT.INFO").arg(name)).collect();
        let replies = match request.pipeline(&commands) {
            Ok(replies) => replies,
            Err(failure) => return told.missing("FT.INFO", "FT.INFO", &failure, report),
        };
        for (place, name) in names.iter().enumerate() {
            match replies.reply(place).and_then(|reply| self.index(name, &reply, report)) {
                Err(Failure::Redis(CallError::Server(error))) if is_gone(&error) => {}
                Err(failure) => told.missing("FT.INFO", "FT.INFO", &failure, report),
                Ok(()) => {}
            }
        }
    }

    /// The names that match.
    fn names(&self, request: &Request<'_>) -> Result<Vec<Vec<u8>>, Failure> {
        let pattern = compiled(&self.pattern).map_err(|_| Failure::Other("the pattern is none".to_owned()))?;
        let replies = request.pipeline(&[Command::new("FT._LIST")])?;
        let list = replies.reply(0)?;
        let names = list.elements()?.iter().map(Reply::bytes).collect::<Result<Vec<_>, _>>()?;
        let is_wanted = |name: &&[u8]| pattern.is_match(&redwasp_sdk::label::text(name));
        Ok(names.into_iter().filter(is_wanted).map(<[u8]>::to_vec).collect())
    }

    /// A number that FT.INFO does not tell is 0, as redis_exporter has it.
    fn index(&self, name: &[u8], reply: &Reply<'_>, report: &mut Report) -> Result<(), Failure> {
        let entries = reply.entries()?;
        let find = |field: &str| {
            entries.iter().find(|(known, _)| known.bytes() == Ok(field.as_bytes())).map(|(_, value)| *value)
        };
        let name = find("index_name").and_then(|name| name.bytes().ok()).unwrap_or(name);
        let name = redwasp_sdk::label::text(name);
        for (field, family) in FIELDS.iter().zip(&self.families) {
            match find(field.field).map(Reply::number) {
                None => report.set(*family, [&name], 0.0),
                Some(Ok(value)) => report.set(*family, [&name], value * field.unit),
                Some(Err(_)) => {}
            }
        }
        Ok(())
    }
}

fn compiled(pattern: &str) -> Result<Regex, Vec<Problem>> {
    Regex::new(pattern).map_err(|error| {
        let message = format!("{pattern:?} is no regular expression: {error}");
        vec![Problem { pointer: "/index_pattern".to_owned(), message }]
    })
}

/// Whether the server says that there is no index of that name: it was there a moment ago. Each release says so in its own
/// words.
fn is_gone(error: &ServerError) -> bool {
    let text = format!("{} {}", error.code, error.message).to_ascii_lowercase();
    ["unknown index", "no such index", "not found"].iter().any(|words| text.contains(words))
}
