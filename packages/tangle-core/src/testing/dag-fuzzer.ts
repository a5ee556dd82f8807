/**
 * DAG fuzzing (PROTOCOL 12): a random valid DAG, seen through random closed views that arrive in random orders at the
 * real tangle, committer and finaliser. However a node sees the DAG, its verdicts and commits agree with everybody's
 * and with the rule written a second time. One seed, one DAG: the fuzz test and `tangle-sim fuzz` run the same ones.
 */
import { InvariantError, present } from '../assert.js';
import { toHex } from '../codec/hex.js';
import type { DecidedSlot } from '../confirmation/committer.js';
import { LeaderSchedule } from '../confirmation/leader.js';
import type { Crypto } from '../crypto/crypto.js';
import type { Round, UnixMs } from '../ids.js';
import type { Commit } from '../model/commit.js';
import type { DrawnVertex } from './dag.js';
import { type TestNetwork, testNetwork } from './fixtures.js';
import { Follower } from './follower.js';
import { Prng } from './prng.js';
import { type RandomDag, randomDag } from './random-dag.js';
import type { ReferenceCommit, ReferenceVerdict } from './reference-rule.js';
import { randomArrival, randomSubView } from './views.js';

/** Weights of the committees; seeds take them in turn. */
const COMMITTEES: readonly (readonly number[])[] = [
  [1],
  [1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  [3, 1],
  [5, 1, 1],
  [4, 3, 3, 2, 1],
];
/** Nodes that see a DAG; the first sees all of it. */
const VIEWS = 4;
/**
 * The rule is run from scratch as well at the end of each view; in one view of each DAG after every statement, in the
 * others after this share of the statements. A transaction alone changes no verdict.
 */
const COMPARED_SHARE = 0.1;

/**
 * What is counted of a DAG. `equivocations`: authors and rounds with more than one statement. `accepts`, `comparisons`
 * (with the reference rule), `commits` and the slots are summed over the views; a slot counts as the committer has it
 * at the end of its view; those decided above an undecided one count nowhere.
 */
export const FUZZ_COUNTS = [
  'statements',
  'transactions',
  'equivocations',
  'views',
  'accepts',
  'comparisons',
  'commits',
  'directCommits',
  'indirectCommits',
  'directSkips',
  'indirectSkips',
  'undecided',
] as const;
export type FuzzCounts = Readonly<Record<(typeof FUZZ_COUNTS)[number], number>>;

export interface FuzzedDag {
  readonly counts: FuzzCounts;
  /** SHA-256 over the decided prefix and the commits of every view, hex: equal where two runs came to the same. */
  readonly digest: string;
}

/** All counts at zero. */
export function noFuzzCounts(): Record<keyof FuzzCounts, number> {
  return Object.fromEntries(FUZZ_COUNTS.map((name) => [name, 0])) as Record<keyof FuzzCounts, number>;
}

/** Adds the second counts to the first. */
export function addFuzzCounts(sum: Record<keyof FuzzCounts, number>, counts: FuzzCounts): void {
  for (const name of FUZZ_COUNTS) sum[name] += counts[name];
}

export class DagFuzzer {
  readonly #networks = new Map<number, TestNetwork>();
  readonly #crypto: Crypto;
  readonly #follow: (network: TestNetwork) => Follower;

  /**
   * @param crypto for hashing only; the fastest SHA-256 there is, behind `nullCrypto`.
   * @param follow makes the node under test; tests of the fuzzer hand it a broken one.
   */
  constructor(crypto: Crypto, follow: (network: TestNetwork) => Follower = (network) => new Follower(network)) {
    this.#crypto = crypto;
    this.#follow = follow;
  }

  /**
   * Draws one DAG and checks it in all its views. Throws InvariantError, saying what broke, where any check fails.
   *
   * @param seed an integer from 0 to 2^32 - 1.
   */
  fuzz(seed: number): FuzzedDag {
    const prng = new Prng(seed);
    const network = this.#networkOf(seed % COMMITTEES.length);
    const schedule = new LeaderSchedule(network.genesis.committee);
    const dag = randomDag(network, (round) => schedule.leaderOf(round), prng);
    const judge = new Judge(network, dag);
    const followed = prng.below(VIEWS);
    for (let view = 0; view < VIEWS; view++) {
      const seen = view === 0 ? dag.vertices : randomSubView(dag.vertices, prng);
      const comparedShare = view === followed ? 1 : COMPARED_SHARE;
      judge.judge(this.#follow(network), randomArrival(seen, prng), () => prng.chance(comparedShare));
    }
    return { counts: judge.counts, digest: digestOf(judge.findings, this.#crypto) };
  }

  /** Made once: the genesis rules check every key, at some milliseconds a validator. */
  #networkOf(choice: number): TestNetwork {
    const known = this.#networks.get(choice);
    if (known !== undefined) return known;
    const weights = present(COMMITTEES[choice], 'a choice within the list');
    const network = testNetwork({ weights, name: `fuzz${choice}`, crypto: this.#crypto });
    this.#networks.set(choice, network);
    return network;
  }
}

/** Watches the views of one DAG, alone and against one another. */
class Judge {
  readonly counts = noFuzzCounts();
  /** All verdicts and commits of all views, in words. */
  readonly findings: string[] = [];
  readonly #network: TestNetwork;
  readonly #parentsOf = new Map<string, readonly string[]>();
  /** No honest clock of the DAG is later. */
  readonly #latestHonestMs: UnixMs;
  /** The verdict of each slot that any view has decided, at any time. */
  readonly #verdicts = new Map<Round, string>();
  /** The commits of the view that has most. */
  #commits: readonly string[] = [];

  constructor(network: TestNetwork, { vertices, faulty }: RandomDag) {
    this.#network = network;
    let latestMs = network.genesis.parameters.time;
    const versions = new Map<string, number>();
    for (const vertex of vertices) {
      if (vertex.kind === 'transaction') {
        this.#parentsOf.set(vertex.id, vertex.parents);
        continue;
      }
      const place = `${vertex.round} ${vertex.author}`;
      versions.set(place, (versions.get(place) ?? 0) + 1);
      if (!faulty.has(vertex.author)) latestMs = Math.max(latestMs, vertex.timestampMs);
    }
    this.#latestHonestMs = latestMs;
    this.counts.transactions = this.#parentsOf.size;
    this.counts.statements = vertices.length - this.#parentsOf.size;
    for (const count of versions.values()) if (count > 1) this.counts.equivocations++;
  }

  /** Lets the follower see the vertices in this order, and checks it on the way, where `compares` says, and at the end. */
  judge(follower: Follower, arrival: readonly DrawnVertex[], compares: () => boolean): void {
    for (const vertex of arrival) {
      follower.accept(vertex);
      this.counts.accepts++;
      if (vertex.kind === 'statement' && compares()) this.#compare(follower);
    }
    this.#compare(follower);
    this.#checkOrder(follower);
    this.#checkPrefix(follower);
    this.#count(follower);
  }

  /** The follower, step by step, equals the reference, from scratch; no slot has another verdict than ever before. */
  #compare({ reference: reader, slots, commits, committer, halted }: Follower): void {
    this.counts.comparisons++;
    if (halted !== null) fail(`the committer halted: ${halted}`);
    const reference = reader.evaluate(this.#network.crypto);
    const { length } = reference.verdicts;
    const prefixEnd = reference.verdicts.findIndex(({ kind }, round) => round > 0 && kind === 'undecided');
    const emitted = (prefixEnd < 0 ? length : prefixEnd) - 1;
    if (slots.length !== emitted) fail(`${slots.length} slots were emitted, by the reference ${emitted}`);
    for (let round = 1; round < length; round++) {
      const expected = inWords(present(reference.verdicts[round], 'a verdict for each round'));
      if (committer.isDecided(round) === (expected === UNDECIDED)) {
        fail(`only one of committer and reference decides slot ${round}, by the reference ${expected}`);
      }
      const slot = slots[round - 1];
      const found = slot === undefined ? expected : inWords(slot.decision);
      if (found !== expected) fail(`slot ${round} is ${found}, by the reference ${expected}`);
      if (slot !== undefined && slot.round !== round) fail(`slot ${slot.round} was emitted in place of slot ${round}`);
      if (expected === UNDECIDED) continue;
      const before = this.#verdicts.get(round);
      if (before === undefined) this.#verdicts.set(round, expected);
      else if (before !== expected) fail(`slot ${round} is ${expected}, and was ${before} earlier or in another view`);
    }
    const count = Math.max(commits.length, reference.commits.length);
    for (let offset = 0; offset < count; offset++) {
      const commit = commits[offset];
      const expected = reference.commits[offset];
      if (commit !== undefined && expected !== undefined && isSame(commit, expected)) continue;
      fail(`commit ${offset + 1} is ${describe(commit)}, by the reference ${JSON.stringify(expected)}`);
    }
  }

  /** Parents before children, nothing twice, nothing both open and final; time never runs back or ahead of honest clocks. */
  #checkOrder({ commits, tangle, network }: Follower): void {
    const { transactionId, committee, parameters } = network.genesis;
    const ordered = new Set<string>([transactionId]);
    let beforeMs = parameters.time;
    for (const { index, entries, timeMs } of commits) {
      for (const { id } of entries) {
        for (const parent of present(this.#parentsOf.get(id), () => `${id} is no transaction of the DAG`)) {
          if (!ordered.has(parent)) fail(`${id} is ordered before its parent ${parent}`);
        }
        if (ordered.has(id)) fail(`${id} is ordered twice`);
        ordered.add(id);
      }
      if (timeMs < beforeMs) fail(`commit ${index} is at ${timeMs}, the one before at ${beforeMs}`);
      beforeMs = timeMs;
    }
    if (beforeMs > this.#latestHonestMs) fail(`commit time ${beforeMs} leads every honest clock`);
    for (const { id, approvalWeight } of tangle.openTransactions()) {
      if (ordered.has(id)) fail(`${id} is open and ordered`);
      if (approvalWeight > committee.totalWeight) fail(`${id} has approval weight ${approvalWeight}`);
    }
  }

  /** The commits of any two views are prefixes of one another: digests, times, places, outcomes, everything. */
  #checkPrefix({ commits }: Follower): void {
    const texts = commits.map((commit) => JSON.stringify(commit));
    for (const [offset, text] of texts.entries()) {
      const known = this.#commits[offset] ?? text;
      if (known !== text) fail(`commit ${offset + 1} is ${text}, in another view ${known}`);
    }
    if (texts.length > this.#commits.length) this.#commits = texts;
  }

  #count({ slots, commits, committer, tangle }: Follower): void {
    const { counts } = this;
    counts.views++;
    counts.commits += commits.length;
    let verdicts = '';
    for (const { decision } of slots) {
      const outcome = OUTCOMES[decision.kind][decision.how];
      counts[outcome.name]++;
      verdicts += outcome.letter;
    }
    for (let round = committer.nextRound; round <= tangle.highestRound; round++) {
      if (!committer.isDecided(round)) counts.undecided++;
    }
    // D_k stands for every commit up to it.
    this.findings.push(`${verdicts} ${commits.length} ${commits.at(-1)?.digest ?? ''}`);
  }
}

const OUTCOMES = {
  commit: { direct: { name: 'directCommits', letter: 'C' }, indirect: { name: 'indirectCommits', letter: 'c' } },
  skip: { direct: { name: 'directSkips', letter: 'S' }, indirect: { name: 'indirectSkips', letter: 's' } },
} as const;

const UNDECIDED = 'undecided';

/** The leader's id where one is committed. */
function inWords(verdict: ReferenceVerdict | DecidedSlot['decision']): string {
  switch (verdict.kind) {
    case 'commit':
      return typeof verdict.leader === 'string' ? verdict.leader : verdict.leader.id;
    case 'halt':
      return fail(`the reference halts: ${verdict.why}`);
    case 'skip':
    case 'undecided':
      return verdict.kind;
  }
}

/** `invariant` for the inner loops: the message is made only where it is needed. */
function fail(message: string): never {
  throw new InvariantError(message);
}

function isSame({ index, leader, timeMs, digest, entries }: Commit, expected: ReferenceCommit): boolean {
  return (
    index === expected.index &&
    leader === expected.leader &&
    `${timeMs}` === expected.time &&
    digest === expected.digest &&
    entries.length === expected.ids.length &&
    entries.every(({ id }, offset) => id === expected.ids[offset])
  );
}

function describe(commit: Commit | undefined): string {
  if (commit === undefined) return 'missing';
  const { index, leader, timeMs, digest, entries } = commit;
  return JSON.stringify({ index, leader, time: `${timeMs}`, ids: entries.map(({ id }) => id), digest });
}

function digestOf(findings: readonly string[], crypto: Crypto): string {
  // Hex and ASCII words: a character is a byte.
  return toHex(crypto.sha256(Uint8Array.from(findings.join('\n'), (character) => character.charCodeAt(0))));
}
