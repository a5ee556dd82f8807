/** A local cluster: every validator of a network as a process of its own, watched and stopped together. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterLayout, ClusterNode } from './layout.js';
import { ClusterChild, describeExit, type ChildExit } from './child.js';

export type ClusterEvent =
  | { readonly kind: 'ready'; readonly node: ClusterNode; readonly pid: number }
  | { readonly kind: 'died'; readonly node: ClusterNode; readonly pid: number; readonly exit: ChildExit }
  /** A new try comes after `delayMs`. */
  | { readonly kind: 'restarting'; readonly node: ClusterNode; readonly delayMs: number };

export interface ClusterOptions {
  readonly layout: ClusterLayout;
  /** Start a node again when it dies. */
  readonly restart: boolean;
  readonly onEvent: (event: ClusterEvent) => void;
  /** Resolves when the start is to be given up. */
  readonly stop: Promise<unknown>;
}

const READY_TIMEOUT_MS = 60_000;
const RESTART_DELAY_MIN_MS = 500;
const RESTART_DELAY_MAX_MS = 30_000;
/** A node that ran so long had a good start: its next restart is quick again. */
const STABLE_AFTER_MS = 60_000;

export class Cluster {
  /** Resolves when the last node has died and none is to be started again. */
  readonly over: Promise<void>;
  readonly #options: ClusterOptions;
  readonly #children = new Map<string, ClusterChild>();
  readonly #stopping = new AbortController();

  private constructor(options: ClusterOptions, children: readonly ClusterChild[]) {
    this.#options = options;
    for (const child of children) this.#children.set(child.node.name, child);
    this.over = Promise.all(children.map((child) => this.#keep(child))).then(() => undefined);
  }

  /**
   * Starts all nodes and waits until each is ready; where one fails, the others are stopped and its error is thrown. Null
   * where `stop` came first: then all are stopped again.
   */
  static async start(options: ClusterOptions): Promise<Cluster | null> {
    const children: ClusterChild[] = [];
    try {
      for (const node of options.layout.nodes) children.push(await ClusterChild.start(node));
      // The first failure ends the wait: without its quorum no other becomes ready.
      const ready = Promise.all(children.map((child) => child.ready(READY_TIMEOUT_MS)));
      const isReady = await Promise.race([ready.then(() => true), options.stop.then(() => false)]);
      if (!isReady) {
        await Promise.all(children.map((child) => child.stop()));
        return null;
      }
    } catch (error) {
      await Promise.all(children.map((child) => child.stop()));
      throw error;
    }
    for (const child of children) options.onEvent({ kind: 'ready', node: child.node, pid: child.pid });
    return new Cluster(options, children);
  }

  /** Stops every node; resolves when all processes are gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(Array.from(this.#children.values(), (child) => child.stop()));
    await this.over;
  }

  /** Follows one node through its deaths. */
  async #keep(first: ClusterChild): Promise<void> {
    const { restart, onEvent } = this.#options;
    const { signal } = this.#stopping;
    let child = first;
    let delayMs = RESTART_DELAY_MIN_MS;
    for (;;) {
      const startedAtMs = performance.now();
      const exit = await child.exited;
      if (signal.aborted) return;
      const { node, pid } = child;
      onEvent({ kind: 'died', node, pid, exit });
      if (!restart) return;
      if (performance.now() - startedAtMs > STABLE_AFTER_MS) delayMs = RESTART_DELAY_MIN_MS;
      onEvent({ kind: 'restarting', node, delayMs });
      await delay(delayMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      delayMs = Math.min(RESTART_DELAY_MAX_MS, delayMs * 2);
      child = await this.#startAgain(node);
    }
  }

  async #startAgain(node: ClusterNode): Promise<ClusterChild> {
    const child = await ClusterChild.start(node);
    this.#children.set(node.name, child);
    // A stop that came while the process was being made has not seen it.
    if (this.#stopping.signal.aborted) await child.stop();
    void child.ready(READY_TIMEOUT_MS).then(
      () => this.#options.onEvent({ kind: 'ready', node, pid: child.pid }),
      // Either it died, which `#keep` reports, or it is not ready yet, which `tangle doctor` explains.
      () => undefined,
    );
    return child;
  }
}

/** An event as a line for people. */
export function describeEvent(event: ClusterEvent): string {
  const { name, apiUrl, peers } = event.node;
  switch (event.kind) {
    case 'ready':
      return `${name}  ${apiUrl}  peers ${peers}  pid ${event.pid}`;
    case 'died':
      return `${name} (pid ${event.pid}) died: ${describeExit(event.exit)}`;
    case 'restarting':
      return `${name} is started again in ${event.delayMs} ms`;
  }
}
