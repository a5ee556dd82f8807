/**
 * Follows a device's transactions to their place in the order: by the event stream, and by asking for their status
 * wherever an event may have been missed.
 */
import type { DeviceId, TransactionId } from '@tangle/core/ids';
import type { NodeClient } from '../client/node-client.js';
import type { NodePool } from '../client/node-pool.js';
import type { TransactionInfo } from '../client/wire.js';
import type { Limits } from '../limits.js';
import type { Clock } from '../ports.js';
import type { Entry, FinalResult } from './entry.js';
import type { OpenEntries } from './open-entries.js';
import { followEvents } from '../client/event-stream.js';
import { readTransaction } from '../client/wire.js';
import { TangleError } from '../errors.js';
import { pause } from '../ports.js';

/** Status requests at a time. */
const POLLS_MAX = 8;

export interface FinalTrackerDependencies {
  readonly pool: NodePool;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly entries: OpenEntries;
  readonly device: DeviceId;
  readonly signal: AbortSignal;
  readonly onFinal: (entry: Entry, result: FinalResult) => void;
  /** No node knows any version of it any more. */
  readonly onLost: (entry: Entry) => void;
  readonly onBroken: (error: unknown) => void;
}

export class FinalTracker {
  readonly #dependencies: FinalTrackerDependencies;
  readonly #witnessing = new Map<Entry, Promise<void>>();
  #started = false;
  /** Rounds of status requests, one after the other. */
  #rounds: Promise<void> = Promise.resolve();

  constructor(dependencies: FinalTrackerDependencies) {
    this.#dependencies = dependencies;
  }

  /** Starts to listen; further calls do nothing. A device that sends nothing opens no stream. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    const { onBroken } = this.#dependencies;
    this.#followEvents().catch(onBroken);
    this.#pollNowAndThen().catch(onBroken);
  }

  /** Asks for its status once, in case it became final unseen. */
  ask(entry: Entry): void {
    this.#pollAll([entry]).catch(this.#dependencies.onBroken);
  }

  /** Asks until some validator's statement covers it. */
  watchWitnessed(entry: Entry): Promise<void> {
    const watched = this.#witnessing.get(entry);
    if (watched !== undefined) return watched;
    const watching = this.#pollWitnessed(entry).finally(() => {
      this.#witnessing.delete(entry);
    });
    this.#witnessing.set(entry, watching);
    return watching;
  }

  /** Where no node gives a stream (it refuses it, or says what is no event), asking now and then has to do. */
  async #followEvents(): Promise<void> {
    const { clock, limits, signal } = this.#dependencies;
    while (!signal.aborted) {
      try {
        await this.#followStream();
      } catch (error) {
        if (!(error instanceof TangleError)) throw error;
        await pause(clock, limits.statusPollMs, signal);
      }
    }
  }

  async #followStream(): Promise<void> {
    const { device, signal, entries, onBroken } = this.#dependencies;
    const query = new URLSearchParams({ kinds: 'final', issuer: device }).toString();
    for await (const item of followEvents({ query }, this.#dependencies, signal)) {
      if (item.kind === 'final') {
        const entry = entries.find(item.id);
        if (entry !== undefined) this.#conclude(entry, item.id, item);
      } else if (item.kind === 'gap' || (item.kind === 'connected' && !item.resumed)) {
        const maybeFinal = [...entries.values()].filter((entry) => entry.attempted && entry.refusal === null);
        this.#pollAll(maybeFinal).catch(onBroken);
      }
    }
  }

  /** A final place of one version. A second version of the same number is rejected and says nothing of the first. */
  #conclude(entry: Entry, id: TransactionId, place: Omit<FinalResult, 'id'>): void {
    const { outcome, position, commitIndex, commitTimeMs } = place;
    const mayBeSecond =
      outcome.status === 'rejected' && outcome.code === 'sequence-used' && entry.attachments.length > 1;
    if (mayBeSecond) this.ask(entry);
    else this.#dependencies.onFinal(entry, { id, outcome, position, commitIndex, commitTimeMs });
  }

  async #pollNowAndThen(): Promise<void> {
    const { clock, limits, entries, signal } = this.#dependencies;
    while (!signal.aborted) {
      await pause(clock, limits.statusPollMs, signal);
      const beforeMs = clock.monotonicMs() - limits.statusPollMs;
      const overdue: Entry[] = [];
      for (const entry of entries.values()) {
        if (overdue.length >= POLLS_MAX * 4) break;
        if (entry.reached !== null && entry.newsAtMs <= beforeMs) overdue.push(entry);
      }
      await this.#pollAll(overdue);
    }
  }

  #pollAll(entries: readonly Entry[]): Promise<void> {
    const round = this.#rounds.then(() => this.#pollTogether(entries));
    // The caller sees the failure; the next round runs all the same.
    this.#rounds = round.catch(() => undefined);
    return round;
  }

  async #pollTogether(entries: readonly Entry[]): Promise<void> {
    const iterator = entries.values();
    const worker = async (): Promise<void> => {
      for (const entry of iterator) await this.#poll(entry);
    };
    await Promise.all(Array.from({ length: Math.min(POLLS_MAX, entries.length) }, worker));
  }

  async #pollWitnessed(entry: Entry): Promise<void> {
    const { clock, limits, entries, signal } = this.#dependencies;
    await entry.wait('submitted');
    while (entry.reached === 'submitted' && !signal.aborted && entries.has(entry)) {
      await this.#poll(entry);
      if (entry.reached === 'submitted') await pause(clock, limits.witnessPollMs, signal);
    }
  }

  /** Asks one node for every version. Where none answers, the next poll or event will tell. */
  async #poll(entry: Entry): Promise<void> {
    const { pool, clock, entries, signal, onFinal, onLost } = this.#dependencies;
    if (signal.aborted || !entries.has(entry)) return;
    const known: TransactionInfo[] = [];
    try {
      for (const { id } of entry.attachments) {
        const info = await pool.read((client) => this.#status(client, id), signal, 1);
        if (info !== null) known.push(info);
      }
    } catch (error) {
      if (error instanceof TangleError) return;
      throw error;
    }
    if (!entries.has(entry)) return;
    entry.newsAtMs = clock.monotonicMs();
    const finals = known.flatMap(({ id, final }) => (final === null ? [] : [{ id, ...final }]));
    const accepted = finals.find((final) => final.outcome.status === 'accepted');
    // Without an accepted version the verdict is complete once every version that a node holds has its own.
    const verdict = accepted ?? (finals.length === known.length ? finals[0] : undefined);
    if (verdict !== undefined) {
      const { id, outcome, position, commitIndex, commitTimeMs } = verdict;
      onFinal(entry, { id, outcome, position, commitIndex, commitTimeMs });
    } else if (known.length === 0) {
      onLost(entry);
    } else if (known.some((info) => info.status !== 'pending')) {
      entry.reach('witnessed');
    }
  }

  /** Null where the node does not hold it. */
  async #status(client: NodeClient, id: TransactionId): Promise<TransactionInfo | null> {
    try {
      const info = readTransaction(await client.getJson(`/v1/transactions/${id}`, this.#dependencies.signal));
      if (info.id === id) return info;
      throw new TangleError('unexpected-response', `id is ${info.id}, asked for ${id}`, {
        node: client.url,
        details: { field: 'id' },
      });
    } catch (error) {
      if (error instanceof TangleError && error.code === 'transaction-not-found') return null;
      throw error;
    }
  }
}
