import assert from "node:assert/strict";
import { test } from "node:test";

import { TextDecoder as OwnDecoder, TextEncoder as OwnEncoder } from "../lib/text.js";
import * as label from "../lib/label.js";
import { decode, encode, fromLatin1, latin1 } from "../lib/utf8.js";
import { wellFormed } from "../lib/values.js";

const replaced = (bytes) => decode(bytes, () => "\ufffd");

test("every code point is written and read as others do it", () => {
  const encoder = new TextEncoder();
  for (let begin = 0; begin < 0x110000; begin += 0x100) {
    const codes = Array.from({ length: 0x100 }, (_, place) => begin + place);
    const text = String.fromCodePoint(...codes);
    const bytes = encoder.encode(text);
    assert.deepEqual(encode(text), bytes);
    assert.equal(replaced(bytes), new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  }
});

test("what is not UTF-8 is replaced as others do it", () => {
  const pieces = [0x61, 0x80, 0xbf, 0xc0, 0xc3, 0xa4, 0xe0, 0x9f, 0xa0, 0xed, 0xef, 0xf0, 0x8f, 0x90, 0xf4, 0xf5, 0xff];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const a of pieces)
    for (const b of pieces)
      for (const c of pieces)
        for (const d of pieces) {
          const bytes = Uint8Array.of(a, b, c, d, 0x7a);
          assert.equal(replaced(bytes), decoder.decode(bytes), bytes.join(" "));
        }
});

test("long texts are whole", () => {
  const text = "a".repeat(5000) + "ß";
  assert.equal(replaced(encode(text)), text);
  assert.equal(latin1(fromLatin1("\xff".repeat(5000))), "\xff".repeat(5000));
});

test("labels show bytes that are not UTF-8", () => {
  assert.equal(label.text(Uint8Array.of(0x61, 0xff, 0, 0xc3, 0x7a)), "a\\xff\0\\xc3z");
  assert.equal(label.text(new TextEncoder().encode("schlüssel")), "schlüssel");
});

test("the beginning of a label ends with a whole character", () => {
  const bytes = (text) => new TextEncoder().encode(text);
  for (const [text, expected] of [["aäb", "a"], ["äa", "ä"], ["ab", "ab"], ["abc", "ab"], ["", ""], ["a\u{1f600}", "a"]])
    assert.deepEqual(label.begin(bytes(text), 2), bytes(expected), text);
  for (const odd of [[0xff, 0xff, 0x61], [0xff, 0xc3, 0xa4], [0x61, 0x80, 0x61]])
    assert.deepEqual(label.begin(Uint8Array.from(odd), 2), Uint8Array.from(odd.slice(0, 2)));
  assert.deepEqual(label.begin(bytes("ab\u{1f600}").subarray(1), 4), bytes("b"));
});

test("half a surrogate pair has no UTF-8", () => {
  assert.equal(wellFormed("a\ud800b\udc00c\ud83d\ude00", ""), "a\ufffdb\ufffdc\ud83d\ude00");
  assert.deepEqual(encode("\ud800"), new TextEncoder().encode("\ud800"));
  assert.throws(
    () => wellFormed(5, "the label a of b"),
    /^TypeError: the label a of b: expected a string, found a number$/,
  );
});

test("the encoder and decoder of components are those of the standard", () => {
  assert.deepEqual(new OwnEncoder().encode("ä"), new TextEncoder().encode("ä"));
  const target = new Uint8Array(4);
  assert.deepEqual(new OwnEncoder().encodeInto("a\u{1f600}b", target), { read: 1, written: 1 });
  const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff);
  assert.equal(new OwnDecoder().decode(bytes), "a\ufffd");
  assert.equal(new OwnDecoder("utf8", { ignoreBOM: true }).decode(bytes.buffer), "\ufeffa\ufffd");
  assert.equal(new OwnDecoder().decode(new DataView(bytes.buffer, 3, 1)), "a");
  assert.throws(() => new OwnDecoder("utf-8", { fatal: true }).decode(bytes), TypeError);
  assert.throws(() => new OwnDecoder("latin1"), RangeError);
  assert.equal(new OwnDecoder().decode(), "");
});
