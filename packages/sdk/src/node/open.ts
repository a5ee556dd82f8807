/** `open` with a directory as the outbox: what only works where there is a file system. */
import type { DeviceOptions } from '../device/device.js';
import type { Outbox } from '../outbox.js';
import { Administrator as PortableAdministrator } from '../administrator.js';
import { Device as PortableDevice } from '../device/device.js';
import { directoryOutbox } from './directory-outbox.js';

export interface NodeDeviceOptions extends Omit<DeviceOptions, 'outbox'> {
  /** An outbox or the directory of one; default: in memory. */
  readonly outbox?: Outbox | string;
}

/**
 * `Device` of the main entry, with a directory as its outbox.
 * @example
 * const device = await Device.open({ key, genesis, nodes: ['http://127.0.0.1:7410'], outbox: './outbox' });
 */
export const Device = {
  open: (options: NodeDeviceOptions): Promise<PortableDevice> => PortableDevice.open(resolve(options)),
} as const;
export type Device = PortableDevice;

/** `Administrator` of the main entry, with a directory as its outbox. */
export const Administrator = {
  open: (options: NodeDeviceOptions): Promise<PortableAdministrator> => PortableAdministrator.open(resolve(options)),
} as const;
export type Administrator = PortableAdministrator;

function resolve({ outbox, ...options }: NodeDeviceOptions): DeviceOptions {
  if (outbox === undefined) return options;
  return { ...options, outbox: typeof outbox === 'string' ? directoryOutbox(outbox) : outbox };
}
