/** One transaction of a device on its way: its versions, how far it is, and who waits for it. */
import type { TransactionId } from '@tangle/core/ids';
import type { Outcome } from '@tangle/core/model';
import type { FinalPlace } from '../client/wire.js';
import type { Attachment } from '../outbox.js';
import { present } from '@tangle/core/assert';
import type { TangleError } from '../errors.js';

/** Stages that an entry goes through, in order. */
const ENTRY_STAGES = ['submitted', 'witnessed', 'final'] as const;
export type EntryStage = (typeof ENTRY_STAGES)[number];
/** What can be waited for: `certified` comes after the device has let go of it. */
export type WaitStage = EntryStage | 'certified';

/** Where a transaction ended up. */
export interface FinalResult extends FinalPlace {
  /** Of the version that got there. */
  readonly id: TransactionId;
  readonly outcome: Outcome;
}

interface Waiter {
  readonly stage: EntryStage;
  readonly resolve: () => void;
  readonly reject: (error: TangleError) => void;
}

export class Entry {
  readonly sequence: bigint;
  readonly #attachments: Attachment[];
  readonly #waiters: Waiter[] = [];
  #reached: EntryStage | null = null;
  #result: FinalResult | null = null;
  #refusal: TangleError | null = null;
  /** Whether it was sent before, by this process. */
  attempted = false;
  /** Whether it may have become final unseen: its status is asked for as soon as a node has it. */
  readonly recovered: boolean;
  /** Address of the node that took it last. */
  node: string | null = null;
  /** Monotonic ms of the last news about it. */
  newsAtMs = 0;

  constructor(sequence: bigint, attachments: readonly Attachment[], recovered = false) {
    this.sequence = sequence;
    this.recovered = recovered;
    this.#attachments = [...attachments];
  }

  /** Every version, oldest first. */
  get attachments(): readonly Attachment[] {
    return this.#attachments;
  }

  get newest(): Attachment {
    return present(this.#attachments.at(-1), 'an entry has at least one version');
  }

  get reached(): EntryStage | null {
    return this.#reached;
  }

  get result(): FinalResult | null {
    return this.#result;
  }

  /** Why no node takes it; null while it is on its way. */
  get refusal(): TangleError | null {
    return this.#refusal;
  }

  attach(attachment: Attachment): void {
    this.#attachments.push(attachment);
  }

  /** It got (at least) this far. */
  reach(stage: 'submitted' | 'witnessed'): void {
    this.#refusal = null;
    if (isBefore(this.#reached, stage)) this.#reached = stage;
    this.#settleWaiters();
  }

  finish(result: FinalResult): void {
    this.#refusal = null;
    this.#result = result;
    this.#reached = 'final';
    this.#settleWaiters();
  }

  /** Whoever waits now gets the error; `retry` takes it back. */
  fail(error: TangleError): void {
    this.#refusal = error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  retry(): void {
    this.#refusal = null;
  }

  wait(stage: EntryStage): Promise<void> {
    if (!isBefore(this.#reached, stage)) return Promise.resolve();
    if (this.#refusal !== null) return Promise.reject(this.#refusal);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ stage, resolve, reject });
    });
  }

  #settleWaiters(): void {
    const waiters = this.#waiters.splice(0);
    for (const waiter of waiters) {
      if (isBefore(this.#reached, waiter.stage)) this.#waiters.push(waiter);
      else waiter.resolve();
    }
  }
}

function isBefore(reached: EntryStage | null, stage: EntryStage): boolean {
  return reached === null || ENTRY_STAGES.indexOf(reached) < ENTRY_STAGES.indexOf(stage);
}
