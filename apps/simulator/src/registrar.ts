/** What the administrator does in the middle of a run: takes hostile devices out and in again, and makes mistakes. */
import { SUITE_ED25519 } from '@tangle/core/ids';
import { encodeRegistryPayload, PAYLOAD_TYPE, type RegistryChange } from '@tangle/core/model';
import { testTransaction, type TestDevice, type TestNetwork } from '@tangle/core/testing';
import type { SimDevice } from './device.js';
import type { Random } from './prng.js';

const CHANGES = ['quarantine', 'release', 'revoke', 'unreadable', 'resign'] as const;

export class Registrar {
  readonly #network: TestNetwork;
  readonly #administrator: SimDevice;
  readonly #devices: readonly TestDevice[];
  readonly #random: Random;

  /** @param devices those it may do anything to. */
  constructor(network: TestNetwork, administrator: SimDevice, devices: readonly TestDevice[], random: Random) {
    this.#network = network;
    this.#administrator = administrator;
    this.#devices = devices;
    this.#random = random;
  }

  /** One change, or a mistake: a payload that nobody can read, or the revocation of the last administrator. */
  change(): void {
    const kind = this.#random.pick(CHANGES);
    const { administrator } = this.#network;
    if (kind === 'unreadable') this.#send(Uint8Array.of(0));
    else if (kind === 'resign') this.#send(payloadOf('revoke', administrator));
    else if (this.#devices.length > 0) this.#send(payloadOf(kind, this.#random.pick(this.#devices)));
  }

  #send(payload: Uint8Array): void {
    this.#administrator.send((sequence, parents) =>
      testTransaction(this.#network, this.#network.administrator, {
        sequence,
        parents,
        payloadType: PAYLOAD_TYPE.registry,
        payload,
      }),
    );
  }
}

function payloadOf(action: Exclude<RegistryChange['action'], 'register'>, { signer }: TestDevice): Uint8Array {
  return encodeRegistryPayload({ action, suite: SUITE_ED25519, key: signer.publicKey });
}
