/** UTF-8 and Latin-1 for an engine that has no TextEncoder and no TextDecoder. */

const CHUNK = 1024;
const ASCII = /^[\0-\x7f]*$/;

/**
 * Bytes as a string whose code points are the bytes.
 * @param {Uint8Array} bytes
 */
export function latin1(bytes) {
  if (bytes.length <= CHUNK) return String.fromCharCode.apply(null, bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + CHUNK));
  }
  return text;
}

/**
 * The bytes that a string of code points below 256 stands for.
 * @param {string} text
 */
export function fromLatin1(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/**
 * Text as UTF-8. Half of a surrogate pair becomes U+FFFD.
 * @param {string} text
 */
export function encode(text) {
  if (ASCII.test(text)) return fromLatin1(text);
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (const character of text) {
    let code = character.codePointAt(0);
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    if (code < 0x80) bytes[length++] = code;
    else {
      const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      bytes[length++] = (0xff00 >> more + 1) & 0xff | code >> (6 * more);
      for (let left = more - 1; left >= 0; left--) bytes[length++] = 0x80 | code >> (6 * left) & 0x3f;
    }
  }
  return bytes.slice(0, length);
}

/**
 * UTF-8 as text. What stands for a piece that is not UTF-8 `invalid` says.
 * @param {Uint8Array} bytes
 * @param {(piece: Uint8Array) => string} invalid
 */
export function decode(bytes, invalid) {
  const plain = latin1(bytes);
  if (ASCII.test(plain)) return plain;
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const size = sizeOf(bytes, at);
    if (size > 0) {
      text += size === 1 ? plain[at] : String.fromCodePoint(codePoint(bytes, at, size));
      at += size;
    } else {
      text += invalid(bytes.subarray(at, at - size));
      at -= size;
    }
  }
  return text;
}

/** How many bytes the character at this place has; less than 0: so many bytes that are the beginning of none. */
function sizeOf(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return -1;
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // The second byte decides about overlong forms, surrogates and what is beyond U+10FFFF.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let next = 1; next < size; next++) {
    const byte = bytes[at + next];
    const fits = next === 1 ? byte >= least && byte <= most : byte >= 0x80 && byte <= 0xbf;
    if (!fits) return -next;
  }
  return size;
}

function codePoint(bytes, at, size) {
  let code = bytes[at] & 0xff >> (size + 1);
  for (let next = 1; next < size; next++) code = code << 6 | bytes[at + next] & 0x3f;
  return code;
}
