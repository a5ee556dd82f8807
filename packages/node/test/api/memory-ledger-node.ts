/**
 * A ledger of one validator in memory, behind the surface that the API serves: real bytes, signatures, checks and
 * execution, but the test says when a commit happens. The real node is tested end to end elsewhere.
 */
import type { DeviceId, Digest, TransactionId } from '@tangle/core/ids';
import type { CheckedTransaction, Commit, CommitEntry, Genesis } from '@tangle/core/model';
import type { CertifiedHead } from '@tangle/core/log';
import type { Scope } from '../../src/access/index.js';
import type {
  DeviceView,
  ExportLine,
  LedgerEvent,
  LedgerNode,
  LogNode,
  NodeInfo,
  Page,
  ReadingView,
  SubmitRefusal,
  TransactionView,
} from '../../src/api/index.js';
import { invariant, present } from '@tangle/core/assert';
import { describeReason } from '@tangle/core/codec';
import { nobleCrypto, nobleSigner, type Signer } from '@tangle/core/crypto';
import { Ledger, type DeviceRecord } from '@tangle/core/ledger';
import {
  createGenesis,
  deviceIdOf,
  deviceIdOfIssuer,
  issuerOfDevice,
  PAYLOAD_TYPE,
  signTransaction,
  SUITE_ED25519,
} from '@tangle/core/model';
import { fail, ok, type Result } from '@tangle/core/result';
import { checkTransaction } from '@tangle/core/validation';
import { unpackReadings } from '@tangle/telemetry';

export const START_MS = Date.UTC(2026, 0, 31, 12);
export const MAX_PAYLOAD = 1_000;

/** A signer whose secret key is `byte` 32 times. */
export function signerOf(byte: number): Signer {
  return nobleSigner(new Uint8Array(32).fill(byte));
}

export const ADMINISTRATOR = signerOf(1);

export function deviceOf(signer: Signer): DeviceId {
  return deviceIdOf(SUITE_ED25519, signer.publicKey);
}

const GENESIS = testGenesis();

function testGenesis(): Genesis {
  const created = createGenesis(
    {
      name: 'test',
      validators: [
        {
          name: 'v0',
          weight: 1,
          statementKey: signerOf(101).publicKey,
          cosignerKey: signerOf(102).publicKey,
          logKey: signerOf(103).publicKey,
        },
      ],
      administrators: [deviceOf(ADMINISTRATOR)],
      parameters: { time: START_MS, maxPayload: MAX_PAYLOAD },
    },
    nobleCrypto,
  );
  invariant(created.ok, 'the genesis of the tests is valid');
  return created.value;
}

type FinalEvent = LedgerEvent & { kind: 'final' };

export class MemoryLedgerNode implements LedgerNode {
  readonly genesis = GENESIS;
  /** The log is tested on the real node; a test says here what it answers. */
  readonly log: { -readonly [Question in keyof LogNode]: LogNode[Question] } = {
    certified: async () => this.certifiedHead,
    checkpoint: async () => null,
    resource: async () => null,
    proof: async () => ({ kind: 'unknown' }),
    consistency: async () => [],
    range: async () => {
      throw new RangeError('bad-cursor');
    },
  };
  certifiedHead: CertifiedHead | null = null;
  /** Set by a test: what `submit` answers instead. */
  refusal: SubmitRefusal | null = null;
  /** Set by a test: what the next reading call throws. */
  failure: Error | null = null;
  reasons: readonly string[] = [];
  /** Lines of `exportLines` beside the transactions. */
  extraExportLines: () => AsyncIterable<ExportLine> = async function* () {};
  readonly #ledger = new Ledger(this.genesis, nobleCrypto);
  readonly #transactions = new Map<TransactionId, CheckedTransaction>();
  readonly #entries = new Map<TransactionId, CommitEntry & { commitIndex: number; commitTimeMs: number }>();
  readonly #pending: TransactionId[] = [];
  readonly #commits: Commit[] = [];
  readonly #finalEvents: FinalEvent[] = [];
  readonly #listeners = new Set<(event: LedgerEvent) => void>();
  #logSize = 0;

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Signed and not handed in. Payload type opaque unless said otherwise. */
  sign(
    signer: Signer,
    sequence: bigint,
    payload: Uint8Array = new Uint8Array(),
    payloadType: number = PAYLOAD_TYPE.opaque,
  ) {
    const genesisId = this.genesis.transactionId;
    return signTransaction(
      {
        network: this.genesis.network,
        suite: SUITE_ED25519,
        issuerKey: signer.publicKey,
        sequence,
        timestampMs: START_MS,
        parents: [genesisId, genesisId],
        payloadType,
        payload,
      },
      signer,
      nobleCrypto,
    );
  }

  /** Commits everything pending, one second after the commit before. */
  commitPending(): Commit {
    const index = this.#commits.length + 1;
    const timeMs = START_MS + index * 1_000;
    const ids = this.#pending.splice(0);
    const recordPosition = ids.length === 0 ? null : this.#logSize++;
    const entries = ids.map((id): CommitEntry => {
      const transaction = present(this.#transactions.get(id), `no ${id}`);
      const position = this.#logSize++;
      const entry = { id, position, issuer: transaction.issuer, ...this.#ledger.apply(transaction) };
      this.#entries.set(id, { ...entry, commitIndex: index, commitTimeMs: timeMs });
      return entry;
    });
    const commit: Commit = {
      index,
      epoch: 0,
      round: index,
      leader: index.toString(16).padStart(64, '0') as Commit['leader'],
      timeMs,
      digest: index.toString(16).padStart(64, 'd') as Digest,
      stateDigest: null,
      recordPosition,
      entries,
      statements: [],
    };
    this.#commits.push(commit);
    for (const { id, issuer, position, outcome } of entries) {
      const event: FinalEvent = {
        kind: 'final',
        id,
        issuer: deviceIdOfIssuer(issuer),
        position,
        commitIndex: index,
        commitTimeMs: timeMs,
        outcome,
      };
      this.#finalEvents.push(event);
      this.emit(event);
    }
    this.emit({ kind: 'commit', index, digest: commit.digest, timeMs, transactions: ids.length });
    return commit;
  }

  emit(event: LedgerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async submit(
    bytes: Uint8Array,
    scopes: ReadonlySet<Scope>,
  ): Promise<Result<{ readonly id: TransactionId }, SubmitRefusal>> {
    if (this.refusal !== null) return fail(this.refusal);
    const { network, transactionId, parameters } = this.genesis;
    const context = { network, genesisId: transactionId, maxPayload: parameters.maxPayload };
    const checked = checkTransaction(bytes, context, nobleCrypto);
    if (!checked.ok) {
      const { code, field, found, allowed } = checked.reason;
      const detail = describeReason(checked.reason);
      return fail({ code, detail, extensions: { field, found, allowed }, retryAfterMs: null });
    }
    const transaction = checked.value;
    const needed: Scope = transaction.payloadType === PAYLOAD_TYPE.registry ? 'admin' : 'submit';
    if (!scopes.has(needed)) {
      return fail({ code: 'insufficient-scope', detail: `needs ${needed}`, extensions: {}, retryAfterMs: null });
    }
    if (!this.#transactions.has(transaction.id)) {
      this.#transactions.set(transaction.id, transaction);
      this.#pending.push(transaction.id);
      this.emit({ kind: 'witnessed', id: transaction.id });
    }
    return ok({ id: transaction.id });
  }

  async info(): Promise<NodeInfo> {
    if (this.failure !== null) throw this.failure;
    const last = this.#commits.at(-1);
    return {
      name: 'v0',
      version: '1.2.3',
      network: this.genesis.network,
      networkName: this.genesis.name,
      genesisHash: this.genesis.hash,
      epoch: 0,
      round: this.#commits.length,
      commit: {
        index: last?.index ?? 0,
        digest: last?.digest ?? this.genesis.hash,
        stateDigest: this.#ledger.stateDigest(),
        timeMs: last?.timeMs ?? START_MS,
      },
      logSize: this.#logSize,
      certified: this.certifiedHead,
      pending: this.#pending.length,
      maxPayload: this.genesis.parameters.maxPayload,
      peers: [{ name: 'v1', connected: false }],
      doubtful: false,
      role: 'validator',
      observers: [],
    };
  }

  async tips(count: number): Promise<readonly TransactionId[]> {
    return Array.from({ length: count }, () => this.genesis.transactionId);
  }

  async transaction(id: TransactionId): Promise<TransactionView | undefined> {
    const transaction = this.#transactions.get(id);
    if (transaction === undefined) return undefined;
    const final = this.#entries.get(id) ?? null;
    const status = final === null ? 'witnessed' : 'final';
    return { id, bytes: transaction.bytes, status, approvalWeight: 1, totalWeight: 1, final };
  }

  async commit(index: number): Promise<Commit | undefined> {
    return this.#commits[index - 1];
  }

  async device(id: DeviceId): Promise<DeviceView | undefined> {
    const record = this.#ledger.device(issuerOfDevice(id));
    return record && deviceView(record);
  }

  async devices(cursor: string | null, limit: number): Promise<Page<DeviceView>> {
    if (cursor !== null && !/^[0-9a-f]{66}$/.test(cursor)) throw new RangeError('bad-cursor');
    const records = this.#ledger.devices(cursor, limit + 1);
    const items = records.slice(0, limit);
    return { items: items.map(deviceView), next: records.length > limit ? (items.at(-1)?.issuer ?? null) : null };
  }

  async readings(
    id: DeviceId,
    { fromMs, toMs }: { readonly fromMs: number | null; readonly toMs: number | null },
    cursor: string | null,
    limit: number,
  ): Promise<Page<ReadingView>> {
    if (cursor !== null && !/^[0-9]{1,6}$/.test(cursor)) throw new RangeError('bad-cursor');
    const issuer = issuerOfDevice(id);
    const all: ReadingView[] = [];
    for (const entry of this.#entries.values()) {
      const transaction = present(this.#transactions.get(entry.id), `no ${entry.id}`);
      if (entry.issuer !== issuer || transaction.payloadType !== PAYLOAD_TYPE.telemetry) continue;
      const unpacked = unpackReadings(transaction.payload, { referenceTimeMs: transaction.timestampMs });
      if (!unpacked.ok) continue;
      for (const [index, reading] of unpacked.value.entries()) {
        if (reading.timeMs < (fromMs ?? -Infinity) || reading.timeMs >= (toMs ?? Infinity)) continue;
        const { position, commitTimeMs } = entry;
        all.push({
          reading,
          transaction: entry.id,
          position,
          index,
          transactionTimeMs: transaction.timestampMs,
          commitTimeMs,
        });
      }
    }
    all.sort((a, b) => a.reading.timeMs - b.reading.timeMs || a.position - b.position || a.index - b.index);
    const start = Number(cursor ?? 0);
    const end = start + limit;
    return { items: all.slice(start, end), next: end < all.length ? String(end) : null };
  }

  subscribe(listener: (event: LedgerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async finalEventsAfter(position: number, limit: number): Promise<readonly FinalEvent[]> {
    return this.#finalEvents.filter((event) => event.position > position).slice(0, limit);
  }

  async *backup(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode('tangle backup 1\n');
  }

  async *exportLines(): AsyncGenerator<ExportLine> {
    yield { kind: 'genesis', hash: this.genesis.hash };
    for (const { id, sequence, bytes } of this.#transactions.values()) {
      yield { kind: 'transaction', id, sequence, bytes };
    }
    yield* this.extraExportLines();
  }

  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] } {
    return { ready: this.reasons.length === 0, reasons: this.reasons };
  }

  gauges(): Readonly<Record<string, number>> {
    return { pendingTransactions: this.#pending.length, commitsTotal: this.#commits.length, roundDelayMs: 250 };
  }
}

function deviceView({ issuer, ...record }: DeviceRecord): DeviceView {
  return { id: deviceIdOfIssuer(issuer), ...record };
}
