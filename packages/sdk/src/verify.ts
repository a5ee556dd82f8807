/** The offline check, for whoever holds a file and a genesis: no node, no network, the same in browsers. */
import type { Crypto } from '@tangle/core/crypto';
import type { Verdict } from '@tangle/core/proof';
import { nobleCrypto } from '@tangle/core/crypto';
import { verifyFile } from '@tangle/core/proof';

/**
 * Verifies a proof file or a range bundle with the genesis file alone: its text, or its parsed JSON. Never throws on
 * what is in them; the verdict names each check, and where it is bad the first that failed and the line.
 * @example
 * const verdict = verify(file, genesis);
 * if (verdict.ok && verdict.kind === 'proof') console.log(verdict.proof.position, verdict.proof.commitTimeMs);
 */
export function verify(file: string, genesis: string | object, crypto: Crypto = nobleCrypto): Verdict {
  return verifyFile(file, genesis, crypto);
}
