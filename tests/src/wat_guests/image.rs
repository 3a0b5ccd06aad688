//! What lies ready in a guest's memory: records of the contract, as the component model lays them out.

use std::collections::HashMap;

use super::{Guest, Sample, ZEROS};

/// Where it begins: a place that is zero by mistake shall not be one of ours.
const BASE: u32 = 1024;

/// Bytes of the guest's memory from [`BASE`] on.
#[derive(Default)]
pub(super) struct Image {
    bytes: Vec<u8>,
    /// Places of texts.
    known: HashMap<Vec<u8>, u32>,
}

/// Place and length.
type Slice = [u32; 2];

const EMPTY: Slice = [0, 0];

impl Image {
    fn put(&mut self, bytes: &[u8]) -> u32 {
        // Aligned for everything.
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let place = BASE + self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        place
    }

    fn words(&mut self, words: &[u32]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(&bytes)
    }

    fn text(&mut self, text: &[u8]) -> Slice {
        let place = match self.known.get(text) {
            Some(place) => *place,
            None => self.put(text),
        };
        self.known.insert(text.to_vec(), place);
        [place, text.len() as u32]
    }

    fn texts(&mut self, texts: &[Slice]) -> Slice {
        [self.words(texts.as_flattened()), texts.len() as u32]
    }

    pub(super) fn description(&mut self, name: &str) -> u32 {
        let [name, version, summary] = [name, "0.1.0", "Misbehaves, for tests."].map(|text| self.text(text.as_bytes()));
        self.words([name, version, summary, EMPTY, EMPTY].as_flattened())
    }

    /// `ok` of a plan.
    pub(super) fn plan(&mut self, guest: &Guest<'_>) -> u32 {
        let ran = format!("{}_ran", guest.name.replace('-', "_"));
        let label = self.text(b"a");
        let labels = self.texts(&[label]);
        let mut families = self.family(&ran, EMPTY);
        for name in guest.families {
            families.extend(self.family(name, labels));
        }
        let families = match guest.families_claimed {
            Some(count) => [ZEROS, count],
            None => [self.words(&families), 1 + guest.families.len() as u32],
        };
        let scope = self.text(b"node");
        let plan = [families, EMPTY, EMPTY, EMPTY, EMPTY, scope, EMPTY, EMPTY, EMPTY];
        self.words(&[&[0], plan.as_flattened()].concat())
    }

    fn family(&mut self, name: &str, labels: Slice) -> Vec<u32> {
        const GAUGE: u32 = 1;
        let (name, help) = (self.text(name.as_bytes()), self.text(b"For tests."));
        [name, help, EMPTY, [GAUGE, labels[0]]].as_flattened().iter().copied().chain([labels[1]]).collect()
    }

    /// The report of a guest that misbehaves.
    pub(super) fn told(&mut self, guest: &Guest<'_>) -> u32 {
        let mut samples = vec![Sample::new(0, &[], 1.0)];
        samples.extend(guest.samples.iter().cloned());
        self.report(&samples, guest.samples_claimed)
    }

    /// `ok` of a report.
    pub(super) fn report(&mut self, samples: &[Sample], claimed: Option<u32>) -> u32 {
        let mut words = Vec::new();
        for Sample { family, values, length, value } in samples {
            let texts: Vec<Slice> = values.iter().map(|value| self.text(value)).collect();
            let texts: Vec<Slice> = texts.iter().map(|[place, own]| [*place, length.unwrap_or(*own)]).collect();
            let values = self.texts(&texts);
            let bits = value.to_bits();
            words.extend([*family, values[0], values[1], 0, bits as u32, (bits >> 32) as u32]);
        }
        let samples = match claimed {
            Some(count) => [ZEROS, count],
            None => [self.words(&words), samples.len() as u32],
        };
        let (partial, state) = ([0], [0, 0, 0]);
        let lists = [samples, EMPTY, EMPTY, EMPTY, EMPTY];
        self.words(&[&[0], lists.as_flattened(), &partial, &state, &EMPTY].concat())
    }

    /// The segment that puts it into the memory, and the first place behind it.
    pub(super) fn end(self) -> (String, u32) {
        let escaped: String = self.bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let end = (BASE + self.bytes.len() as u32).next_multiple_of(8);
        (format!("(data (i32.const {BASE}) \"{escaped}\")"), end)
    }
}
