/**
 * The records together: the commits are one chain from the genesis to the head, executing them gives the stored outcomes
 * and the stored state, their leaves give the stored tiles and every root that was signed, and nothing is left over.
 */
import type { Crypto } from '@tangle/core/crypto';
import type { Digest, TransactionId } from '@tangle/core/ids';
import type { CheckedTransaction, Genesis } from '@tangle/core/model';
import type { TileHash } from '../replica/index.js';
import type { CheckedReader } from './checked-reader.js';
import type { Findings, FsckCode } from './fsck-report.js';
import type { RecordCounts } from './fsck-records.js';
import { present } from '@tangle/core/assert';
import { toHex } from '@tangle/core/codec';
import { Ledger } from '@tangle/core/ledger';
import {
  CompactRange,
  encodeCommitRecord,
  encodeLogEntry,
  leafHash,
  networkKeys,
  TILE_HEIGHT,
  verifyTreeHead,
  type Cosignature,
  type TreeHead,
} from '@tangle/core/log';
import { commitDigest } from '@tangle/core/order';
import { RecordCorruptError } from './errors.js';
import { remedyFor } from './fsck-records.js';
import {
  allOf,
  commitKey,
  headKey,
  idKey,
  idOfKey,
  issuerPositionKey,
  keySpaceOf,
  logHeadKey,
  positionKey,
  readingKey,
  signedHeadKey,
  stateKey,
  statementByAuthorKey,
  statementByRoundKey,
  tileKey,
} from './keys.js';
import { LogEdge } from './log-edge.js';
import { decodeCertified, decodeCosignature, decodeLogHead, decodeTile } from './log-records.js';
import { minutesOf } from './reading-index.js';
import {
  decodeCommit,
  decodeFinal,
  decodeFinished,
  decodeHead,
  decodeId,
  type CommitRecord,
  type FinalTransaction,
} from './records.js';

/** Bodies read at once: of the largest transactions 4 MB. */
const BODIES_AT_ONCE = 64;

export interface ChainSummary {
  readonly commits: number;
  readonly leaves: number;
}

export class ChainCheck {
  readonly #reader: CheckedReader;
  readonly #genesis: Genesis;
  readonly #crypto: Crypto;
  readonly #findings: Findings;
  readonly #counts: RecordCounts;
  readonly #ledger: Ledger;
  readonly #state = new Map<string, string>();
  readonly #range: CompactRange;
  /** Roots of the sizes that somebody signed. */
  readonly #roots = new Map<number, Digest>();
  readonly #expected = new Map<string, number>();
  #edge = new LogEdge();
  #digest: Digest;
  #timeMs: number;
  #commits = 0;

  constructor(reader: CheckedReader, genesis: Genesis, crypto: Crypto, findings: Findings, counts: RecordCounts) {
    this.#reader = reader;
    this.#genesis = genesis;
    this.#crypto = crypto;
    this.#findings = findings;
    this.#counts = counts;
    this.#ledger = new Ledger(genesis, crypto);
    this.#range = CompactRange.empty(crypto);
    this.#digest = genesis.hash;
    this.#timeMs = genesis.parameters.time;
  }

  /** Rejects with `record-corrupt` where a record on which all that follows depends cannot be read. */
  async run(): Promise<ChainSummary> {
    const signed = await this.#signedHeads();
    const head = await this.#reader.get(headKey(), decodeHead);
    for (let index = 1; index <= (head?.index ?? 0); index++) {
      const key = commitKey(index);
      const commit = await this.#reader.get(key, (value) => decodeCommit(index, value));
      if (commit === undefined) {
        this.#report('record-missing', key, `commit ${index} is missing; the head is ${head?.index}`);
        return this.#summary();
      }
      await this.#checkCommit(commit);
      if (signed.has(this.#range.size)) this.#roots.set(this.#range.size, this.#root());
      this.#commits = index;
    }
    const ends = head === undefined || (head.digest === this.#digest && head.logSize === this.#range.size);
    if (!ends) this.#report('record-contradicts', headKey(), 'it names another digest or log than the commits make');
    await this.#checkOpen();
    await this.#checkState();
    await this.#checkLog();
    await this.#checkLeftOver();
    return this.#summary();
  }

  #summary(): ChainSummary {
    return { commits: this.#commits, leaves: this.#range.size };
  }

  async #checkCommit(commit: CommitRecord): Promise<void> {
    const { index, timeMs, leader, ids, digest, recordPosition, stateDigest } = commit;
    const key = commitKey(index);
    const wanted = commitDigest(this.#digest, { index, leader, timeMs, ids }, this.#crypto);
    this.#require(digest === wanted, key, `commit ${index} does not follow on commit ${index - 1}`);
    this.#require(timeMs >= this.#timeMs, key, `commit ${index} is earlier than the one before`);
    const position = ids.length === 0 ? null : this.#range.size;
    if (recordPosition !== position) {
      this.#report('record-contradicts', key, `commit ${index} has its record at ${recordPosition}, not ${position}`);
    }
    this.#digest = digest;
    this.#timeMs = timeMs;
    const tileHashes: TileHash[] = [];
    if (position !== null) {
      const place = { commitIndex: index, firstPosition: position + 1, count: ids.length };
      this.#append(encodeCommitRecord({ ...place, timeMs, leader, digest, stateDigest }), tileHashes);
      for (let start = 0; start < ids.length; start += BODIES_AT_ONCE) {
        await this.#checkEntries(commit, ids.slice(start, start + BODIES_AT_ONCE), tileHashes);
      }
    }
    for (const { key: changed, value } of this.#ledger.drainChanges()) {
      if (value === null) this.#state.delete(changed);
      else this.#state.set(changed, toHex(value));
    }
    if (stateDigest !== null && stateDigest !== this.#ledger.stateDigest()) {
      this.#report('record-contradicts', key, `commit ${index} records another state than its execution gives`);
    }
    await this.#checkStatements(commit);
    await this.#checkTiles(tileHashes);
  }

  async #checkEntries(commit: CommitRecord, ids: readonly TransactionId[], tileHashes: TileHash[]): Promise<void> {
    const transactions = await this.#reader.transactions(ids);
    const finals = await this.#reader.finals(ids);
    for (const [offset, id] of ids.entries()) {
      const transaction = present(transactions[offset], 'the reader answers for every id or throws');
      const final = present(finals[offset], 'the reader answers for every id or throws');
      const position = this.#range.size;
      const { outcome, issuerIndex, evidence } = this.#ledger.apply(transaction);
      const place = {
        id,
        position,
        issuer: transaction.issuer,
        commitIndex: commit.index,
        commitTimeMs: commit.timeMs,
      };
      const expected = inWords({ ...place, outcome, issuerIndex, evidence });
      const stored = inWords(final);
      const what = `it is stored as ${stored}, execution gives ${expected}`;
      this.#require(stored === expected, idKey('final', id), what);
      const named = await this.#reader.get(positionKey(position), decodeId);
      this.#require(named === id, positionKey(position), `leaf ${position} is ${id}`);
      await this.#checkIndexes(transaction, position, outcome.status === 'accepted');
      this.#append(encodeLogEntry({ commitIndex: commit.index, issuerIndex, outcome }, transaction.bytes), tileHashes);
    }
    this.#expect('final', ids.length);
    this.#expect('position', ids.length);
  }

  async #checkIndexes(transaction: CheckedTransaction, position: number, isAccepted: boolean): Promise<void> {
    const { id, issuer } = transaction;
    await this.#expectRecord(issuerPositionKey(issuer, position), `leaf ${position} is an entry of this issuer`);
    if (!isAccepted) return;
    for (const minute of minutesOf(transaction)) {
      await this.#expectRecord(readingKey(issuer, minute, position), `transaction ${id} has a reading in this minute`);
    }
  }

  async #checkStatements({ statements }: CommitRecord): Promise<void> {
    for (const id of statements) {
      const finished = await this.#reader.get(idKey('finished', id), decodeFinished);
      const [statement] = await this.#reader.statements([id]);
      const { epoch, round, author } = present(statement, 'the reader answers for every id or throws');
      if (finished?.epoch !== epoch || finished.round !== round || finished.author !== author) {
        this.#report('record-contradicts', idKey('finished', id), 'it is not what the statement says of itself');
      }
    }
    this.#expect('finished', statements.length);
  }

  #append(leaf: Uint8Array, tileHashes: TileHash[]): void {
    this.#range.append(leafHash(leaf, this.#crypto), (level, index, hash) => {
      if (level % TILE_HEIGHT === 0) tileHashes.push({ level: level / TILE_HEIGHT, index, hash });
    });
  }

  async #checkTiles(tileHashes: readonly TileHash[]): Promise<void> {
    const { edge, full } = this.#edge.append(tileHashes);
    this.#edge = edge;
    for (const { level, index, bytes } of full) {
      const key = tileKey(level, index);
      const stored = await this.#derived(key, decodeTile);
      this.#expect('tile', 1);
      if (stored === undefined) this.#report('record-missing', key, `tile ${level}/${index} is missing`);
      else if (toHex(stored) !== toHex(bytes)) {
        this.#report('record-contradicts', key, `tile ${level}/${index} has other hashes than the leaves`);
      }
    }
  }

  /** What is accepted and not final, or not finished: its bytes are there, and every body is one or the other. */
  async #checkOpen(): Promise<void> {
    for await (const key of this.#reader.keys(allOf('transaction'))) {
      const id = idOfKey<TransactionId>(key);
      const isFinal = (await this.#reader.get(idKey('final', id), (value) => decodeFinal(id, value))) !== undefined;
      const isPending = (await this.#reader.get(idKey('pending', id), () => true)) === true;
      if (isFinal === isPending) {
        this.#report(
          'record-contradicts',
          key,
          isFinal ? 'it is final and pending' : 'it is neither final nor pending',
        );
      }
      if (isPending) this.#expect('pending', 1);
    }
    for await (const key of this.#reader.keys(allOf('statement'))) {
      const [statement] = await this.#reader.statements([idOfKey(key)]);
      const { id, epoch, round, author } = present(statement, 'the reader answers for every id or throws');
      const isFinished = (await this.#reader.get(idKey('finished', id), () => true)) === true;
      const isUnfinished = (await this.#reader.get(idKey('unfinished', id), () => true)) === true;
      if (isFinished === isUnfinished) {
        this.#report(
          'record-contradicts',
          key,
          isFinished ? 'it is finished and not finished' : 'no commit and no list has it',
        );
      }
      if (isUnfinished) this.#expect('unfinished', 1);
      for (const index of [
        statementByRoundKey(epoch, round, author, id),
        statementByAuthorKey(epoch, round, author, id),
      ]) {
        await this.#expectRecord(index, `statement ${id} is of this round and author`);
      }
    }
    this.#expect('transaction', this.#counts.get('transaction') ?? 0);
    this.#expect('statement', this.#counts.get('statement') ?? 0);
  }

  async #checkState(): Promise<void> {
    for await (const { key, value } of this.#reader.scan(allOf('state'), (bytes) => toHex(bytes))) {
      const wanted = this.#state.get(toHex(key, 1));
      if (this.#commits > 0 && wanted !== value) {
        this.#report('record-contradicts', key, 'execution of the commits gives another value');
      }
      this.#state.delete(toHex(key, 1));
    }
    for (const key of this.#state.keys()) {
      this.#report('record-missing', stateKey(key), 'execution of the commits gives it');
    }
  }

  async #checkLog(): Promise<void> {
    const size = this.#range.size;
    const head = await this.#derived(logHeadKey(), decodeLogHead);
    if (head === undefined && size > 0) this.#report('record-missing', logHeadKey(), 'the log has no head');
    const peaks = this.#range.peaks.map((peak) => toHex(peak)).join();
    const isOurs =
      head?.size === size && head.root === this.#root() && head.peaks.map((peak) => toHex(peak)).join() === peaks;
    const isLogHead = head === undefined || isOurs;
    this.#require(isLogHead, logHeadKey(), 'it is not the head of the log that the commits make');
    const keys = networkKeys(this.#genesis, this.#crypto);
    for (const [space, cosignatures] of await this.#signed()) {
      const key = signedHeadKey(space);
      for (const cosignature of cosignatures) {
        const isAhead = space === 'certified' && cosignature.size > size;
        if (!isAhead && this.#roots.get(cosignature.size) !== cosignature.root) {
          // Never dropped: without it the node would go on from these commits, and sign another root for a size.
          const what = `the commits make no log with root ${cosignature.root} at size ${cosignature.size}`;
          this.#report('record-contradicts', key, what, 'resync');
        }
        if (!verifyTreeHead(cosignature, keys, this.#crypto)) {
          this.#report(
            'record-contradicts',
            key,
            `the cosignature of validator ${cosignature.validator} does not verify`,
          );
        }
      }
    }
  }

  /** Records of which nothing says that they should be there. */
  async #checkLeftOver(): Promise<void> {
    this.#expect('commit', this.#commits);
    for (const [keySpace, count] of this.#counts) {
      const expected = this.#expected.get(keySpace);
      if (expected === undefined || expected === count) continue;
      const what = `there are ${count} records where ${expected} belong`;
      const code = count < expected ? 'record-missing' : 'record-contradicts';
      this.#findings.add({ code, keySpace, key: null, what, remedy: remedyFor(keySpace) });
    }
  }

  async #signedHeads(): Promise<ReadonlySet<number>> {
    const heads: TreeHead[] = [...(await this.#signed()).values()].flat();
    return new Set(heads.map(({ size }) => size));
  }

  async #signed(): Promise<ReadonlyMap<'cosigned' | 'certified' | 'published', readonly Cosignature[]>> {
    const { committee } = this.#genesis;
    const cosigned = await this.#derived(signedHeadKey('cosigned'), decodeCosignature);
    const quorums = (['certified', 'published'] as const).map(async (space) => {
      const head = await this.#derived(signedHeadKey(space), (value) => decodeCertified(value, committee));
      return [space, head?.cosignatures ?? []] as const;
    });
    return new Map([['cosigned', cosigned === undefined ? [] : [cosigned]] as const, ...(await Promise.all(quorums))]);
  }

  /** An index record: its key says all. */
  async #expectRecord(key: Uint8Array, why: string): Promise<void> {
    this.#expect(keySpaceOf(key), 1);
    const found = await this.#derived(key, () => true);
    if (found === undefined) this.#report('record-missing', key, why);
  }

  #expect(keySpace: string, count: number): void {
    this.#expected.set(keySpace, (this.#expected.get(keySpace) ?? 0) + count);
  }

  #require(isSo: boolean, key: Uint8Array, what: string): void {
    if (!isSo) this.#report('record-contradicts', key, what);
  }

  #report(code: FsckCode, key: Uint8Array, what: string, remedy = remedyFor(keySpaceOf(key))): void {
    this.#findings.add({ code, keySpace: keySpaceOf(key), key: toHex(key), what, remedy });
  }

  /** A record on which nothing here depends: a bad one was reported by itself, and the check goes on without it. */
  async #derived<Value>(key: Uint8Array, decode: (value: Uint8Array) => Value | undefined): Promise<Value | undefined> {
    try {
      return await this.#reader.get(key, decode);
    } catch (error) {
      if (error instanceof RecordCorruptError && remedyFor(error.keySpace) === 'rebuild') return undefined;
      throw error;
    }
  }

  #root(): Digest {
    return toHex(this.#range.root()) as Digest;
  }
}

/** Everything that is stored of a final transaction, to be compared and shown. */
function inWords(final: FinalTransaction): string {
  const { position, issuer, issuerIndex, outcome, evidence, commitIndex, commitTimeMs } = final;
  const verdict = outcome.status === 'accepted' ? 'accepted' : outcome.code;
  const place = `position ${position} in commit ${commitIndex} at ${commitTimeMs}`;
  return `${verdict} at ${place}, number ${issuerIndex} of ${issuer}${evidence ? ', evidence' : ''}`;
}
