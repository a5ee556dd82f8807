/**
 * C2SP cosignature/v1 (type 0x04): a timestamped Ed25519 signature over a whole checkpoint text, under rule R1. Which
 * checkpoints may be cosigned is for cosigner-rule.ts.
 */
import type { Crypto, Signer } from '../crypto/crypto.js';
import { invariant } from '../assert.js';
import { Reader } from '../codec/reader.js';
import { Writer } from '../codec/writer.js';
import { SIGNATURE_BYTES } from '../ids.js';
import { utf8 } from './text.js';

/** Latest time a cosignature may bear, in unix seconds. */
export const COSIGNATURE_TIME_MAX = 0x7fff_ffff_ffff_ffffn;
/** What a 0x04 signature line holds after the key id: u64 time || Ed25519 signature. */
export const COSIGNATURE_BYTES = 8 + SIGNATURE_BYTES;

/**
 * Cosigns a checkpoint text and returns the 72 bytes of the signature line. The message does not name the cosigner, so
 * the key must be used for nothing else (tlog-cosignature).
 * @param time unix seconds.
 */
export function cosign(checkpointText: string, time: bigint, signer: Signer): Uint8Array {
  invariant(time >= 0n && time <= COSIGNATURE_TIME_MAX, `${time} is no time of a cosignature`);
  const signature = signer.sign(cosignatureMessage(utf8(checkpointText), time));
  return new Writer(COSIGNATURE_BYTES).u64(time).bytes(signature).finish();
}

/**
 * The time that the 72 bytes bear, in unix seconds, if they are a valid cosignature of the checkpoint; null otherwise.
 * @param checkpoint UTF-8 of the checkpoint text, its last line feed included.
 */
export function verifyCosignature(
  publicKey: Uint8Array,
  checkpoint: Uint8Array,
  cosignature: Uint8Array,
  crypto: Crypto,
): bigint | null {
  const reader = new Reader(cosignature);
  const time = reader.u64('time');
  const signature = reader.bytes(SIGNATURE_BYTES, 'signature');
  if (reader.finish() !== null || time > COSIGNATURE_TIME_MAX) return null;
  return crypto.verifyEd25519(publicKey, cosignatureMessage(checkpoint, time), signature) ? time : null;
}

/** The time in a cosignature of 72 bytes, without verifying it; null for another length or a time out of range. */
export function cosignatureTime(cosignature: Uint8Array): bigint | null {
  if (cosignature.length !== COSIGNATURE_BYTES) return null;
  const time = new Reader(cosignature).u64('time');
  return time <= COSIGNATURE_TIME_MAX ? time : null;
}

/** `cosignature/v1`, the time, and the whole text of the checkpoint. */
export function cosignatureMessage(checkpoint: Uint8Array, time: bigint): Uint8Array {
  const header = utf8(`cosignature/v1\ntime ${time}\n`);
  return new Writer(header.length + checkpoint.length).bytes(header).bytes(checkpoint).finish();
}
