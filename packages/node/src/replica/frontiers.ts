/**
 * Tells peers where this node stands (PROTOCOL 4): each one when its link comes up, with the own last statement again, and
 * all of them from time to time. What to make of theirs is the part of anti-entropy.
 */
import type { Engine } from '@tangle/core/engine';
import { standingOf, type AntiEntropy, type Standing } from './anti-entropy.js';
import type { Certifier } from './certifier.js';
import type { Links } from './links.js';
import { framesOf } from './messages.js';
import type { Observers } from './observers.js';
import type { PeerNumber } from './peers.js';
import type { ClockPort, StorePort } from './ports.js';

export interface FrontiersOptions {
  readonly engine: Engine;
  readonly certifier: Certifier;
  readonly antiEntropy: AntiEntropy;
  readonly links: Links;
  readonly observers: Observers;
  readonly store: StorePort;
  readonly clock: ClockPort;
  /** Resolves when what the engine says is durable. */
  readonly settled: () => Promise<void>;
  /** The store failed: the replica stops. */
  readonly failed: (error: unknown) => void;
}

export class Frontiers {
  readonly #options: FrontiersOptions;
  #cancel: (() => void) | null = null;
  #stopped = false;

  constructor(options: FrontiersOptions) {
    this.#options = options;
  }

  get standing(): Standing {
    const { engine, certifier } = this.#options;
    return standingOf(engine, certifier.isSettled);
  }

  /** From now on all peers hear of it from time to time. */
  start(): void {
    const { antiEntropy, clock, failed } = this.#options;
    this.#cancel = clock.schedule(antiEntropy.periodMs(this.standing), () => {
      if (this.#stopped) return;
      this.#tellAll().catch(failed);
      this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** A link came up. */
  greet(peer: PeerNumber): void {
    this.#greet(peer).catch(this.#options.failed);
  }

  async #greet(peer: PeerNumber): Promise<void> {
    const { engine, certifier, antiEntropy, links, observers, store, settled } = this.#options;
    await settled();
    // Both as of now: by the end of the reading the engine may be in a turn that is not durable.
    const { lastOwn } = engine;
    const frontier = antiEntropy.frontier(this.standing);
    const offers = certifier.offers();
    const bytes = lastOwn === null ? undefined : await store.statement(lastOwn);
    for (const message of framesOf(bytes === undefined ? [] : [bytes], offers)) links.send(peer, message);
    links.send(peer, frontier);
    observers.up(peer);
  }

  async #tellAll(): Promise<void> {
    const { certifier, antiEntropy, links, observers, settled } = this.#options;
    await settled();
    links.broadcast([antiEntropy.frontier(this.standing), ...framesOf([], certifier.offers())]);
    observers.repeat();
  }
}
