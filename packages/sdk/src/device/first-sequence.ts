/** The number a device goes on with: above all that its outbox kept and the ledger saw. */
import type { DeviceId } from '@tangle/core/ids';
import type { Connection } from '../connection.js';
import type { OutboxState } from '../outbox.js';
import { isNodeFailure } from '../client/node-pool.js';
import { readDevice } from '../client/wire.js';
import { TangleError } from '../errors.js';

/** From 1. Only a durable outbox that was used before may do without the ledger's word. */
export async function firstSequence(
  device: DeviceId,
  state: OutboxState,
  durable: boolean,
  { pool, controller }: Connection,
): Promise<bigint> {
  const kept = state.highestSequence;
  const isKnown = durable && kept !== null;
  let highest = kept ?? 0n;
  if (isKnown && pool.offline) return highest + 1n;
  try {
    const info = await pool.read(
      async (client) => readDevice(await client.getJson(`/v1/devices/${device}`, controller.signal)),
      controller.signal,
      1,
    );
    const used = info.highestSequence ?? 0n;
    if (used > highest) highest = used;
  } catch (error) {
    if (!(error instanceof TangleError)) throw error;
    if (error.code !== 'device-not-found' && !(isKnown && isNodeFailure(error))) throw error;
  }
  return highest + 1n;
}
