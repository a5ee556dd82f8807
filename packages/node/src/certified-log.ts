/**
 * The log of a running node as the API serves it: the replica says how far it is certified, the store has the leaves and
 * tiles. What is answered is cut at the newest certified head that was durable when the question came.
 */
import type { Crypto, Signer } from '@tangle/core/crypto';
import type { DeviceId, TransactionId, UnixMs, ValidatorIndex } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { LogNode, LogRangeView, ProofAnswer } from './api/index.js';
import type { Replica } from './replica/index.js';
import type { LevelStore } from './store/index.js';
import { present } from '@tangle/core/assert';
import {
  checkpointNote,
  consistencyPath,
  leastCosignatures,
  networkKeys,
  signLog,
  type CertifiedHead,
  type NetworkKeys,
  type TileResource,
} from '@tangle/core/log';
import { issuerOfDevice } from '@tangle/core/model';
import { createProof } from '@tangle/core/proof';

/** Signs as the log. */
export interface LogSigner {
  readonly index: ValidatorIndex;
  readonly signer: Signer;
}

export interface CertifiedLogOptions {
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  readonly store: LevelStore;
  /** The validator's index and log key; null for an observer, who serves what a validator has signed as the log. */
  readonly signer: LogSigner | null;
  /** The replica, once everything that it has taken in is durable. */
  readonly settled: () => Promise<Pick<Replica, 'served'>>;
}

/** A head and the notes made of it: a signature each, however often they are asked for. */
interface SignedHead {
  readonly head: CertifiedHead;
  readonly checkpoint: string;
  /** With no more cosignatures than a proof needs. */
  readonly brief: string;
}

export class CertifiedLog implements LogNode {
  readonly #options: CertifiedLogOptions;
  readonly #keys: NetworkKeys;
  #signed: SignedHead | null = null;

  constructor(options: CertifiedLogOptions) {
    this.#options = options;
    this.#keys = networkKeys(options.genesis, options.crypto);
  }

  async certified(): Promise<CertifiedHead | null> {
    return (await this.#served())?.head ?? null;
  }

  async checkpoint(): Promise<string | null> {
    const served = await this.#served();
    return served === null ? null : this.#sign(served).checkpoint;
  }

  async resource(resource: TileResource): Promise<Uint8Array | null> {
    const head = await this.certified();
    if (head === null) return null;
    const { log } = this.#options.store;
    const read = resource.kind === 'tile' ? log.tile(resource, head.size) : log.entries(resource, head.size);
    return (await read) ?? null;
  }

  async proof(id: TransactionId): Promise<ProofAnswer> {
    const served = await this.#served();
    const { store, crypto } = this.#options;
    const stored = await store.transaction(id);
    if (stored === undefined) return { kind: 'unknown' };
    if (stored.final === null) return { kind: 'not-final' };
    const { position } = stored.final;
    if (served === null || position >= served.head.size) {
      return { kind: 'not-certified', position, certifiedSize: served?.head.size ?? 0 };
    }
    const { size } = served.head;
    const recordPosition = await store.log.recordOf(position);
    const [leaf] = await store.log.leaves(position, position + 1);
    const [record] = await store.log.leaves(recordPosition, recordPosition + 1);
    const parts = {
      leaf: present(leaf, 'a leaf for each position').bytes,
      position,
      size,
      checkpoint: this.#sign(served).brief,
      record: { leaf: present(record, 'a leaf for each position').bytes, position: recordPosition },
    };
    return {
      kind: 'proof',
      text: await store.log.withHashes(size, (hashes) => createProof(parts, hashes, crypto)),
    };
  }

  consistency(from: number, to: number): Promise<readonly Uint8Array[]> {
    const { store, crypto } = this.#options;
    return store.log.withHashes(to, (hashes) => consistencyPath(from, to, hashes, crypto));
  }

  async range(
    device: DeviceId,
    range: { readonly fromMs: UnixMs; readonly toMs: UnixMs },
    cursor: string | null,
    limit: number,
  ): Promise<LogRangeView> {
    if (cursor !== null && !/^[0-9]{1,15}$/.test(cursor)) throw new RangeError('bad-cursor: not a cursor of this list');
    const size = (await this.certified())?.size ?? 0;
    const after = cursor === null ? null : Number(cursor);
    const found = await this.#options.store.log.range(issuerOfDevice(device), range, size, after, limit);
    return { ...found, next: found.next === null ? null : String(found.next), certifiedSize: size };
  }

  async #served(): Promise<Replica['served']> {
    return (await this.#options.settled()).served;
  }

  #sign({ head, signature }: NonNullable<Replica['served']>): SignedHead {
    if (this.#signed?.head === head) return this.#signed;
    const { genesis, signer } = this.#options;
    const own = signer && signLog(head, this.#keys, signer.index, signer.signer);
    const signed = present(own ?? signature, 'what is served was signed as the log');
    const brief = leastCosignatures(head, genesis.committee);
    this.#signed = {
      head,
      checkpoint: checkpointNote(head, this.#keys, signed),
      brief: checkpointNote(brief, this.#keys, signed),
    };
    return this.#signed;
  }
}
