/**
 * A slice of DAG fuzzing (PROTOCOL 12); `tangle-sim fuzz` runs the same DAGs by the ten thousand. FUZZ_DAGS sets how
 * many, FUZZ_SEED where to begin; a failure prints the command that repeats it.
 */
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { Committee, type Genesis } from '../../src/model/index.js';
import type { Tangle } from '../../src/tangle/index.js';
import { addFuzzCounts, DagFuzzer, Follower, noFuzzCounts, type TestNetwork } from '../../src/testing/index.js';
import { fastCrypto } from '../fast-crypto.js';

const DAGS = Number(process.env['FUZZ_DAGS'] ?? 210);
const FIRST_SEED = Number(process.env['FUZZ_SEED'] ?? 1);

describe('any two closed views of a random DAG', () => {
  test(
    `agree with one another and with the reference rule (${DAGS} DAGs from seed ${FIRST_SEED})`,
    () => {
      const fuzzer = new DagFuzzer(fastCrypto);
      const sum = noFuzzCounts();
      for (let seed = FIRST_SEED; seed < FIRST_SEED + DAGS; seed++) {
        try {
          addFuzzCounts(sum, fuzzer.fuzz(seed).counts);
        } catch (cause) {
          const replay = `FUZZ_DAGS=1 FUZZ_SEED=${seed} npx vitest run packages/tangle-core/test/confirmation/fuzz.test.ts`;
          throw new Error(`seed ${seed}: ${String(cause)}\nreplay: ${replay}`, { cause });
        }
      }
      // DAGs that decide nothing would agree on everything.
      expect(sum.commits).toBeGreaterThan(DAGS);
      if (DAGS < 100) return;
      expect(Object.entries(sum).filter(([, count]) => count === 0)).toEqual([]);
    },
    10_000 + DAGS * 1_000,
  );
});

/** The committee, with another quorum than its weights give. */
function withQuorum({ validators }: Committee, quorum: number): Committee {
  return Object.defineProperty(new Committee(validators), 'quorum', { value: quorum });
}

function quorumless(quorumOf: (genesis: Genesis) => number) {
  return (network: TestNetwork): Follower =>
    new Follower(network, (tangle: Tangle) => ({
      committee: withQuorum(tangle.committee, quorumOf(network.genesis)),
      statementsAt: (round) => tangle.statementsAt(round),
      get highestRound() {
        return tangle.highestRound;
      },
    }));
}

describe('a committer with a planted fault is found out', () => {
  test.each([
    ['its quorum is one too small', quorumless(({ committee }) => committee.quorum - 1)],
    ['its quorum is f + 1', quorumless(({ committee }) => committee.faultWeight + 1)],
    ['its quorum is one too large', quorumless(({ committee }) => committee.quorum + 1)],
  ])('%s', (_, follow) => {
    const fuzzer = new DagFuzzer(fastCrypto, follow);
    expect(() => {
      for (let seed = 1; seed <= 20; seed++) fuzzer.fuzz(seed);
    }).toThrow(InvariantError);
  });
});

test('the same seed comes to the same, another seed to something else', () => {
  const fuzzer = new DagFuzzer(fastCrypto);
  const first = fuzzer.fuzz(3);
  expect(new DagFuzzer(fastCrypto).fuzz(3)).toEqual(first);
  expect(fuzzer.fuzz(10).digest).not.toBe(first.digest);
});
