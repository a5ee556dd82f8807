/** The registry from the side of those who may change it: every change is a transaction, and waits for its outcome. */
import type { DeviceId } from '@tangle/core/ids';
import type { DeviceRole, RegistryChange } from '@tangle/core/model';
import type { DeviceOptions } from './device/device.js';
import type { FinalResult } from './device/entry.js';
import { encodeRegistryPayload, PAYLOAD_TYPE, parseDeviceId } from '@tangle/core/model';
import { Device } from './device/device.js';
import { invalidArgument } from './errors.js';

/** It is a u32 on the wire. */
const RATE_PER_SECOND_MAX = 0xffff_ffff;

export interface Registration {
  /** Default `device`. */
  readonly role?: DeviceRole;
  /** Provisioned transactions per second, a u32; default 0: a node's own default holds. */
  readonly ratePerSecond?: number;
}

/** The payload of a registry transaction. Throws `invalid-argument` on what is no device id. */
export function registryPayload(
  device: DeviceId | string,
  change: { readonly action: 'revoke' | 'quarantine' | 'release' } | ({ readonly action: 'register' } & Registration),
): Uint8Array {
  const parsed = parseDeviceId(device);
  if (!parsed.ok) throw invalidArgument('device', device, parsed.reason.allowed);
  const { suite, key } = parsed.value;
  if (change.action !== 'register') return encodeRegistryPayload({ action: change.action, suite, key });
  const { role = 'device', ratePerSecond = 0 } = change;
  if (!Number.isInteger(ratePerSecond) || ratePerSecond < 0 || ratePerSecond > RATE_PER_SECOND_MAX) {
    throw invalidArgument('ratePerSecond', ratePerSecond, `0 to ${RATE_PER_SECOND_MAX}`);
  }
  const full: RegistryChange = { action: 'register', suite, key, role, ratePerSecond };
  return encodeRegistryPayload(full);
}

/**
 * Changes the registry with an administrator's (or, for devices, an operator's) key. Each call resolves once the change
 * is final and accepted; a rejection throws `transaction-rejected`, what the nodes refuse throws their code.
 * @example
 * const administrator = await Administrator.open({ key, genesis, nodes });
 * await administrator.register(device.id, { ratePerSecond: 10 });
 */
export class Administrator {
  readonly #device: Device;

  private constructor(device: Device) {
    this.#device = device;
  }

  static async open(options: DeviceOptions): Promise<Administrator> {
    return new Administrator(await Device.open(options));
  }

  /** The administrator's own id. */
  get id(): DeviceId {
    return this.#device.id;
  }

  /** Registers a key, or gives a registered one another role and rate. */
  register(device: DeviceId | string, registration: Registration = {}): Promise<FinalResult> {
    return this.#change(registryPayload(device, { action: 'register', ...registration }));
  }

  /** For ever: what is ordered before stays, what comes after is rejected. */
  revoke(device: DeviceId | string): Promise<FinalResult> {
    return this.#change(registryPayload(device, { action: 'revoke' }));
  }

  quarantine(device: DeviceId | string): Promise<FinalResult> {
    return this.#change(registryPayload(device, { action: 'quarantine' }));
  }

  /** Ends a quarantine. */
  release(device: DeviceId | string): Promise<FinalResult> {
    return this.#change(registryPayload(device, { action: 'release' }));
  }

  close(): Promise<void> {
    return this.#device.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #change(payload: Uint8Array): Promise<FinalResult> {
    const receipt = await this.#device.submitPayload(PAYLOAD_TYPE.registry, payload);
    return receipt.accepted();
  }
}
