/** `open` with a directory as the outbox and a file of trusted authorities: what only works where there are files. */
import type { DeviceOptions } from '../device/device.js';
import type { ConnectionOptions } from '../connection.js';
import type { Outbox } from '../outbox.js';
import { readFile } from 'node:fs/promises';
import { Administrator as PortableAdministrator } from '../administrator.js';
import { Device as PortableDevice } from '../device/device.js';
import { Reader as PortableReader } from '../reader.js';
import { directoryOutbox } from './directory-outbox.js';
import { trustingFetch } from './trusting-fetch.js';

export interface NodeDeviceOptions extends Omit<DeviceOptions, 'outbox'> {
  /** An outbox or the directory of one; default: in memory. */
  readonly outbox?: Outbox | string;
  /** A PEM file: nodes are taken whose certificates its authorities signed, and no others. Default: as the system does. */
  readonly caFile?: string;
}

/** What a reader opens with where there are files. */
export interface NodeReaderOptions extends ConnectionOptions {
  /** As for a device. */
  readonly caFile?: string;
}

/**
 * `Device` of the main entry, with a directory as its outbox.
 * @example
 * const device = await Device.open({ key, genesis, nodes: ['http://127.0.0.1:7410'], outbox: './outbox' });
 */
export const Device = {
  open: (options: NodeDeviceOptions): Promise<PortableDevice> =>
    resolve(options).then((resolved) => PortableDevice.open(resolved)),
} as const;
export type Device = PortableDevice;

/** `Administrator` of the main entry, with a directory as its outbox. */
export const Administrator = {
  open: (options: NodeDeviceOptions): Promise<PortableAdministrator> =>
    resolve(options).then((resolved) => PortableAdministrator.open(resolved)),
} as const;
export type Administrator = PortableAdministrator;

/** `Reader` of the main entry, with a file of trusted authorities. */
export const Reader = {
  open: async (options: NodeReaderOptions): Promise<PortableReader> => PortableReader.open(await withTrust(options)),
} as const;
export type Reader = PortableReader;

async function resolve({ outbox, ...options }: NodeDeviceOptions): Promise<DeviceOptions> {
  const trusting = await withTrust(options);
  if (outbox === undefined) return trusting;
  return { ...trusting, outbox: typeof outbox === 'string' ? directoryOutbox(outbox) : outbox };
}

/** A `fetch` that was given counts before the file. */
async function withTrust<Options extends NodeReaderOptions>({ caFile, ...options }: Options) {
  if (caFile === undefined || options.fetch !== undefined) return options;
  return { ...options, fetch: trustingFetch(await readFile(caFile, 'utf8')) };
}
