/**
 * Pacemaker fuzzing (PROTOCOL 4): the real pacemaker beside a random DAG as it arrives. After every statement it has to
 * say what the text says: which round to sign at once, which to leave out, for whom to wait and how long. The text is
 * written here a second time, over the reference rule. One seed, one DAG.
 */
import { InvariantError, present } from '../assert.js';
import { LeaderSchedule } from '../confirmation/leader.js';
import type { Crypto } from '../crypto/crypto.js';
import type { Round } from '../ids.js';
import type { CheckedStatement } from '../model/statement.js';
import { Pacemaker, PACEMAKER_DEFAULTS, type PacemakerStep } from '../validator/pacemaker.js';
import { type TestNetwork, testNetwork } from './fixtures.js';
import { Follower } from './follower.js';
import { Prng } from './prng.js';
import { randomDag } from './random-dag.js';
import { evaluateExport } from './reference-rule.js';
import { randomArrival } from './views.js';

/** Weights of the committees; seeds take them in turn. */
const COMMITTEES: readonly (readonly number[])[] = [
  [1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1],
  [4, 3, 3, 2, 1],
];
/** Spacing has no part in what is compared. */
const LIMITS = { ...PACEMAKER_DEFAULTS, roundSpacingMs: 0 };
/** Milliseconds from one statement to the next, at most. */
const STEP_MS = 60;

export class PacemakerFuzzer {
  readonly #networks: readonly TestNetwork[];

  /** @param crypto for hashing only; the fastest SHA-256 there is, behind `nullCrypto`. */
  constructor(crypto: Crypto) {
    this.#networks = COMMITTEES.map((weights, index) => testNetwork({ weights, name: `pacemaker${index}`, crypto }));
  }

  /**
   * Draws one DAG and follows it. Throws InvariantError, saying what the pacemaker did and should have done.
   *
   * @param seed an integer from 0 to 2^32 - 1.
   */
  fuzz(seed: number): void {
    const prng = new Prng(seed);
    const network = present(this.#networks[seed % this.#networks.length], 'a committee for each seed');
    const schedule = new LeaderSchedule(network.genesis.committee);
    const { vertices } = randomDag(network, (round) => schedule.leaderOf(round), prng);
    const follower = new Follower(network);
    const pacemaker = new Pacemaker(follower.tangle, follower.committer, LIMITS, 0);
    follower.onStatement = (statement) => pacemaker.observe(statement);
    const model = new Model(network, schedule);
    let nowMs = 0;
    for (const vertex of randomArrival(vertices, prng)) {
      const commits = follower.commits.length;
      follower.accept(vertex);
      if (vertex.kind !== 'statement') continue;
      for (let count = follower.commits.length; count > commits; count--) {
        pacemaker.onCommit();
        model.onCommit();
      }
      model.statements.push(vertex);
      nowMs += prng.below(STEP_MS);
      // Some statements find it busy, as one that is behind: then there is more to do at once.
      if (prng.chance(0.4)) continue;
      const { verdicts } = evaluateExport(follower.lines, network.crypto);
      const isDecided = (round: Round): boolean => round < 1 || (verdicts[round]?.kind ?? 'undecided') !== 'undecided';
      for (;;) {
        const found = pacemaker.next(nowMs);
        const expected = model.next(nowMs, isDecided);
        if (JSON.stringify(found) !== JSON.stringify(expected)) {
          throw new InvariantError(`the pacemaker says ${inWords(found)}, the text ${inWords(expected)}`);
        }
        if (found.kind !== 'sign') break;
        pacemaker.onSigned(found.round, nowMs);
        model.onSigned(found.round);
      }
    }
  }
}

/** PROTOCOL 4, tick(), as it is written. */
class Model {
  readonly statements: CheckedStatement[] = [];
  readonly #network: TestNetwork;
  readonly #schedule: LeaderSchedule;
  #own: Round = 0;
  #delayMs = LIMITS.delayInitialMs;
  #signedWithoutCommit = 0;
  #waits: { readonly round: Round; readonly sinceMs: number } | null = null;

  constructor(network: TestNetwork, schedule: LeaderSchedule) {
    this.#network = network;
    this.#schedule = schedule;
  }

  next(nowMs: number, isDecided: (round: Round) => boolean): PacemakerStep {
    let current = 1;
    while (this.#weighsQuorum(this.statements.filter(({ round }) => round === current))) current++;
    for (let round = this.#own + 1; round <= current; round++) {
      if (round < current && isDecided(round - 2)) {
        this.#own = round;
        continue;
      }
      if (round < current || this.#isReady(round, isDecided)) return { kind: 'sign', round };
      if (this.#waits?.round !== round) this.#waits = { round, sinceMs: nowMs };
      const untilMs = this.#waits.sinceMs + 2 * this.#delayMs + LIMITS.processingMs;
      return untilMs <= nowMs ? { kind: 'sign', round } : { kind: 'wait', untilMs };
    }
    return { kind: 'idle' };
  }

  onSigned(round: Round): void {
    this.#own = round;
    this.#waits = null;
    this.#signedWithoutCommit++;
    if (this.#signedWithoutCommit % 8 === 0) this.#delayMs = Math.min(LIMITS.delayCapMs, 2 * this.#delayMs);
  }

  onCommit(): void {
    this.#signedWithoutCommit = 0;
    const sunkMs = this.#delayMs - Math.max(1, Math.floor(this.#delayMs / 32));
    this.#delayMs = Math.max(LIMITS.delayFloorMs, sunkMs);
  }

  #isReady(round: Round, isDecided: (round: Round) => boolean): boolean {
    const leadersAt = (at: Round): CheckedStatement[] =>
      this.statements.filter(({ round: other, author }) => other === at && author === this.#schedule.leaderOf(at));
    if (!isDecided(round - 1) && leadersAt(round - 1).length === 0) return false;
    if (isDecided(round - 2)) return true;
    // What its statement would cite: the first of each author.
    const heard = this.statements.filter(({ round: other }) => other === round - 1);
    const above = heard.filter(({ author }, at) => heard.findIndex((first) => first.author === author) === at);
    const leaders = leadersAt(round - 2).map(({ id }) => id);
    const blames = above.filter(({ prev }) => !leaders.some((id) => prev.includes(id)));
    const isVoted = leaders.some((id) => this.#weighsQuorum(above.filter(({ prev }) => prev.includes(id))));
    return isVoted || this.#weighsQuorum(blames);
  }

  #weighsQuorum(statements: readonly CheckedStatement[]): boolean {
    const { committee } = this.#network.genesis;
    const authors = new Set(statements.map(({ author }) => author));
    const weight = [...authors].reduce((sum, author) => sum + committee.weightOf(author), 0);
    return weight >= committee.totalWeight - Math.floor((committee.totalWeight - 1) / 3);
  }
}

function inWords(step: PacemakerStep): string {
  return JSON.stringify(step);
}
