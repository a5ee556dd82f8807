/** Hunts that fuzz one part of the core each, against a second writing of its text. */
import type { Crypto } from '@tangle/core/crypto';
import { DagFuzzer, LedgerFuzzer, nullCrypto, PacemakerFuzzer, ValidityFuzzer } from '@tangle/core/testing';
import { sha256 } from '../../sha256.js';
import type { FuzzHuntName, Hunt } from './index.js';

const FUZZERS: Readonly<Record<FuzzHuntName, new (crypto: Crypto) => { fuzz(seed: number): unknown }>> = {
  fuzz: DagFuzzer,
  validity: ValidityFuzzer,
  ledger: LedgerFuzzer,
  pacemaker: PacemakerFuzzer,
};

export function fuzzHunt(name: FuzzHuntName): Hunt {
  const fuzzer = new FUZZERS[name](nullCrypto(sha256));
  return async (seed) => {
    try {
      fuzzer.fuzz(seed);
      return null;
    } catch (error) {
      // No finding: the planted text is no code.
      if (error instanceof ReferenceError) throw error;
      return error instanceof Error ? error.message : String(error);
    }
  };
}
