/**
 * A running node as the API sees it: the replica's open part and the store's past, joined. What is read from the
 * replica is read when it has settled, so nothing is shown that a crash could take back.
 */
import {
  parseDeviceId,
  deviceIdOfIssuer,
  type CheckedTransaction,
  type Commit,
  type Genesis,
} from '@tangle/core/model';
import { TIMESTAMP_MS_MAX, type DeviceId, type TransactionId } from '@tangle/core/ids';
import type { DeviceRecord } from '@tangle/core/ledger';
import { present } from '@tangle/core/assert';
import type { Crypto } from '@tangle/core/crypto';
import type { Equivocation } from '@tangle/core/engine';
import { fail, ok, type Result } from '@tangle/core/result';
import {
  NotServingError,
  type DeviceView,
  type ExportLine,
  type LedgerEvent,
  type LedgerNode,
  type NodeInfo,
  type Page,
  type ReadingView,
  type SubmitRefusal,
  type TransactionView,
} from './api/index.js';
import { checkpointTextOf, formatNote, networkKeys, signatureLineOf, type CertifiedHead } from '@tangle/core/log';
import type { Scope } from './access/index.js';
import { Admission } from './admission/index.js';
import { CertifiedLog, type LogSigner } from './certified-log.js';
import { LogThrottle, type Logger, type NodeMetrics } from './observe/index.js';
import {
  isObserver,
  ReplicaHaltError,
  type CosignerEvidence,
  type PeerNumber,
  type Replica,
  type ReplicaListener,
  type SubmitAnswer,
} from './replica/index.js';
import type { DiskReserve, FinalTransaction, LevelStore, TimeRange } from './store/index.js';

/** A submission cites what this node does not hold yet: it has asked its peers by then. */
const PARENT_UNKNOWN_RETRY_MS = 300;
const OVERLOADED_RETRY_MS = 1_000;
const STOPPING_RETRY_MS = 1_000;
/** Somebody has to make room first. */
const DISK_FULL_RETRY_MS = 5_000;
/** The last second that RFC 3339 writes. */
const LAST_SECOND = BigInt(Math.floor(TIMESTAMP_MS_MAX / 1_000));

export interface RunningNodeOptions {
  readonly name: string;
  readonly version: string;
  readonly genesis: Genesis;
  readonly store: LevelStore;
  readonly crypto: Crypto;
  /** The validator that this node is, with its log key; null for an observer. */
  readonly validator: LogSigner | null;
  /** Names of the observers that may have a link, in the order of their numbers. */
  readonly observers: readonly string[];
  /** Bytes queued for each peer, and which are connected. */
  readonly linkGauges: () => Readonly<Record<string, number>>;
  /** Accepted transactions that are not final, beyond which submissions are refused. */
  readonly openTransactionsMax: number;
  /** For devices without a provisioned rate; 0 = no limit. */
  readonly deviceRatePerSecond: number;
  readonly metrics: NodeMetrics;
  readonly reserve: Pick<DiskReserve, 'isShort' | 'freeBytes'>;
  readonly log: Logger;
}

type FinalEvent = LedgerEvent & { readonly kind: 'final' };

export class RunningNode implements LedgerNode, ReplicaListener {
  readonly genesis: Genesis;
  readonly log: CertifiedLog;
  readonly #options: RunningNodeOptions;
  readonly #listeners = new Set<(event: LedgerEvent) => void>();
  readonly #throttle = new LogThrottle({ intervalMs: 10_000, kindsMax: 1_024 });
  readonly #admission: Admission;
  #replica: Replica | null = null;
  #commits = 0;
  #equivocations = 0;
  #misbehaviours = 0;

  constructor(options: RunningNodeOptions) {
    this.genesis = options.genesis;
    this.#options = options;
    const { genesis, crypto, store, validator: signer } = options;
    const settled = () => this.#settled();
    this.#admission = new Admission({
      device: (issuer) => this.#running().engine.ledger.device(issuer),
      openCount: () => this.#running().engine.tangle.openCount,
      openMax: options.openTransactionsMax,
      ratePerSecondDefault: options.deviceRatePerSecond,
      monotonicMs: () => performance.now(),
    });
    this.log = new CertifiedLog({ genesis, crypto, store, signer, settled });
  }

  /** The replica needs this as its listener, so it comes second; before it nothing is ready. */
  attach(replica: Replica): void {
    this.#replica = replica;
  }

  async submit(
    bytes: Uint8Array,
    scopes: ReadonlySet<Scope>,
  ): Promise<Result<{ readonly id: TransactionId }, SubmitRefusal>> {
    // Nothing is read here that has to be durable: a submission must not wait for the running turn to join the next.
    const replica = this.#notLagging(this.#running());
    const { metrics } = this.#options;
    let admitted: CheckedTransaction | null = null;
    let notAdmitted: SubmitRefusal | null = null;
    const answer = await replica.submit(bytes, (transaction) => {
      notAdmitted = this.#refusalForSpace() ?? this.#admission.admit(transaction, scopes);
      if (notAdmitted !== null) return notAdmitted;
      admitted = transaction;
      metrics.submitted(transaction.id);
      return null;
    });
    if (admitted !== null) this.#admission.conclude(admitted, answer.kind);
    if (answer.kind === 'accepted') {
      metrics.accepted();
      return ok({ id: answer.id });
    }
    const refused = notAdmitted ?? refusalOf(answer);
    metrics.refused(refused.code, idOf(admitted));
    return fail(refused);
  }

  async info(): Promise<NodeInfo> {
    const { name, version, validator, observers } = this.#options;
    const replica = await this.#settled();
    const { head, tangle, ledger, inDoubt } = replica.engine;
    const connected = new Set(replica.connectedPeers);
    return {
      name,
      role: validator === null ? 'observer' : 'validator',
      version,
      network: this.genesis.network,
      networkName: this.genesis.name,
      genesisHash: this.genesis.hash,
      epoch: head.epoch,
      round: tangle.highestRound,
      commit: { index: head.index, digest: head.digest, stateDigest: ledger.stateDigest(), timeMs: head.timeMs },
      logSize: head.logSize,
      certified: replica.served?.head ?? null,
      pending: tangle.openCount,
      maxPayload: this.genesis.parameters.maxPayload,
      peers: this.genesis.committee.validators
        .filter(({ index }) => index !== validator?.index)
        .map((peer) => ({ name: peer.name, connected: connected.has(peer.index) })),
      observers: observers.map((observer, place) => ({
        name: observer,
        connected: connected.has(this.genesis.committee.size + place),
      })),
      doubtful: inDoubt,
    };
  }

  async tips(count: number, issuer: DeviceId | null): Promise<readonly TransactionId[]> {
    const replica = await this.#current();
    return replica.tips(count, issuer === null ? null : issuerOf(issuer));
  }

  async transaction(id: TransactionId): Promise<TransactionView | undefined> {
    const replica = await this.#settled();
    const { totalWeight, faultWeight, quorum } = this.genesis.committee;
    const open = replica.engine.tangle.transaction(id);
    const certifiedSize = replica.served?.head.size ?? 0;
    if (open !== undefined) {
      const status = open.approvalWeight > faultWeight ? 'witnessed' : 'pending';
      return {
        id,
        bytes: open.transaction.bytes,
        status,
        approvalWeight: open.approvalWeight,
        totalWeight,
        final: null,
      };
    }
    const stored = await this.#options.store.transaction(id);
    if (stored === undefined) return undefined;
    if (stored.final === null) {
      return { id, bytes: stored.bytes, status: 'pending', approvalWeight: 0, totalWeight, final: null };
    }
    const status = stored.final.position < certifiedSize ? 'certified' : 'final';
    return { id, bytes: stored.bytes, status, approvalWeight: quorum, totalWeight, final: stored.final };
  }

  commit(index: number): Promise<Commit | undefined> {
    return this.#options.store.commit(index);
  }

  async device(id: DeviceId): Promise<DeviceView | undefined> {
    const replica = await this.#current();
    const record = replica.engine.ledger.device(issuerOf(id));
    return record === undefined ? undefined : viewOf(record);
  }

  async devices(cursor: string | null, limit: number): Promise<Page<DeviceView>> {
    const replica = await this.#current();
    if (cursor !== null && !/^[0-9a-f]{66}$/.test(cursor)) throw new RangeError('not a cursor of this list');
    const records = replica.engine.ledger.devices(cursor, limit + 1);
    const page = records.slice(0, limit);
    return { items: page.map(viewOf), next: records.length > limit ? (page.at(-1)?.issuer ?? null) : null };
  }

  async readings(id: DeviceId, range: TimeRange, cursor: string | null, limit: number): Promise<Page<ReadingView>> {
    await this.#current();
    return this.#options.store.readings(issuerOf(id), range, cursor, limit);
  }

  subscribe(listener: (event: LedgerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async finalEventsAfter(position: number, limit: number): Promise<readonly FinalEvent[]> {
    await this.#settled();
    return (await this.#options.store.finalAfter(position, limit)).map(finalEventOf);
  }

  async *exportLines(): AsyncIterable<ExportLine> {
    await this.#settled();
    for await (const line of this.#options.store.exportLines(this.genesis)) yield { ...line };
  }

  async *backup(): AsyncIterable<Uint8Array> {
    await this.#settled();
    yield* this.#options.store.backup(this.genesis);
  }

  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] } {
    const replica = this.#replica;
    if (replica === null) return { ready: false, reasons: ['recovering'] };
    const reasons: string[] = [];
    if (replica.stopped) reasons.push(replica.halted ?? 'stopped');
    if (replica.engine.inDoubt) reasons.push('own past in doubt: signs nothing until a quorum of peers has answered');
    if (replica.isLagging) reasons.push('catching up with the other nodes');
    const unreached = this.#unreached(replica.connectedPeers);
    if (unreached !== null) reasons.push(unreached);
    return { ready: reasons.length === 0, reasons };
  }

  /** Whether clients are sent to another node, because this one would answer them wrongly. */
  get isLagging(): boolean {
    return this.#replica?.isLagging ?? false;
  }

  gauges(): Readonly<Record<string, number>> {
    const replica = this.#replica;
    const engine = replica?.engine;
    const logSize = engine?.head.logSize ?? 0;
    const connected = replica?.connectedPeers ?? [];
    const connectedObservers = connected.filter((peer) => isObserver(peer, this.genesis.committee)).length;
    return {
      ...engine?.gauges,
      ...replica?.log.gauges,
      ...this.#admission.gauges,
      ...this.#options.linkGauges(),
      commitsTotal: this.#commits,
      equivocationsTotal: this.#equivocations,
      misbehavioursTotal: this.#misbehaviours,
      commitIndex: engine?.head.index ?? 0,
      logSize,
      certificationLagLeaves: logSize - (replica?.served?.head.size ?? 0),
      highestRound: engine?.tangle.highestRound ?? 0,
      connectedPeers: connected.length - connectedObservers,
      connectedObservers,
      divergedPeers: replica?.divergedPeers ?? 0,
      doubtful: engine?.inDoubt === true ? 1 : 0,
      halted: (replica?.halted ?? null) === null ? 0 : 1,
      diskReserved: this.#options.reserve.isShort ? 1 : 0,
    };
  }

  onWitnessed(ids: readonly TransactionId[]): void {
    for (const id of ids) this.#publish({ kind: 'witnessed', id });
  }

  onCommit(commit: Commit): void {
    this.#commits++;
    this.#options.metrics.committed(commit);
    this.#admission.committed(commit);
    for (const entry of commit.entries) {
      this.#publish(finalEventOf({ ...entry, commitIndex: commit.index, commitTimeMs: commit.timeMs }));
    }
    const { index, digest, timeMs, entries } = commit;
    this.#publish({ kind: 'commit', index, digest, timeMs, transactions: entries.length });
  }

  onCertified({ size, root, time }: CertifiedHead): void {
    this.#options.metrics.certified();
    // A median that no honest clock can have given is still one to show.
    const timeMs = Number(time < LAST_SECOND ? time : LAST_SECOND) * 1_000;
    this.#publish({ kind: 'certified', size, root, timeMs });
  }

  onCosignerEquivocation({ validator, first, second }: CosignerEvidence): void {
    this.#equivocations++;
    const { name } = present(this.genesis.committee.validators[validator], `no validator ${validator}`);
    // Two signed checkpoints that anybody can verify with the genesis; they are kept nowhere else.
    const keys = networkKeys(this.genesis, this.#options.crypto);
    const notes = [first, second].map((cosignature) =>
      formatNote({
        text: checkpointTextOf(cosignature, keys.origin),
        signatures: [signatureLineOf(cosignature, keys)],
      }),
    );
    this.#options.log.warn({ validator: name, size: first.size, notes }, 'a validator cosigned two roots for one size');
  }

  onEquivocation({ author, epoch, round, ids }: Equivocation): void {
    this.#equivocations++;
    const { name } = present(this.genesis.committee.validators[author], `no validator ${author}`);
    this.#options.log.warn({ validator: name, epoch, round, ids }, 'a validator signed two statements for one round');
  }

  onMisbehaviour(peer: number, what: string): void {
    this.#misbehaviours++;
    const { validators } = this.genesis.committee;
    const name = present(
      validators[peer]?.name ?? this.#options.observers[peer - validators.length],
      `no peer ${peer}`,
    );
    const suppressed = this.#throttle.admit(name, performance.now());
    if (suppressed === null) return;
    this.#options.log.warn({ peer: name, what, suppressed }, 'a peer sent what no honest one sends');
  }

  /** For what an observer brings: policy of this node for what devices submitted elsewhere. */
  admitsRelayed(transaction: CheckedTransaction): boolean {
    return !this.#options.reserve.isShort && this.#admission.admitsRelayed(transaction);
  }

  /** Why too few of the others are reached, or null. */
  #unreached(connected: readonly PeerNumber[]): string | null {
    const { validator } = this.#options;
    const { committee } = this.genesis;
    const validators = connected.filter((peer) => !isObserver(peer, committee));
    const reached = validators.reduce((sum, index) => sum + committee.weightOf(index), 0);
    if (validator !== null) {
      const weight = reached + committee.weightOf(validator.index);
      return weight < committee.quorum ? `reaches weight ${weight}, a quorum is ${committee.quorum}` : null;
    }
    // One honest validator tells how far the order is; who has links to observers alone believes them.
    if (reached > committee.faultWeight || (validators.length === 0 && connected.length > 0)) return null;
    return `reaches weight ${reached}, an observer needs more than ${committee.faultWeight}`;
  }

  #refusalForSpace(): SubmitRefusal | null {
    const { reserve } = this.#options;
    if (!reserve.isShort) return null;
    const detail = `${reserve.freeBytes} bytes are free on this node's disk; ask another one`;
    return refusal('disk-full', detail, {}, DISK_FULL_RETRY_MS);
  }

  #publish(event: LedgerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #running(): Replica {
    return present(this.#replica, 'the API is not served before the replica runs');
  }

  /** For what a node that lags would answer wrongly: that a device is unknown, that there are no readings. */
  async #current(): Promise<Replica> {
    return this.#notLagging(await this.#settled());
  }

  #notLagging(replica: Replica): Replica {
    if (!replica.isLagging) return replica;
    throw new NotServingError('not-ready', 'this node is catching up with the others; ask another one');
  }

  async #settled(): Promise<Replica> {
    const replica = this.#running();
    try {
      await replica.settled();
    } catch (error) {
      const isHalt = error instanceof ReplicaHaltError && error.code === 'halted';
      throw new NotServingError(isHalt ? 'halted' : 'stopping', 'this node has stopped; ask another one', error);
    }
    return replica;
  }
}

function issuerOf(id: DeviceId): string {
  const parsed = parseDeviceId(id);
  if (!parsed.ok) throw new RangeError(`${id} is no device id`);
  return parsed.value.issuer;
}

function viewOf({ issuer, ...record }: DeviceRecord): DeviceView {
  return { id: deviceIdOfIssuer(issuer), ...record };
}

function finalEventOf(final: FinalTransaction): FinalEvent {
  const { id, issuer, position, commitIndex, commitTimeMs, outcome } = final;
  return { kind: 'final', id, issuer: deviceIdOfIssuer(issuer), position, commitIndex, commitTimeMs, outcome };
}

function idOf(transaction: CheckedTransaction | null): TransactionId | null {
  return transaction?.id ?? null;
}

function refusal(
  code: string,
  detail: string,
  extensions: SubmitRefusal['extensions'] = {},
  retryAfterMs: number | null = null,
): SubmitRefusal {
  return { code, detail, extensions, retryAfterMs };
}

function refusalOf(answer: Exclude<SubmitAnswer, { kind: 'accepted' }>): SubmitRefusal {
  switch (answer.kind) {
    case 'refused': {
      const { code, field, found, allowed } = answer.reason;
      return refusal(code, `${field}: found ${found}, allowed: ${allowed}`, { field, found, allowed });
    }
    case 'not-admitted':
      return refusal(answer.refusal.code, answer.refusal.detail);
    case 'parent-unknown':
      return refusal(
        'parent-unknown',
        'this node does not hold a parent yet and asks its peers for it; try again, or fetch new tips',
        { field: 'parents' },
        PARENT_UNKNOWN_RETRY_MS,
      );
    case 'invalid-parent':
      return refusal('parent-not-a-transaction', 'a parent is a statement; parents are transactions', {
        field: 'parents',
      });
    case 'overloaded': {
      const { openTransactions } = answer;
      const detail = `${openTransactions} transactions are not final yet`;
      return refusal('overloaded', detail, { found: openTransactions }, OVERLOADED_RETRY_MS);
    }
    case 'stopping':
      return refusal('stopping', 'the node is stopping; the same bytes may be sent elsewhere', {}, STOPPING_RETRY_MS);
  }
}
