/** From what is durable to an engine that goes on as if the process had never stopped (PROTOCOL 9 and 12.12). */
import { Engine } from '@tangle/core/engine';
import { Certifier } from './certifier.js';
import type { VerifierPort } from './ports.js';
import { ReplicaHaltError, type ReplicaOptions } from './replica-options.js';

/** Rejects with a ReplicaHaltError where the stored DAG shows that more than f is faulty. */
export async function recoverEngine(options: ReplicaOptions): Promise<Engine> {
  const { genesis, crypto, validator, limits, store } = options;
  const recovered = await store.recover();
  const engine = new Engine({ genesis, crypto, history: store.history, validator, recovered, limits });
  if (engine.halted !== null) throw new ReplicaHaltError('halted', engine.halted);
  return engine;
}

/** The log as the store has it, which must be the one that the recovered commits make. */
export async function recoverCertifier(
  options: ReplicaOptions,
  engine: Pick<Engine, 'head'>,
  verifier: VerifierPort,
): Promise<Certifier> {
  const { genesis, crypto, validator, cosigner: signer, store } = options;
  const recovered = await store.recoverLog();
  const size = recovered.head?.size ?? 0;
  const { logSize } = engine.head;
  if (size !== logSize) {
    throw new ReplicaHaltError('halted', `the stored log has ${size} leaves, the stored commits make ${logSize}`);
  }
  const cosigner = validator === null || signer === null ? null : { index: validator.index, signer };
  return new Certifier({ genesis, crypto, cosigner, recovered, verifier });
}
