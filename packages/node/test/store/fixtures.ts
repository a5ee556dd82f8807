/**
 * A network and records as an engine would persist them, drawn from a seed. Only what a store looks at is true to the
 * protocol: ids, orders, positions and counters fit together; signatures and digests are filler.
 */
import type { PersistRecord } from '@tangle/core/engine';
import type { CertifiedHead } from '@tangle/core/log';
import type { DeviceId, Digest, StatementId, TransactionId } from '@tangle/core/ids';
import type { CommitHead, CheckedStatement, CheckedTransaction, Genesis, StateChange } from '@tangle/core/model';
import type { LogRecord, StorePort, StoreRecord, TileHash } from '../../src/replica/ports.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  decodeStatement,
  decodeTransaction,
  encodeStatement,
  encodeTransaction,
  fromHex,
  toHex,
} from '@tangle/core/codec';
import { nobleCrypto, nobleSigner } from '@tangle/core/crypto';
import { certifiedHead, CompactRange, leafHash, leavesOfCommit, TILE_HEIGHT } from '@tangle/core/log';
import { createGenesis, deviceIdOf, PAYLOAD_TYPE, SUITE_ED25519 } from '@tangle/core/model';
import { onTestFinished } from 'vitest';

export const crypto = nobleCrypto;

export function genesisNamed(name: string): Genesis {
  let secrets = 0;
  const key = (): Uint8Array => nobleSigner(new Uint8Array(32).fill(++secrets)).publicKey;
  const validator = (weight: number) => ({
    name: `v${weight}`,
    weight,
    statementKey: key(),
    cosignerKey: key(),
    logKey: key(),
  });
  const administrators: DeviceId[] = [deviceIdOf(SUITE_ED25519, key())];
  const parameters = { time: 1_700_000_000_000 };
  const created = createGenesis({ name, validators: [validator(1), validator(2)], administrators, parameters }, crypto);
  if (!created.ok) {
    throw new Error(JSON.stringify(created.reason));
  }
  return created.value;
}

export const genesis = genesisNamed('test-net');

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tangle-store-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Uniform integers 0 <= n < below, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export interface TransactionDraft {
  readonly issuer?: number;
  readonly sequence?: bigint;
  readonly timestampMs?: number;
  readonly parents?: readonly [TransactionId, TransactionId];
  readonly payloadType?: number;
  readonly payload?: Uint8Array;
}

export function transaction(draft: TransactionDraft): CheckedTransaction {
  const unsigned = {
    network: genesis.network,
    suite: SUITE_ED25519,
    issuerKey: new Uint8Array(32).fill(draft.issuer ?? 1),
    sequence: draft.sequence ?? 1n,
    timestampMs: draft.timestampMs ?? 1_700_000_000_000,
    parents: draft.parents ?? ([genesis.transactionId, genesis.transactionId] as const),
    payloadType: draft.payloadType ?? PAYLOAD_TYPE.opaque,
    payload: draft.payload ?? new Uint8Array(0),
  };
  const decoded = decodeTransaction(encodeTransaction(unsigned, new Uint8Array(64)), crypto);
  if (!decoded.ok) {
    throw new Error(JSON.stringify(decoded.reason));
  }
  return decoded.value as CheckedTransaction;
}

export interface StatementDraft {
  readonly epoch?: number;
  readonly round: number;
  readonly author?: number;
  readonly timestampMs?: number;
  readonly self?: StatementId | null;
  readonly prev?: readonly StatementId[];
  readonly tips?: readonly TransactionId[];
}

export function statement(draft: StatementDraft): CheckedStatement {
  const unsigned = {
    network: genesis.network,
    epoch: 0,
    author: 0,
    timestampMs: 1_700_000_000_000 + draft.round,
    self: null,
    prev: [],
    tips: [],
    ...draft,
  };
  const decoded = decodeStatement(encodeStatement(unsigned, new Uint8Array(64)), crypto);
  if (!decoded.ok) {
    throw new Error(JSON.stringify(decoded.reason));
  }
  return decoded.value as CheckedStatement;
}

export function digestOf(number: number): Digest {
  return number.toString(16).padStart(64, '0') as Digest;
}

/** Plays the engine: every `turn` gives the records of the next batch. */
export class Script {
  readonly transactions: CheckedTransaction[] = [];
  readonly statements: CheckedStatement[] = [];
  head: CommitHead | null = null;
  #pending: CheckedTransaction[] = [];
  #unfinished: CheckedStatement[] = [];
  readonly #issued = new Map<string, number>();
  readonly #range = CompactRange.empty(crypto);
  readonly #random: (below: number) => number;
  readonly #payload: (random: (below: number) => number) => Pick<TransactionDraft, 'payloadType' | 'payload'>;

  constructor(
    seed: number,
    payload: (random: (below: number) => number) => Pick<TransactionDraft, 'payloadType' | 'payload'> = opaquePayload,
  ) {
    this.#random = randomFrom(seed);
    this.#payload = payload;
  }

  get pending(): readonly CheckedTransaction[] {
    return this.#pending;
  }

  get unfinished(): readonly CheckedStatement[] {
    return this.#unfinished;
  }

  turn(): StoreRecord[] {
    const records: StoreRecord[] = [];
    for (let count = this.#random(4); count > 0; count--) {
      records.push({ kind: 'transaction', transaction: this.#drawTransaction() });
    }
    const drawn = this.#drawStatement();
    records.push({ kind: 'statement', statement: drawn });
    records.push({ kind: 'guard', guard: { epoch: 0, round: drawn.round, id: drawn.id, inDoubt: false } });
    if (this.#random(3) > 0) {
      const commit = this.commit(this.#random(this.#pending.length + 1));
      records.push(commit);
      if (commit.commit.recordPosition !== null) records.push(this.log(commit));
    }
    return records;
  }

  /** Makes the oldest `count` pending transactions final, and about half of the open statements finished. */
  commit(count = this.#pending.length): PersistRecord & { kind: 'commit' } {
    const index = (this.head?.index ?? 0) + 1;
    const logSize = this.head?.logSize ?? 0;
    const done = this.#pending.slice(0, count);
    const finished = this.#unfinished.slice(0, Math.ceil(this.#unfinished.length / 2));
    this.#pending = this.#pending.slice(count);
    this.#unfinished = this.#unfinished.slice(finished.length);
    const leader = this.statements.at(-1)!;
    const commit = {
      index,
      epoch: 0,
      round: leader.round,
      leader: leader.id,
      timeMs: 1_700_000_000_000 + index,
      digest: digestOf(index),
      stateDigest: index % 3 === 0 ? digestOf(1_000 + index) : null,
      recordPosition: done.length === 0 ? null : logSize,
      entries: done.map(({ id, issuer, sequence }, offset) => {
        const issuerIndex = (this.#issued.get(issuer) ?? 0) + 1;
        this.#issued.set(issuer, issuerIndex);
        const isAccepted = sequence % 5n !== 0n;
        return {
          id,
          position: logSize + 1 + offset,
          issuer,
          issuerIndex,
          outcome: isAccepted
            ? ({ status: 'accepted' } as const)
            : ({ status: 'rejected', code: 'sequence-used' } as const),
          evidence: !isAccepted,
        };
      }),
      statements: finished.map(({ id }) => id),
    };
    this.head = {
      index,
      epoch: 0,
      round: leader.round,
      leader: leader.id,
      timeMs: commit.timeMs,
      digest: commit.digest,
      logSize: logSize + (done.length === 0 ? 0 : 1 + done.length),
      appendingCommits: (this.head?.appendingCommits ?? 0) + (done.length === 0 ? 0 : 1),
    };
    // One key counts the commits, so that a half batch shows; the others come and go.
    const stateChanges: StateChange[] = [{ key: '00', value: fromHex(index.toString(16).padStart(8, '0')) }];
    for (let change = this.#random(4); change > 0; change--) {
      const key = `01${this.#random(8).toString(16).padStart(4, '0')}`;
      stateChanges.push({ key, value: this.#random(3) === 0 ? null : new Uint8Array(this.#random(40)) });
    }
    return {
      kind: 'commit',
      commit,
      head: this.head,
      stateChanges,
      finalTransactions: done,
      finishedStatements: finished,
    };
  }

  /** What becomes of the log by a commit that appends; every one of them has to come by here, in order. */
  log({ commit, finalTransactions }: PersistRecord & { kind: 'commit' }): LogRecord {
    const bytesOf = new Map(finalTransactions.map(({ id, bytes }) => [id, bytes]));
    const tileHashes: TileHash[] = [];
    for (const leaf of leavesOfCommit(commit, (id) => bytesOf.get(id)!)) {
      this.#range.append(leafHash(leaf, crypto), (level, index, hash) => {
        if (level % TILE_HEIGHT === 0) tileHashes.push({ level: level / TILE_HEIGHT, index, hash });
      });
    }
    const head = { size: this.#range.size, root: toHex(this.#range.root()) as Digest };
    const signed = [0, 1].map((validator) => ({ ...head, validator, signature: new Uint8Array(72).fill(validator) }));
    const certified: CertifiedHead = certifiedHead(signed, genesis.committee);
    return {
      kind: 'log',
      growth: { head: { ...head, peaks: this.#range.peaks }, tileHashes },
      cosigned: signed[0]!,
      certified,
      published: certified,
    };
  }

  #drawTransaction(): CheckedTransaction {
    const parent = (): TransactionId =>
      this.transactions[this.#random(this.transactions.length + 1)]?.id ?? genesis.transactionId;
    const drawn = transaction({
      issuer: 1 + this.#random(4),
      sequence: BigInt(this.transactions.length),
      timestampMs: 1_700_000_000_000 + this.#random(1_000_000),
      parents: [parent(), parent()],
      ...this.#payload(this.#random),
    });
    this.transactions.push(drawn);
    this.#pending.push(drawn);
    return drawn;
  }

  #drawStatement(): CheckedStatement {
    const previous = this.statements.at(-1);
    const drawn = statement({
      round: (previous?.round ?? 0) + 1,
      author: this.#random(2),
      self: previous?.id ?? null,
      prev: previous === undefined ? [] : [previous.id],
      tips: this.#pending.slice(0, 3).map(({ id }) => id),
    });
    this.statements.push(drawn);
    this.#unfinished.push(drawn);
    return drawn;
  }
}

function opaquePayload(random: (below: number) => number): TransactionDraft {
  return { payload: new Uint8Array(random(200)).fill(random(256)) };
}

/** Everything that a store says about what the script made, in a form that two stores can be compared by. */
export async function answersOf(store: StorePort, script: Script): Promise<unknown> {
  const { state, ...recovered } = await store.recover();
  const compareKeys = (left: StateChange, right: StateChange): number => (left.key < right.key ? -1 : 1);
  const transactions = [];
  for (const { id } of script.transactions) {
    const isFinal = store.history.isFinal(id);
    transactions.push({ stored: await store.transaction(id), vertex: await store.vertex(id), isFinal });
  }
  const statements = [];
  for (const { id } of script.statements) {
    const finished = store.history.statement(id);
    const fields = finished && [finished.epoch, finished.round, finished.author, finished.timestampMs];
    statements.push({ bytes: await store.statement(id), vertex: await store.vertex(id), finished: fields });
  }
  const commits = [];
  for (let index = 0; index <= (script.head?.index ?? 0) + 1; index++) {
    commits.push(await store.commit(index));
  }
  return {
    recovered,
    state: [...state].sort(compareKeys),
    transactions,
    statements,
    commits,
    log: await store.recoverLog(),
    newest: [await store.newestStatementOf(0, 0), await store.newestStatementOf(0, 1)],
    head: await store.head(),
  };
}
