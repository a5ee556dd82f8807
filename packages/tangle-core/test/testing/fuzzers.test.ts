/** The fuzzers of validity, ledger and pacemaker find nothing in the code as it is; what they find: `tangle-sim mutants`. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { markCounts, resetMarks } from '../../src/marks/index.js';
import { LedgerFuzzer, nullCrypto, PacemakerFuzzer, ValidityFuzzer } from '../../src/testing/index.js';

const crypto = nullCrypto((...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
});

/** Seeds of each; a failure names its seed, and that alone shows it again. */
const SEEDS = 12;

/** Seeds that passed: all of them, or it has thrown with the one that did not. */
function fuzzAll(fuzzer: { fuzz(seed: number): void }): number {
  resetMarks();
  let passed = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    expect(() => fuzzer.fuzz(seed), `seed ${seed}`).not.toThrow();
    passed++;
  }
  return passed;
}

test('what breaks a rule of PROTOCOL 3 is refused', () => {
  expect(fuzzAll(new ValidityFuzzer(crypto))).toBe(SEEDS);
});

test('the ledger is what PROTOCOL 7 says, whatever issuers send and whenever it restarts', () => {
  expect(fuzzAll(new LedgerFuzzer(crypto))).toBe(SEEDS);
  const counts = markCounts();
  const { sequenceTooOld, deviceEquivocated, contentReattached, windowLeapt, lastAdministratorKept } = counts;
  for (const count of [sequenceTooOld, deviceEquivocated, contentReattached, windowLeapt, lastAdministratorKept]) {
    expect(count).toBeGreaterThan(0);
  }
});

test('the pacemaker does what PROTOCOL 4 says, however the statements arrive', () => {
  expect(fuzzAll(new PacemakerFuzzer(crypto))).toBe(SEEDS);
  const { roundJumped, roundBackFilled, leaderWaitEnded, delayDoubled } = markCounts();
  for (const count of [roundJumped, roundBackFilled, leaderWaitEnded, delayDoubled]) expect(count).toBeGreaterThan(0);
});
