/**
 * DAG fuzzing (PROTOCOL 12): random valid DAGs, seen through random closed views that arrive in random orders. However
 * a node sees the DAG, its verdicts and commits agree with everybody's, and with the rule written a second time.
 *
 * FUZZ_DAGS sets how many, FUZZ_SEED where to begin; a failure prints the command that repeats it.
 */
import { describe, expect, test } from 'vitest';
import type { Commit } from '../../src/model/index.js';
import type { DrawnVertex, ReferenceResult } from '../../src/testing/index.js';
import { LeaderSchedule } from '../../src/confirmation/index.js';
import { evaluateExport, Prng, randomArrival, randomDag, randomSubView, testNetwork } from '../../src/testing/index.js';
import { fastCrypto } from '../fast-crypto.js';
import { Follower } from '../follower.js';

const DAGS = Number(process.env['FUZZ_DAGS'] ?? 240);
const FIRST_SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const VIEWS = 4;
/** Share of accepts after which the rule is run a second time; it always is at the end of a view. */
const CHECKED_SHARE = 0.04;

const committees = [
  [1],
  [1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1],
  Array.from({ length: 10 }, () => 1),
  [3, 1],
  [5, 1, 1],
  [4, 3, 3, 2, 1],
].map((weights, index) => testNetwork({ weights, name: `fuzz${index}`, crypto: fastCrypto }));

describe('any two closed views of a random DAG', () => {
  test(
    `agree with one another and with the reference rule (${DAGS} DAGs from seed ${FIRST_SEED})`,
    () => {
      let commits = 0;
      for (let seed = FIRST_SEED; seed < FIRST_SEED + DAGS; seed++) {
        try {
          commits += fuzz(seed);
        } catch (cause) {
          const replay = `FUZZ_DAGS=1 FUZZ_SEED=${seed} npx vitest run packages/tangle-core/test/confirmation/fuzz.test.ts`;
          throw new Error(`seed ${seed}: ${String(cause)}\nreplay: ${replay}`, { cause });
        }
      }
      // DAGs that decide nothing would agree on everything.
      expect(commits).toBeGreaterThan(DAGS);
    },
    10_000 + DAGS * 1_000,
  );
});

/** How many commits the longest view has. */
function fuzz(seed: number): number {
  const prng = new Prng(seed);
  const network = committees[seed % committees.length];
  if (network === undefined) throw new Error('a committee for every seed');
  const schedule = new LeaderSchedule(network.genesis.committee);
  const { vertices } = randomDag(network, (round) => schedule.leaderOf(round), prng);
  const verdicts = new Map<number, string>();
  let longest: readonly Commit[] = [];
  for (let view = 0; view < VIEWS; view++) {
    const seen = view === 0 ? [...vertices] : randomSubView(vertices, prng);
    const follower = new Follower(network);
    const note = (): void => {
      noteVerdicts(verdicts, compare(follower));
    };
    for (const vertex of randomArrival(seen, prng)) {
      follower.accept(vertex);
      if (prng.chance(CHECKED_SHARE)) note();
    }
    note();
    checkOrder(follower, seen);
    const shorter = Math.min(longest.length, follower.commits.length);
    expect(digestsOf(follower.commits).slice(0, shorter)).toEqual(digestsOf(longest).slice(0, shorter));
    if (follower.commits.length > longest.length) longest = follower.commits;
  }
  return longest.length;
}

/** The follower, step by step, equals the reference, from scratch. */
function compare({ lines, slots, commits, committer, network, halted }: Follower): ReferenceResult {
  expect(halted).toBe(null);
  const reference = evaluateExport(lines, network.crypto);
  for (const [round, verdict] of reference.verdicts.entries()) {
    if (round === 0) continue;
    if (verdict.kind === 'halt') throw new Error(`halt: ${verdict.why}`);
    expect(committer.isDecided(round), `slot ${round} is ${verdict.kind}`).toBe(verdict.kind !== 'undecided');
    const decision = slots[round - 1]?.decision;
    if (decision === undefined) continue;
    const leader = decision.kind === 'commit' ? decision.leader.id : null;
    expect(leader, `slot ${round}`).toBe(verdict.kind === 'commit' ? verdict.leader : null);
  }
  expect(
    commits.map(({ index, leader, timeMs, digest, entries }) => {
      return { index, leader, time: `${timeMs}`, ids: entries.map(({ id }) => id), digest };
    }),
  ).toEqual(reference.commits);
  return reference;
}

/** A slot that one view has decided never gets another verdict, in this view or any. */
function noteVerdicts(known: Map<number, string>, { verdicts }: ReferenceResult): void {
  for (const [round, verdict] of verdicts.entries()) {
    if (verdict.kind === 'undecided') continue;
    const text = verdict.kind === 'commit' ? verdict.leader : verdict.kind;
    expect(text, `slot ${round} in another view`).toBe(known.get(round) ?? text);
    known.set(round, text);
  }
}

/** Parents before children, nothing twice, and all that the last leader's cone held. */
function checkOrder(follower: Follower, seen: readonly DrawnVertex[]): void {
  const byId = new Map(seen.map((vertex) => [vertex.id as string, vertex]));
  const ordered = new Set<string>([follower.network.genesis.transactionId]);
  for (const { entries } of follower.commits) {
    for (const { id } of entries) {
      const transaction = byId.get(id);
      if (transaction?.kind !== 'transaction') throw new Error(`${id} was not in the view`);
      for (const parent of transaction.parents) expect(ordered.has(parent), `${parent} before ${id}`).toBe(true);
      expect(ordered.has(id), `${id} twice`).toBe(false);
      ordered.add(id);
    }
  }
  for (const { id, approvalWeight } of follower.tangle.openTransactions()) {
    expect(ordered.has(id), `${id} open and ordered`).toBe(false);
    expect(approvalWeight).toBeLessThanOrEqual(follower.network.genesis.committee.totalWeight);
  }
}

function digestsOf(commits: readonly Commit[]): string[] {
  return commits.map(({ digest, timeMs }) => `${digest} ${timeMs}`);
}
