/**
 * Devices that do what no honest one does. What honest gateways take from them is theirs to make final like anything
 * else (PROTOCOL 3): only execution refuses.
 */
import { present } from '@tangle/core/assert';
import type { Crypto } from '@tangle/core/crypto';
import type { TransactionId, ValidatorIndex } from '@tangle/core/ids';
import { PAYLOAD_TYPE, type CheckedTransaction, type Genesis } from '@tangle/core/model';
import { testTransaction, type TestDevice } from '@tangle/core/testing';
import type { SubmitAnswer } from '@tangle/node/replica';
import type { EventQueue } from '../event-queue.js';
import type { SimNode } from '../node.js';
import type { Random } from '../prng.js';

/** What one does each time it acts. */
export const HABITS = [
  /** Two readings under one number, each at another gateway. */
  'two-gateways',
  /** Another reading under a number long used. */
  'number-reuse',
  /** A clock in the year 2100. */
  'clock-ahead',
  /** Approves what is long final, or the genesis twice. */
  'lazy',
  /** A chain of readings, each over the one before. */
  'deep-chain',
  /** The same bytes at every gateway, several times. */
  'duplicates',
] as const;
export type Habit = (typeof HABITS)[number];

interface Surroundings {
  readonly network: { readonly genesis: Genesis; readonly crypto: Crypto };
  /** Its gateways. */
  readonly nodes: readonly SimNode[];
  readonly queue: EventQueue;
  readonly random: Random;
  /** A gateway has taken it: it has to become final. */
  readonly onAccepted: (id: TransactionId, node: ValidatorIndex) => void;
}

const CHAIN = 20;
const DUPLICATES = 5;
const YEAR_2100_MS = Date.UTC(2100, 0);

export class HostileDevice {
  readonly #key: TestDevice;
  readonly #habit: Habit;
  readonly #world: Surroundings;
  #sequence = 0;
  /** The oldest transaction it remembers. */
  #old: TransactionId | null = null;

  constructor(key: TestDevice, habit: Habit, world: Surroundings) {
    this.#key = key;
    this.#habit = habit;
    this.#world = world;
  }

  /** Does its worst, once. Gateways that are down hear nothing of it. */
  act(): void {
    const { nodes, random } = this.#world;
    const [first, second] = random.shuffle(nodes);
    const gateway = present(first, 'a gateway');
    switch (this.#habit) {
      case 'two-gateways': {
        const sequence = ++this.#sequence;
        this.#submit(gateway, this.#sign(gateway, { sequence }));
        if (second !== undefined) this.#submit(second, this.#sign(second, { sequence }));
        return;
      }
      case 'number-reuse':
        this.#submit(gateway, this.#sign(gateway, { sequence: 1 + random.integer(0, 3) }));
        return;
      case 'clock-ahead':
        this.#submit(gateway, this.#sign(gateway, { timestampMs: YEAR_2100_MS }));
        return;
      case 'lazy': {
        const { transactionId } = this.#world.network.genesis;
        const reading = this.#sign(gateway, { parents: [this.#old ?? transactionId, transactionId] });
        this.#old ??= reading.id;
        this.#submit(gateway, reading);
        return;
      }
      case 'deep-chain': {
        let parent = this.#world.network.genesis.transactionId;
        for (let length = 0; length < CHAIN; length++) {
          const reading = this.#sign(gateway, { parents: [parent, this.#world.network.genesis.transactionId] });
          parent = reading.id;
          this.#submit(gateway, reading);
        }
        return;
      }
      case 'duplicates': {
        const reading = this.#sign(gateway, {});
        for (let copy = 0; copy < DUPLICATES; copy++) for (const node of nodes) this.#submit(node, reading);
        return;
      }
    }
  }

  #sign(
    gateway: SimNode,
    fields: {
      readonly sequence?: number;
      readonly timestampMs?: number;
      readonly parents?: readonly [TransactionId, TransactionId];
    },
  ): CheckedTransaction {
    const { network, queue, random } = this.#world;
    const { time, maxPayload } = network.genesis.parameters;
    const [first, second] = gateway.replica?.tips(2, this.#key.issuer) ?? [];
    const { transactionId } = network.genesis;
    const [one, other] = fields.parents ?? [first ?? transactionId, second ?? transactionId];
    return testTransaction(network, this.#key, {
      sequence: fields.sequence ?? ++this.#sequence,
      timestampMs: fields.timestampMs ?? time + Math.floor(queue.nowUs / 1_000),
      // The genesis may stand twice, nothing else may.
      parents: one === other ? [transactionId, transactionId] : [one, other],
      payloadType: PAYLOAD_TYPE.opaque,
      payload: Uint8Array.from({ length: Math.min(8, maxPayload) }, () => random.integer(0, 255)),
    });
  }

  #submit(node: SimNode, { id, bytes }: CheckedTransaction): void {
    const { queue, onAccepted } = this.#world;
    const { replica } = node;
    if (replica === null) return;
    const answered = ({ kind }: SubmitAnswer): void => {
      if (kind === 'accepted' && node.replica === replica) onAccepted(id, node.index);
    };
    replica.submit(bytes).then(
      answered,
      // As with an honest device: the event loop of the world makes it a violation.
      (error: unknown) => {
        queue.after(0, () => {
          throw error;
        });
      },
    );
  }
}
