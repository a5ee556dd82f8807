/** From what is durable to an engine that goes on as if the process had never stopped (PROTOCOL 9 and 12.12). */
import { Engine } from '@tangle/core/engine';
import { ReplicaHaltError, type ReplicaOptions } from './replica-options.js';

/** Rejects with a ReplicaHaltError where the stored DAG shows that more than f is faulty. */
export async function recoverEngine(options: ReplicaOptions): Promise<Engine> {
  const { genesis, crypto, validator, limits, store } = options;
  const recovered = await store.recover();
  const engine = new Engine({ genesis, crypto, history: store.history, validator, recovered, limits });
  if (engine.halted !== null) throw new ReplicaHaltError('halted', engine.halted);
  return engine;
}
