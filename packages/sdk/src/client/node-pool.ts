/**
 * Several nodes as one: stays with a node while it answers, turns to the next when it fails, and waits before a failed
 * one is tried again (doubling, with jitter, or what `Retry-After` says).
 */
import type { Limits } from '../limits.js';
import type { Clock, RandomBytes } from '../ports.js';
import type { NodeClientDependencies } from './node-client.js';
import { invalidArgument, TangleError } from '../errors.js';
import { fraction, pause } from '../ports.js';
import { NodeClient } from './node-client.js';

export interface NodePoolDependencies extends NodeClientDependencies {
  readonly random: RandomBytes;
}

interface Member {
  readonly client: NodeClient;
  /** Failures in a row. */
  failures: number;
  /** Times in a row that there was no answer at all. */
  silences: number;
  /** Monotonic ms before which it is left alone. */
  retryAtMs: number;
}

export class NodePool {
  readonly #members: readonly Member[];
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #limits: Limits;
  /** Called whenever a node failed or answers again. */
  onChange: () => void = () => undefined;
  #preferred = 0;

  /** Throws `invalid-argument` without any node. */
  constructor(urls: readonly string[], dependencies: NodePoolDependencies) {
    if (urls.length === 0) throw invalidArgument('nodes', 'empty', 'at least one address');
    const distinct = [...new Set(urls.map((url) => url.replace(/\/+$/, '')))];
    this.#members = distinct.map((url) => ({
      client: new NodeClient(url, dependencies),
      failures: 0,
      silences: 0,
      retryAtMs: 0,
    }));
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#limits = dependencies.limits;
  }

  get size(): number {
    return this.#members.length;
  }

  get clients(): readonly NodeClient[] {
    return this.#members.map((member) => member.client);
  }

  /** Whether no node answers. One silence may be a kept-alive connection that was closed at the wrong moment. */
  get offline(): boolean {
    return this.#members.every((member) => member.silences > 1);
  }

  /** Nodes whose last answer was not a failure. */
  get answering(): readonly string[] {
    return this.#members.filter((member) => member.failures === 0).map((member) => member.client.url);
  }

  /** The node to ask now; waits where all are to be left alone for a while. Throws `closed` when aborted. */
  async next(signal: AbortSignal): Promise<NodeClient> {
    for (;;) {
      if (signal.aborted) throw new TangleError('closed', 'closed while waiting for a node');
      const nowMs = this.#clock.monotonicMs();
      let best: Member | undefined;
      for (let step = 0; step < this.#members.length; step++) {
        const member = this.#members[(this.#preferred + step) % this.#members.length];
        if (member === undefined) continue;
        if (member.retryAtMs <= nowMs) return member.client;
        if (best === undefined || member.retryAtMs < best.retryAtMs) best = member;
      }
      await pause(this.#clock, Math.max(1, Math.ceil((best?.retryAtMs ?? nowMs) - nowMs)), signal);
    }
  }

  succeeded(client: NodeClient): void {
    const member = this.#member(client);
    member.failures = 0;
    member.silences = 0;
    member.retryAtMs = 0;
    this.onChange();
  }

  /** The node failed: leave it alone for a while and prefer the next one. */
  failed(client: NodeClient, error: TangleError): void {
    const member = this.#member(client);
    const isSilence = error.code === 'node-unreachable' || error.code === 'node-timeout';
    member.silences = isSilence ? member.silences + 1 : 0;
    const nowMs = this.#clock.monotonicMs();
    if (member.retryAtMs <= nowMs) {
      const doubled = this.#limits.backoffMsMin * 2 ** Math.min(member.failures, 30);
      const delayMs = Math.min(this.#limits.backoffMsMax, doubled) * (0.5 + fraction(this.#random) / 2);
      member.failures += 1;
      member.retryAtMs = nowMs + (error.retryAfterMs ?? delayMs);
    } else {
      // Dozens of requests in flight fail of one outage: the pause doubles once.
      member.retryAtMs = Math.max(member.retryAtMs, nowMs + (error.retryAfterMs ?? 0));
    }
    this.turnFrom(client);
    this.onChange();
  }

  /** The node answers, but somebody else should be asked next. */
  turnFrom(client: NodeClient): void {
    const index = this.#members.findIndex((member) => member.client === client);
    if (index === this.#preferred) this.#preferred = (index + 1) % this.#members.length;
  }

  /** A read: each node gets a try, and one more, before the last failure is thrown. Refusals are thrown at once. */
  async read<Value>(
    operation: (client: NodeClient) => Promise<Value>,
    signal: AbortSignal,
    triesPerNode = 2,
  ): Promise<Value> {
    for (let tries = this.#members.length * triesPerNode; ; tries--) {
      const client = await this.next(signal);
      try {
        const value = await operation(client);
        this.succeeded(client);
        return value;
      } catch (error) {
        if (!(error instanceof TangleError) || !isNodeFailure(error)) throw error;
        this.failed(client, error);
        if (tries <= 1) throw error;
      }
    }
  }

  #member(client: NodeClient): Member {
    const member = this.#members.find((candidate) => candidate.client === client);
    if (member === undefined) throw new TangleError('invalid-argument', `${client.url} is not of this pool`);
    return member;
  }
}

const NODE_FAILURES: ReadonlySet<string> = new Set([
  'node-unreachable',
  'node-timeout',
  'unexpected-response',
  'proof-invalid',
]);

/** The node is to blame, not the request: another one may answer. */
export function isNodeFailure(error: TangleError): boolean {
  if (error.code === 'closed') return false;
  if (NODE_FAILURES.has(error.code)) return true;
  return error.status !== null && (error.status >= 500 || error.status === 429 || error.status === 408);
}
