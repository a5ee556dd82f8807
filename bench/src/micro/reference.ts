/** What figures are read beside: one libsodium verify, in CPU time of the same run. */
import { sodiumCrypto, sodiumSigner } from '@tangle/node';
import { quantile } from '../quantile.js';

const RUNS = 5;
const VERIFIES = 1_000;
const MESSAGE_BYTES = 281;

/** Median of the runs. */
export function verifyMicroseconds(): number {
  const message = new Uint8Array(MESSAGE_BYTES).fill(7);
  const signer = sodiumSigner(new Uint8Array(32).fill(7));
  const signature = signer.sign(message);
  const runs = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    for (let index = 0; index < VERIFIES; index++) sodiumCrypto.verifyEd25519(signer.publicKey, message, signature);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / VERIFIES;
  });
  return quantile(runs, 0.5);
}
