/**
 * Where the samples of batches are kept: on the ledger stands only their root. A blob holds samples and seed, so it is as
 * secret as the samples are; whoever has it can prove each of them. `directoryBlobStore` of `@tangle/sdk/node` survives
 * the process; object stores and the like are an implementation of this interface away.
 */
import type { Crypto } from '@tangle/core/crypto';
import type { Transaction } from '@tangle/core/model';
import type { Batch } from '@tangle/core/proof';
import { toHex } from '@tangle/core/codec';
import { PAYLOAD_TYPE } from '@tangle/core/model';
import { decodeAnchor, openBatch } from '@tangle/core/proof';
import { asTangleError, TangleError } from './errors.js';

export interface BlobStore {
  /** Keeps the blob under the root of its batch, 64 hex digits. Resolves once it is as safe as this store makes it. */
  put(root: string, blob: Uint8Array): Promise<void>;
  /** The blob, or null where there is none. What it gives is checked against the root, whatever it is. */
  get(root: string): Promise<Uint8Array | null>;
}

/** A store that forgets everything with the process. */
export function memoryBlobStore(): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  return {
    put(root, blob) {
      blobs.set(root, new Uint8Array(blob));
      return Promise.resolve();
    },
    get: (root) => Promise.resolve(blobs.get(root) ?? null),
  };
}

/** Keeps a new batch's blob. Throws `blob-failed`. */
export async function keepBlob(batch: Batch, blobs: BlobStore): Promise<void> {
  const root = toHex(batch.anchor.root);
  try {
    await blobs.put(root, batch.blob);
  } catch (error) {
    throw asTangleError(error, 'blob-failed', `the blob of batch ${root} could not be kept`);
  }
}

/**
 * The batch that a transaction anchors, out of the store, every sample of it checked. Throws `no-anchor`,
 * `blob-unavailable` or `blob-does-not-match`.
 */
export async function loadBatch(transaction: Transaction, blobs: BlobStore, crypto: Crypto): Promise<Batch> {
  const { id, payloadType, payload } = transaction;
  const anchor = payloadType === PAYLOAD_TYPE.anchor ? decodeAnchor(payload) : null;
  if (anchor === null || !anchor.ok) {
    const reason = anchor === null ? `has payload type ${payloadType}` : `holds no anchor: ${anchor.reason.field}`;
    throw new TangleError('no-anchor', `transaction ${id} ${reason}`, { details: { id } });
  }
  const root = toHex(anchor.value.root);
  const blob = await getBlob(root, blobs);
  const batch = openBatch(anchor.value, blob, crypto);
  if (batch.ok) return batch.value;
  const { field, found, allowed } = batch.reason;
  throw new TangleError('blob-does-not-match', `the blob of batch ${root} does not match: ${field} is ${found}`, {
    details: { root, field, found, allowed },
  });
}

async function getBlob(root: string, blobs: BlobStore): Promise<Uint8Array> {
  let cause: unknown;
  try {
    const blob = await blobs.get(root);
    if (blob !== null) return blob;
  } catch (error) {
    cause = error;
  }
  throw new TangleError('blob-unavailable', `the blob of batch ${root} is unavailable`, { cause, details: { root } });
}
