/** Everybody who sends: honest devices, hostile ones, the administrator, and those that wake the idle network. */
import { present } from '@tangle/core/assert';
import type { Signer } from '@tangle/core/crypto';
import type { ValidatorIndex } from '@tangle/core/ids';
import { registration, testDevice, type TestDevice, type TestNetwork } from '@tangle/core/testing';
import { SimDevice, type DeviceListener } from './device.js';
import type { EventQueue } from './event-queue.js';
import { readingTimes } from './load.js';
import type { SimNode } from './node.js';
import type { Random } from './prng.js';
import { Registrar } from './registrar.js';
import type { RunOptions } from './run-options.js';
import { Trickster } from './trickster.js';

export interface PopulationOptions {
  readonly run: RunOptions;
  readonly network: TestNetwork;
  readonly signerOf: (secretKey: Uint8Array) => Signer;
  /** Gateways: honest ones, because one that lies can keep for itself what it promised to take. */
  readonly gateways: readonly SimNode[];
  readonly queue: EventQueue;
  readonly random: Random;
  readonly listener: DeviceListener;
}

export class Population {
  /** The honest ones. */
  readonly devices: readonly SimDevice[];
  readonly #options: PopulationOptions;
  readonly #administrator: SimDevice;
  readonly #hostileDevices: readonly SimDevice[];
  readonly #tricksters: readonly Trickster[];
  readonly #registrar: Registrar;
  /** Devices of one reading each. */
  readonly #wakers: SimDevice[] = [];

  constructor(options: PopulationOptions) {
    const { run, network, queue, random } = options;
    this.#options = options;
    this.#administrator = this.#deviceAt(network.administrator, 0);
    const keys = this.#keys(run.devices, '');
    this.devices = keys.map((key, index) => this.#deviceAt(key, index));
    const hostileKeys = this.#keys(run.hostileDevices, 'hostile ');
    const pairs = hostileKeys.map(
      (key, index) => [this.#deviceAt(key, index), this.#deviceAt(key, index + 1)] as const,
    );
    this.#hostileDevices = pairs.flat();
    const tricks = random.fork('tricks');
    this.#tricksters = pairs.map(
      (pair, index) =>
        new Trickster(network, present(hostileKeys[index], 'a key for each'), pair, tricks.fork(`${index}`)),
    );
    this.#registrar = new Registrar(network, this.#administrator, hostileKeys, tricks.fork('registrar'));
    // A reading that overtakes the registration of its device becomes final all the same, as `unknown-device`.
    queue.at(0, () => {
      for (const key of [...keys, ...hostileKeys]) this.#register(key);
    });
  }

  /** All have got rid of their readings. */
  get hasSent(): boolean {
    return this.waitingCount === 0;
  }

  /** Readings that no node has taken yet. */
  get waitingCount(): number {
    return this.#all.reduce((sum, device) => sum + device.waitingCount, 0);
  }

  /** The load of the run, from now on: readings, and changes of the registry. */
  schedule(): void {
    const { run, queue } = this.#options;
    const random = this.#options.random.fork('readings');
    for (let count = Math.round(run.registryChanges); count > 0; count--) {
      queue.at(random.integer(0, Math.ceil(run.durationMs) * 1_000), () => this.#registrar.change());
    }
    const senders = [...this.devices, ...this.#tricksters];
    if (senders.length === 0) return;
    const times = readingTimes(run, random);
    const next = (): void => {
      const reading = times.next();
      if (reading.done === true) return;
      queue.at(Math.ceil(reading.value * 1_000), () => {
        random.pick(senders).read();
        next();
      });
    };
    next();
  }

  /** One reading, submitted at this node by a device that nobody has registered. */
  readAt(gateway: ValidatorIndex): void {
    const [key] = this.#keys(1, `waker ${this.#wakers.length} `);
    const place = this.#options.gateways.findIndex(({ index }) => index === gateway);
    const waker = this.#deviceAt(present(key, 'one key'), place);
    this.#wakers.push(waker);
    waker.read();
  }

  /** A node has lost its disk: see SimDevice. */
  nodeForgot(): void {
    for (const device of this.#all) device.nodeForgot();
  }

  get #all(): readonly SimDevice[] {
    return [this.#administrator, ...this.devices, ...this.#hostileDevices, ...this.#wakers];
  }

  #keys(count: number, kind: string): TestDevice[] {
    const { signerOf } = this.#options;
    return Array.from({ length: Math.round(count) }, (_, index) => testDevice(`${kind}${index}`, signerOf));
  }

  #deviceAt(key: TestDevice, place: number): SimDevice {
    const { network, gateways, queue, listener } = this.#options;
    return new SimDevice(key, place % gateways.length, { network, nodes: gateways, queue, listener });
  }

  #register(key: TestDevice): void {
    const { network } = this.#options;
    this.#administrator.send((sequence, parents) =>
      registration(network, key, { sequence, parents, timestampMs: network.genesis.parameters.time }),
    );
  }
}
