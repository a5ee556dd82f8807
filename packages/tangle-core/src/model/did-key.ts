/**
 * Device ids: a signature suite and a public key, written as did:key for people (W3C did:key: multibase `z`, base58btc,
 * multicodec ed25519-pub) and as `issuer`, hex of suite || key, in Map keys and ledger state. Both forms are one to one.
 */
import type { Refusal } from '../codec/reasons.js';
import type { DeviceId } from '../ids.js';
import type { Result } from '../result.js';
import { invariant, present } from '../assert.js';
import { fromHex, toHex } from '../codec/hex.js';
import { excerpt } from '../codec/reasons.js';
import { KEY_BYTES } from '../ids.js';
import { fail, ok } from '../result.js';
import { SUITE_ED25519 } from '../ids.js';

const PREFIX = 'did:key:z';
/** Multicodec ed25519-pub (0xed) as a varint. */
const MULTICODEC_ED25519 = [0xed, 0x01] as const;
const DECODED_BYTES = MULTICODEC_ED25519.length + KEY_BYTES;
/** base58btc of 34 bytes that start with 0xed01 always has 47 digits. */
const ENCODED_DIGITS = 47;
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const DIGIT_OF = new Map(Array.from(ALPHABET, (character, digit) => [character, digit]));

/** A device id taken apart. */
export interface DeviceKey {
  readonly deviceId: DeviceId;
  readonly suite: number;
  /** Public key, 32 bytes for suite 1. */
  readonly key: Uint8Array;
  /** Hex of suite || key. */
  readonly issuer: string;
}

/** `did:key:z6Mk...` of an Ed25519 public key. Throws InvariantError on another suite or length. */
export function deviceIdOf(suite: number, key: Uint8Array): DeviceId {
  invariant(suite === SUITE_ED25519, () => `suite ${suite} has no did:key form yet`);
  invariant(key.length === KEY_BYTES, () => `a public key has ${KEY_BYTES} bytes, not ${key.length}`);
  const bytes = new Uint8Array(DECODED_BYTES);
  bytes.set(MULTICODEC_ED25519);
  bytes.set(key, MULTICODEC_ED25519.length);
  return `${PREFIX}${encodeBase58(bytes)}` as DeviceId;
}

/**
 * Takes a stranger's text apart. Refuses with `malformed` whatever is not exactly the did:key of 32 bytes; whether the
 * key is admissible (PROTOCOL 8, R2) is for `checkKey`.
 */
export function parseDeviceId(text: string, field = 'device id'): Result<DeviceKey, Refusal<'malformed'>> {
  const bytes =
    text.length === PREFIX.length + ENCODED_DIGITS && text.startsWith(PREFIX)
      ? decodeBase58(text.slice(PREFIX.length), DECODED_BYTES)
      : null;
  if (bytes === null || !MULTICODEC_ED25519.every((byte, index) => bytes[index] === byte)) {
    return fail({ code: 'malformed', field, found: excerpt(text), allowed: 'did:key:z6Mk..., an Ed25519 key' });
  }
  const key = bytes.slice(MULTICODEC_ED25519.length);
  return ok({ deviceId: text as DeviceId, suite: SUITE_ED25519, key, issuer: issuerOf(SUITE_ED25519, key) });
}

/** Hex of suite || key: the issuer as it stands in transactions and state. */
export function issuerOf(suite: number, key: Uint8Array): string {
  return toHex(Uint8Array.of(suite)) + toHex(key);
}

/** The issuer of a device id that was checked before. Throws InvariantError on text that is none. */
export function issuerOfDevice(deviceId: DeviceId): string {
  const parsed = parseDeviceId(deviceId);
  invariant(parsed.ok, () => `${deviceId} is no device id`);
  return parsed.value.issuer;
}

/** The device id of an issuer that was decoded before. Throws InvariantError on text that is none. */
export function deviceIdOfIssuer(issuer: string): DeviceId {
  const bytes = fromHex(issuer);
  return deviceIdOf(present(bytes[0], 'an issuer starts with its suite'), bytes.subarray(1));
}

/** Bytes without leading zeros, so no leading `1` is ever needed. */
function encodeBase58(bytes: Uint8Array): string {
  let text = '';
  for (let value = BigInt(`0x${toHex(bytes)}`); value > 0n; value /= 58n) {
    text = present(ALPHABET[Number(value % 58n)], 'a remainder of 58 is a digit') + text;
  }
  return text;
}

/** The number the digits write, in exactly `size` bytes, or null. The caller bounds the length: the work is quadratic. */
function decodeBase58(text: string, size: number): Uint8Array | null {
  let value = 0n;
  for (const character of text) {
    const digit = DIGIT_OF.get(character);
    if (digit === undefined) return null;
    value = value * 58n + BigInt(digit);
  }
  const hex = value.toString(16).padStart(size * 2, '0');
  return hex.length === size * 2 ? fromHex(hex) : null;
}
