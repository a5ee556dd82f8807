/**
 * How far the log is certified, as the nodes say: from their events, and by asking where those do not come. It listens
 * only while somebody waits, since every commit of the network makes such an event.
 */
import type { EventStreamDependencies } from '../client/event-stream.js';
import type { Limits } from '../limits.js';
import type { Clock } from '../ports.js';
import { followEvents } from '../client/event-stream.js';
import { readInfo } from '../client/wire.js';
import { TangleError } from '../errors.js';
import { onAbort, pause } from '../ports.js';

export interface CertifiedWatchDependencies extends EventStreamDependencies {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class CertifiedWatch {
  readonly #dependencies: CertifiedWatchDependencies;
  readonly #waiters = new Set<Waiter>();
  /** Largest size that a node called certified. */
  #size = 0;
  /** Ends the stream and the polling. */
  #listening: AbortController | null = null;

  constructor(dependencies: CertifiedWatchDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves once a node says that the leaf at `position` lies under a certified checkpoint. Throws `closed`. */
  async wait(position: number): Promise<void> {
    if (position < this.#size) return;
    const { signal } = this.#dependencies;
    if (signal.aborted) throw closed();
    let release = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const waiter = { position, resolve, reject };
        this.#waiters.add(waiter);
        release = onAbort(signal, () => {
          this.#waiters.delete(waiter);
          reject(closed());
        });
        this.#listen();
      });
    } finally {
      release();
      if (this.#waiters.size === 0) this.#stop();
    }
  }

  #listen(): void {
    if (this.#listening !== null) return;
    const listening = new AbortController();
    this.#listening = listening;
    const signal = AbortSignal.any([this.#dependencies.signal, listening.signal]);
    const fail = (error: unknown): void => {
      if (this.#listening === listening) this.#stop();
      for (const waiter of this.#waiters) waiter.reject(error);
      this.#waiters.clear();
    };
    this.#follow(signal).catch(fail);
    this.#poll(signal).catch(fail);
  }

  #stop(): void {
    this.#listening?.abort();
    this.#listening = null;
  }

  #reached(size: number): void {
    this.#size = Math.max(this.#size, size);
    for (const waiter of this.#waiters) {
      if (waiter.position >= this.#size) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Where no node gives such events, the polling has to do. */
  async #follow(signal: AbortSignal): Promise<void> {
    try {
      for await (const item of followEvents({ query: 'kinds=certified' }, this.#dependencies, signal)) {
        if (item.kind === 'certified') this.#reached(item.size);
      }
    } catch (error) {
      if (!(error instanceof TangleError)) throw error;
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { pool, clock, limits } = this.#dependencies;
    while (!signal.aborted) {
      let delayMs = limits.certifiedPollMs;
      try {
        const info = await pool.read(async (client) => readInfo(await client.getJson('/v1/info', signal)), signal, 1);
        this.#reached(info.certifiedSize ?? 0);
      } catch (error) {
        if (!(error instanceof TangleError)) throw error;
        delayMs = error.retryAfterMs ?? delayMs;
      }
      await pause(clock, delayMs, signal);
    }
  }
}

function closed(): TangleError {
  return new TangleError('closed', 'closed while waiting for a checkpoint');
}
