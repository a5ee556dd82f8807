/**
 * A hostile device: everything it sends is valid and becomes final, and most of it is rejected in the order. It reuses
 * numbers, equivocates through two gateways, leaps ahead, lies about time, changes the registry, approves old parents.
 */
import { SUITE_ED25519, type TransactionId } from '@tangle/core/ids';
import { encodeRegistryPayload, PAYLOAD_TYPE, type CheckedTransaction } from '@tangle/core/model';
import { testTransaction, type TestDevice, type TestNetwork, type TestTransactionFields } from '@tangle/core/testing';
import type { SimDevice } from './device.js';
import type { Random } from './prng.js';

type Parents = readonly [TransactionId, TransactionId];
type Fields = Omit<TestTransactionFields, 'parents' | 'sequence'>;

const TRICKS = ['honest', 'equivocate', 'again', 'reuse', 'leap', 'future', 'registry', 'lazy'] as const;

const YEAR_2100_MS = 4_102_444_800_000;
/** Beyond the replay window, which is 1,024 wide. */
const LEAP_MAX = 3_000;

export class Trickster {
  readonly #network: Pick<TestNetwork, 'genesis' | 'crypto'>;
  readonly #key: TestDevice;
  readonly #gateways: readonly [SimDevice, SimDevice];
  readonly #random: Random;
  #sequence = 0;
  #last: Fields = {};

  /** @param gateways two devices with this one key, each at another node. */
  constructor(
    network: Pick<TestNetwork, 'genesis' | 'crypto'>,
    key: TestDevice,
    gateways: readonly [SimDevice, SimDevice],
    random: Random,
  ) {
    this.#network = network;
    this.#key = key;
    this.#gateways = gateways;
    this.#random = random;
  }

  /** Where the load would have an honest device take a reading. */
  read(): void {
    const [first, second] = this.#gateways;
    switch (this.#random.pick(TRICKS)) {
      case 'honest':
        this.#sequence++;
        this.#last = this.#reading();
        this.#send(first, this.#last);
        return;
      case 'equivocate':
        this.#sequence++;
        this.#send(first, this.#reading());
        this.#send(second, this.#reading());
        return;
      case 'again':
        this.#send(this.#random.pick(this.#gateways), this.#last);
        return;
      case 'reuse':
        this.#send(first, this.#reading());
        return;
      case 'leap':
        this.#sequence += this.#random.integer(2, LEAP_MAX);
        this.#send(first, this.#reading());
        // What was left out below is too old now, or just not.
        this.#send(second, this.#reading(), this.#sequence - this.#random.integer(1, 2_000));
        return;
      case 'future':
        this.#sequence++;
        this.#send(first, { ...this.#reading(), timestampMs: YEAR_2100_MS });
        return;
      case 'registry':
        this.#sequence++;
        this.#send(first, this.#promotion());
        return;
      case 'lazy': {
        this.#sequence++;
        const { transactionId } = this.#network.genesis;
        this.#send(first, this.#reading(), this.#sequence, [transactionId, transactionId]);
        return;
      }
    }
  }

  #send(gateway: SimDevice, fields: Fields, sequence = this.#sequence, instead: Parents | null = null): void {
    const number = Math.max(0, sequence);
    gateway.send((_, parents): CheckedTransaction =>
      testTransaction(this.#network, this.#key, { ...fields, sequence: number, parents: instead ?? parents }),
    );
  }

  #reading(): Fields {
    return { payloadType: PAYLOAD_TYPE.opaque, payload: Uint8Array.of(this.#random.integer(0, 255)) };
  }

  /** It would be administrator. */
  #promotion(): Fields {
    const { publicKey: key } = this.#key.signer;
    return {
      payloadType: PAYLOAD_TYPE.registry,
      payload: encodeRegistryPayload({
        action: 'register',
        suite: SUITE_ED25519,
        key,
        role: 'administrator',
        ratePerSecond: 0,
      }),
    };
  }
}
