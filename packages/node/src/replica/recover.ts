/** From what is durable to an engine that goes on as if the process had never stopped (PROTOCOL 9 and 12.12). */
import { decodeStatement } from '@tangle/core/codec';
import { present } from '@tangle/core/assert';
import { Engine, type Recovered } from '@tangle/core/engine';
import { ReplicaHaltError, type ReplicaOptions } from './replica-options.js';

/** Rejects with a ReplicaHaltError where the stored DAG shows that more than f is faulty. */
export async function recoverEngine(options: ReplicaOptions): Promise<Engine> {
  const { genesis, crypto, validator, limits, store } = options;
  const recovered = await store.recover();
  const doubtful = recovered.doubtful || (await hasForeignPast(options, recovered));
  const engine = new Engine({
    genesis,
    crypto,
    history: store.history,
    validator,
    recovered: { ...recovered, doubtful },
    limits,
  });
  if (engine.halted !== null) throw new ReplicaHaltError('halted', engine.halted);
  return engine;
}

/**
 * A statement and its guard are durable together. So an own statement above the guard came from outside, and the process
 * died before the doubt that it raised was settled.
 */
async function hasForeignPast(
  { crypto, validator, store }: ReplicaOptions,
  { guard, head }: Recovered,
): Promise<boolean> {
  if (validator === null) return false;
  const bytes = await store.newestStatementOf(head?.epoch ?? 0, validator.index);
  if (bytes === undefined) return false;
  const statement = decodeStatement(bytes, crypto);
  const { round } = present(statement.ok ? statement.value : null, 'a stored statement decodes');
  return round > (guard?.round ?? 0);
}
