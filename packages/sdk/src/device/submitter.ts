/**
 * Gets kept transactions to a node: in order, a bounded number in flight, within the issuer's window, the same bytes
 * again until a node holds them durably. Signing is for device.ts, what happens afterwards for final-tracker.ts.
 */
import type { NodePool } from '../client/node-pool.js';
import type { NodeClient } from '../client/node-client.js';
import type { Limits } from '../limits.js';
import type { Clock, RandomBytes } from '../ports.js';
import type { Entry } from './entry.js';
import type { OpenEntries } from './open-entries.js';
import { isNodeFailure } from '../client/node-pool.js';
import { readSubmitted } from '../client/wire.js';
import { TangleError } from '../errors.js';
import { fraction, pause } from '../ports.js';

/** The node lacks a parent: another node or a little time may help, at last other parents. */
const PARENT_UNKNOWN = 'parent-unknown';
/** The device is ahead of its provisioned rate: so it would be at any node. */
const RATE_LIMITED = 'rate-limited';
/** About the bytes or the number themselves: no node will ever take them. */
const HOPELESS_CODES: ReadonlySet<string> = new Set([
  'malformed',
  'unsupported-version',
  'unsupported-suite',
  'timestamp-out-of-range',
  'wrong-network',
  'payload-too-large',
  'body-too-large',
  'parents-equal',
  'parent-not-a-transaction',
  'bad-signature',
  'malformed-payload',
  'sequence-too-old',
  'sequence-used',
]);

export interface SubmitterDependencies {
  readonly pool: NodePool;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly limits: Limits;
  readonly entries: OpenEntries;
  readonly signal: AbortSignal;
  /** Signs and keeps a version with new parents. */
  readonly reattach: (entry: Entry) => Promise<void>;
  /** A node holds it. */
  readonly onSubmitted: (entry: Entry) => void;
  /** No node will ever take it: forget it. */
  readonly onHopeless: (entry: Entry) => void;
  /** There may be room for more, or a refusal to report. */
  readonly onChange: () => void;
  /** A bug, or the outbox failed: nothing can be sent any more. */
  readonly onBroken: (error: unknown) => void;
}

export class Submitter {
  readonly #dependencies: SubmitterDependencies;
  /** To be sent for the first time, in the order of numbers. */
  readonly #queue = new Set<Entry>();
  /** To be sent again: ahead of the queue, which may be waiting for just these to become final. */
  readonly #retries = new Set<Entry>();
  readonly #sending = new Set<Entry>();
  /** Refused by every node that answers; tried again with the next submission and the next start. */
  readonly #parked = new Set<Entry>();
  /** How many may be in flight: halved each time a node says that the device is ahead of its rate, grown by what goes well. */
  #window: number;
  /** Nothing is sent before this, monotonic ms: what a node asked for that said so. */
  #restUntilMs = 0;
  #isResting = false;

  constructor(dependencies: SubmitterDependencies) {
    this.#dependencies = dependencies;
    this.#window = dependencies.limits.inFlightMax;
  }

  /** Waiting or in flight. */
  get busy(): number {
    return this.#queue.size + this.#retries.size + this.#sending.size;
  }

  enqueue(entry: Entry): void {
    if (this.#sending.has(entry)) return;
    (entry.attempted ? this.#retries : this.#queue).add(entry);
    this.pump();
  }

  /** Everything that was refused gets another try. */
  retryParked(): void {
    for (const entry of this.#parked) {
      entry.retry();
      this.#retries.add(entry);
    }
    this.#parked.clear();
    this.pump();
  }

  /** Starts what may be sent now. */
  pump(): void {
    const { entries, signal } = this.#dependencies;
    if (this.#rests()) return;
    for (const queue of [this.#retries, this.#queue]) {
      for (const entry of queue) {
        if (signal.aborted || this.#sending.size >= this.#window) return;
        // Numbers grow along the queue: what comes after may not be sent either.
        if (!entries.maySend(entry.sequence)) break;
        queue.delete(entry);
        if (entries.has(entry) && !this.#sending.has(entry)) this.#start(entry);
      }
    }
  }

  #start(entry: Entry): void {
    const { onBroken, onChange } = this.#dependencies;
    entry.attempted = true;
    this.#sending.add(entry);
    this.#send(entry)
      .catch(onBroken)
      .finally(() => {
        this.#sending.delete(entry);
        onChange();
        this.pump();
      });
  }

  async #send(entry: Entry): Promise<void> {
    const { pool, entries, limits, signal, onSubmitted } = this.#dependencies;
    const refusals = new Map<string, TangleError>();
    let unknownParents = 0;
    while (!signal.aborted && entries.has(entry)) {
      let client: NodeClient | null = null;
      try {
        client = await pool.next(signal);
        await this.#post(client, entry);
        pool.succeeded(client);
        entry.node = client.url;
        this.#window = Math.min(limits.inFlightMax, this.#window + 1);
        onSubmitted(entry);
        return;
      } catch (error) {
        if (!(error instanceof TangleError)) throw error;
        if (client === null || error.code === 'closed') return;
        if (error.code === PARENT_UNKNOWN) {
          unknownParents += 1;
          await this.#awaitParents(client, entry, unknownParents);
        } else if (error.code === RATE_LIMITED) {
          pool.succeeded(client);
          this.#slowDown(error);
          this.#retries.add(entry);
          return;
        } else if (isNodeFailure(error)) {
          pool.failed(client, error);
        } else if (this.#isRefused(client, entry, error, refusals)) {
          return;
        }
      }
    }
  }

  /** Fewer at a time, and none for as long as the node said. Asking another one would only spread the excess. */
  #slowDown({ retryAfterMs }: TangleError): void {
    const { clock, limits } = this.#dependencies;
    this.#window = Math.max(1, Math.floor(this.#window / 2));
    this.#restUntilMs = Math.max(this.#restUntilMs, clock.monotonicMs() + (retryAfterMs ?? limits.backoffMsMin));
  }

  /** Whether nothing may be sent now; then it goes on by itself. */
  #rests(): boolean {
    const { clock, onBroken } = this.#dependencies;
    const restMs = this.#restUntilMs - clock.monotonicMs();
    if (restMs <= 0) return false;
    if (!this.#isResting) {
      this.#isResting = true;
      this.#goOnAfter(restMs).catch(onBroken);
    }
    return true;
  }

  async #goOnAfter(restMs: number): Promise<void> {
    const { clock, signal } = this.#dependencies;
    await pause(clock, Math.ceil(restMs), signal);
    this.#isResting = false;
    this.pump();
  }

  async #post(client: NodeClient, entry: Entry): Promise<void> {
    const { id, bytes } = entry.newest;
    const answered = readSubmitted(
      await client.postBytes('/v1/transactions', new Uint8Array(bytes), this.#dependencies.signal),
    );
    if (answered === id) return;
    throw new TangleError('unexpected-response', `id is ${answered}, but the bytes hash to ${id}`, {
      node: client.url,
      details: { field: 'id', found: answered, allowed: id },
    });
  }

  /** Somebody else's turn after a pause; and where all were asked often enough, other parents. */
  async #awaitParents(client: NodeClient, entry: Entry, tries: number): Promise<void> {
    const { pool, clock, random, limits, signal, reattach } = this.#dependencies;
    pool.succeeded(client);
    pool.turnFrom(client);
    const enough = limits.unknownParentsMax * pool.size;
    if (tries % enough === 0 && entry.attachments.length < limits.attachmentsMax) {
      await reattach(entry);
      return;
    }
    const delayMs = Math.min(limits.backoffMsMax, limits.backoffMsMin * 2 ** Math.min(tries, 30));
    await pause(clock, delayMs * (0.5 + fraction(random) / 2), signal);
  }

  /** Whether that was the last word: every node that answers has refused it. */
  #isRefused(client: NodeClient, entry: Entry, error: TangleError, refusals: Map<string, TangleError>): boolean {
    const { pool, onSubmitted, onHopeless } = this.#dependencies;
    pool.succeeded(client);
    if (error.code === 'sequence-used' && entry.attachments.length > 1) {
      // Most likely another version of it is final already; the tracker finds out.
      onSubmitted(entry);
      return true;
    }
    refusals.set(client.url, error);
    if (pool.answering.some((url) => !refusals.has(url))) {
      pool.turnFrom(client);
      return false;
    }
    if (HOPELESS_CODES.has(error.code)) onHopeless(entry);
    else this.#parked.add(entry);
    entry.fail(error);
    return true;
  }
}
