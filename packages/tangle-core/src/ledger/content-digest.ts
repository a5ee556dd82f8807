/**
 * What tells a re-sent reading from an equivocation (PROTOCOL 7): of every number in the replay window the state keeps
 * 8 bytes of a hash of what was signed under it, the parents left out. 8 bytes are enough. An honest device never has
 * two contents; a device that searches for two with one prefix (2^32 steps) only hides its own second transaction from
 * the flag: it is rejected all the same, and both stay in the log.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { Transaction } from '../model/transaction.js';
import { Writer } from '../codec/writer.js';
import { taggedHash } from '../crypto/hash.js';
import { CONTENT_DOMAIN } from './state-keys.js';
import { BLOCK_NUMBERS, slotOf, type ReplayWindow } from './replay-window.js';

const DIGEST_BYTES = 8;
/** Value of a block: one digest a number, zeros where the window holds none. */
export const BLOCK_BYTES = BLOCK_NUMBERS * DIGEST_BYTES;

/** Issuer, sequence, timestamp, payload type and payload: with other parents alone it is the same content. */
export function contentDigest(crypto: Crypto, transaction: Transaction): Uint8Array {
  const head = new Writer(1 + transaction.issuer.length / 2 + 8 + 8 + 2)
    .u8(CONTENT_DOMAIN)
    .hex(transaction.issuer)
    .u64(transaction.sequence)
    .u64(transaction.timestampMs)
    .u16(transaction.payloadType)
    .finish();
  return taggedHash(crypto, 'state', head, transaction.payload).slice(0, DIGEST_BYTES);
}

/** Whether the block holds this digest for the number. */
export function holdsDigest(block: Uint8Array, sequence: bigint, digest: Uint8Array): boolean {
  const offset = offsetOf(sequence);
  return digest.every((byte, index) => byte === block[offset + index]);
}

/** Writes the number's digest into the block. */
export function putDigest(block: Uint8Array, sequence: bigint, digest: Uint8Array): void {
  block.set(digest, offsetOf(sequence));
}

/** A copy of block number `index` with only the digests of used numbers, or undefined where none is left. */
export function withoutUnused(block: Uint8Array, index: number, window: ReplayWindow): Uint8Array | undefined {
  const kept = new Uint8Array(BLOCK_BYTES);
  let numbers = 0;
  for (let place = 0; place < BLOCK_NUMBERS; place++) {
    if (!window.isSlotUsed(index * BLOCK_NUMBERS + place)) continue;
    const offset = place * DIGEST_BYTES;
    kept.set(block.subarray(offset, offset + DIGEST_BYTES), offset);
    numbers += 1;
  }
  return numbers === 0 ? undefined : kept;
}

function offsetOf(sequence: bigint): number {
  return (slotOf(sequence) % BLOCK_NUMBERS) * DIGEST_BYTES;
}
