/** From `--node`, `--genesis` and key files to readers and devices of the SDK. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Signer } from '@tangle/core/crypto';
import type { DeviceId } from '@tangle/core/ids';
import type { GenesisSource, Reader } from '@tangle/sdk';
import type { NodeOptions } from './options.js';
import { currentAccess, type Access } from './access.js';
import { CliError, EXIT, usageError } from './failure.js';
import { fieldOf, getJson } from './http.js';

/** A network that is known by its hash, and where and how to meet it. */
export interface Connection {
  readonly access: Access;
  readonly genesis: GenesisSource;
  readonly genesisHash: string;
  readonly nodes: readonly string[];
  /** Payload bytes a transaction may carry: a parameter of the genesis. */
  readonly maxPayload: number;
}

const HASH = /^[0-9a-f]{64}$/;

/**
 * The network of `--genesis`, else what the first node that answers says. Throws `genesis-invalid`, `genesis-mismatch`,
 * `node-unreachable`; with a genesis file no node is asked.
 */
export async function connectionOf({ node: nodes, genesis }: NodeOptions): Promise<Connection> {
  if (genesis === undefined || HASH.test(genesis)) {
    const { hash, maxPayload } = await networkFrom(nodes);
    if (genesis === undefined || genesis === hash) {
      return { access: currentAccess(), genesis: hash, genesisHash: hash, nodes, maxPayload };
    }
    throw new CliError('genesis-mismatch', `the nodes serve ${hash}, not ${genesis}`);
  }
  const [{ loadGenesis }, { genesisToJson }] = await Promise.all([
    import('@tangle/node/config'),
    import('@tangle/core/model'),
  ]);
  const parsed = await loadGenesis(genesis);
  const { maxPayload } = parsed.parameters;
  return { access: currentAccess(), genesis: genesisToJson(parsed), genesisHash: parsed.hash, nodes, maxPayload };
}

export async function openReader(options: NodeOptions): Promise<Reader> {
  const [{ Reader }, { access, genesis, nodes }] = await Promise.all([import('@tangle/sdk'), connectionOf(options)]);
  return Reader.open({ ...access, genesis, nodes });
}

/** The id that DEVICE names: a did:key, or the key file of one. Asks nobody. */
export async function deviceIdFrom(device: string): Promise<DeviceId> {
  if (device.startsWith('did:')) {
    const { parseDeviceId } = await import('@tangle/core/model');
    const parsed = parseDeviceId(device);
    if (parsed.ok) return parsed.value.deviceId;
    throw usageError(
      'invalid-device',
      `found ${parsed.reason.found}, allowed: ${parsed.reason.allowed}, or a key file`,
    );
  }
  return (await readKey(device)).id;
}

/** A key file as a signer. Throws `key-file-too-open`, `key-file-invalid`. */
export async function readKey(file: string): Promise<{ readonly id: DeviceId; readonly signer: Signer }> {
  const { readKeyFile } = await import('@tangle/node/config');
  return readKeyFile(file);
}

/**
 * Where a key keeps what is not final, unless told otherwise: beside the key file, for each network its own. Two
 * processes that share a key meet at its lock, before they can sign two contents under one number.
 */
export function outboxOf(keyFile: string, genesisHash: string): string {
  return path.join(`${path.resolve(keyFile)}.outbox`, genesisHash.slice(0, 16));
}

/** A short name of some text, for file and stream names. */
export function fingerprint(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

async function networkFrom(nodes: readonly string[]): Promise<{ readonly hash: string; readonly maxPayload: number }> {
  let failure: unknown;
  for (const node of nodes) {
    try {
      const { status, json } = await getJson(node, '/v1/info');
      if (status === 401 || status === 403) throw refusedBy(node, status, json);
      const hash = fieldOf(json, 'genesisHash');
      const maxPayload = fieldOf(json, 'maxPayload');
      if (typeof hash === 'string' && HASH.test(hash) && typeof maxPayload === 'number') return { hash, maxPayload };
      failure = new CliError('unexpected-response', `${node} answers, but not as a node does`, EXIT.failed, { node });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** The node is one, and does not let us in. */
function refusedBy(node: string, status: number, json: unknown): CliError {
  const [code, detail] = [fieldOf(json, 'code'), fieldOf(json, 'detail')];
  const message = typeof detail === 'string' ? detail : `status ${status}`;
  return new CliError(typeof code === 'string' ? code : 'unexpected-response', message, EXIT.failed, { node, status });
}
