/** The few forms of DER (X.690) that a certificate is written in. Each answers with the complete encoding. */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;
/** Class bits of a tag whose meaning its place gives, and the bit of one that has parts. */
const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;

/** @param content the parts, one after the other. */
function tagged(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 0x80 ? [body.length] : longLength(body.length);
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function longLength(length: number): number[] {
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return tagged(TAG.sequence, ...items);
}

export function set(...items: readonly Uint8Array[]): Buffer {
  return tagged(TAG.set, ...items);
}

/** A whole number from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const least = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  // The first bit is a sign.
  return (least[0] ?? 0) >= 0x80 ? tagged(TAG.integer, Uint8Array.of(0), least) : tagged(TAG.integer, least);
}

export function boolean(value: boolean): Buffer {
  return tagged(TAG.boolean, Uint8Array.of(value ? 0xff : 0));
}

/** @param unused bits at the end that do not count. */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return tagged(TAG.bitString, Uint8Array.of(unused), bytes);
}

export function octetString(bytes: Uint8Array): Buffer {
  return tagged(TAG.octetString, bytes);
}

export function utf8String(text: string): Buffer {
  return tagged(TAG.utf8String, Buffer.from(text, 'utf8'));
}

/** @param dotted `2.5.29.17` */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(TAG.objectIdentifier, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80);
  return digits;
}

/** A time in whole seconds, in the form that its year asks for (RFC 5280 section 4.1.2.5). */
export function time(unixMs: number): Buffer {
  const digits = `${new Date(unixMs).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  const isLate = Number(digits.slice(0, 4)) >= 2050;
  return isLate
    ? tagged(TAG.generalizedTime, Buffer.from(digits, 'ascii'))
    : tagged(TAG.utcTime, Buffer.from(digits.slice(2), 'ascii'));
}

/** Field `number` of a structure, holding complete encodings. */
export function field(number: number, ...items: readonly Uint8Array[]): Buffer {
  return tagged(CONTEXT | CONSTRUCTED | number, ...items);
}

/** Field `number` of a structure, holding bytes in place of the encoding that its type would have. */
export function plainField(number: number, bytes: Uint8Array): Buffer {
  return tagged(CONTEXT | number, bytes);
}
