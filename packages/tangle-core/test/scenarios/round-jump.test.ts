/**
 * Why nobody may jump over a round whose votes can still matter (PROTOCOL 4): the schedule that takes the liveness of
 * published Mysticeti (Qiu, Xiao and Shao, IEEE S&P 2026). Ten validators, three of them byzantine; every message
 * between honest ones takes 30 ms, less than D. In each round five honest validators vote for its leader and three
 * byzantine ones do not, so neither side is a quorum; the other two are shown that round complete before they can sign
 * it. Where they jump over it, its slot stays open for ever, and so does every other.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { present } from '../../src/assert.js';
import { LeaderSchedule } from '../../src/confirmation/index.js';
import type { StatementId } from '../../src/ids.js';
import { signStatement, type CheckedStatement } from '../../src/model/index.js';
import { testDevice, testNetwork, testTransaction } from '../../src/testing/index.js';
import { Pacemaker } from '../../src/validator/index.js';
import { Network } from '../engine/network.js';
import { fastCrypto, fastSigner } from '../fast-crypto.js';

const HONEST = [0, 1, 2, 3, 4, 5, 6];
const BYZANTINE = [7, 8, 9];
const SIGNERS = 5;
const DELAY_MS = 30;
const ROUND_MS_MAX = 1_000;

const ten = testNetwork({
  weights: Array.from({ length: 10 }, () => 1),
  name: 'ten',
  crypto: fastCrypto,
  signerOf: fastSigner,
});
const pump = testDevice('pump', fastSigner);

afterEach(() => {
  vi.restoreAllMocks();
});

/** Who signs which round, and who is shown what and when. */
class Schedule {
  readonly network = new Network(ten, {
    delayMinMs: DELAY_MS,
    delayMaxMs: DELAY_MS,
    // A spacing longer than the delay would hide what the rule alone has to do.
    limits: { delayCapMs: 200, roundSpacingMs: 1 },
  });
  readonly #leaders = new LeaderSchedule(ten.genesis.committee);
  /** Byzantine validators also show a second version, with the vote that the first one lacks. */
  readonly #showsVotes: boolean;
  readonly #log: CheckedStatement[] = [];
  readonly #shown = new Map(HONEST.map((index) => [index, 0]));
  #round = 1;
  #signers: readonly number[] = HONEST.slice(0, SIGNERS);
  /** Statements of the round before that byzantine ones may cite. */
  #before: readonly CheckedStatement[] = [];
  /** Rounds that each honest validator was let into first. */
  readonly #turns = new Map<number, number>();
  #sequence = 0;

  constructor({ showsVotes }: { readonly showsVotes: boolean }) {
    this.#showsVotes = showsVotes;
    for (const index of BYZANTINE) this.network.stop(index);
  }

  get commits(): number {
    return Math.max(...HONEST.map((index) => this.network.member(index).store.commits.length));
  }

  /** Plays rounds until one of so many is complete. */
  play(rounds: number): void {
    this.#send(this.#signers);
    const untilMs = this.network.nowMs + rounds * ROUND_MS_MAX;
    for (const until = this.#round + rounds; this.#round < until;) {
      if (this.network.nowMs > untilMs) throw new Error(`round ${this.#round} is never complete`);
      this.network.pass(1);
      const isPast = (index: number): boolean => this.network.member(index).engine.gauges.ownRound >= this.#round;
      if (this.#signers.every(isPast)) this.#complete(HONEST.flatMap((index) => this.#statementOf(index) ?? []));
    }
  }

  #complete(honest: readonly CheckedStatement[]): void {
    const byzantine = BYZANTINE.map((author) => this.#sign(author, false));
    const shown = this.#showsVotes && this.#round > 1 ? BYZANTINE.map((author) => this.#sign(author, true)) : [];
    this.#log.push(...honest, ...byzantine, ...shown);
    this.#before = [...honest, ...byzantine];
    this.#round++;
    // In turns, so that all timers run alike; the leader is never kept back, for then all others would wait for it.
    const rank = (index: number): number =>
      index === this.#leaders.leaderOf(this.#round) ? -1 : (this.#turns.get(index) ?? 0);
    this.#signers = [...HONEST].sort((left, right) => rank(left) - rank(right) || left - right).slice(0, SIGNERS);
    for (const index of this.#signers) {
      this.#turns.set(index, (this.#turns.get(index) ?? 0) + 1);
      const vertices = this.#log.slice(this.#shown.get(index));
      this.#shown.set(index, this.#log.length);
      this.network.step(index, { kind: 'received', from: 7, vertices });
    }
    this.#send(HONEST);
  }

  #send(to: readonly number[]): void {
    const transaction = testTransaction(ten, pump, { sequence: ++this.#sequence });
    for (const index of to) this.network.step(index, { kind: 'received', from: 7, vertices: [transaction] });
  }

  #statementOf(index: number): CheckedStatement | undefined {
    const member = this.network.member(index);
    if (!member.signed.has(this.#round)) return undefined;
    return member.sum(({ push }) => push).find(({ round }) => round === this.#round) as CheckedStatement | undefined;
  }

  #sign(author: number, votes: boolean): CheckedStatement {
    const leader = this.#leaders.leaderOf(Math.max(1, this.#round - 1));
    const prev = this.#before.filter((statement) => votes || statement.author !== leader);
    const self: StatementId | null = prev.find((statement) => statement.author === author)?.id ?? null;
    const { genesis, crypto, signers } = ten;
    return signStatement(
      {
        network: genesis.network,
        epoch: 0,
        round: this.#round,
        author,
        timestampMs: this.network.now.wallMs,
        self,
        prev: prev.map(({ id }) => id).sort(),
        tips: [],
      },
      present(signers[author], 'a signer for each member'),
      crypto,
    );
  }
}

/** The pacemaker of published Mysticeti: always on to the highest open round. */
function jumpAlways(): void {
  const next = Reflect.get(Pacemaker.prototype, 'next');
  vi.spyOn(Pacemaker.prototype, 'next').mockImplementation(function jump(this: Pacemaker, nowMs) {
    this.giveUpThrough(this.openRound - 1);
    return next.call(this, nowMs);
  });
}

describe('the round-jump schedule', () => {
  test('takes the liveness of validators that jump to the highest open round', () => {
    jumpAlways();
    const schedule = new Schedule({ showsVotes: false });
    schedule.play(60);
    expect(schedule.commits).toBe(0);
  });

  test('does not, where rounds are filled in', () => {
    const schedule = new Schedule({ showsVotes: false });
    schedule.play(60);
    expect(schedule.commits).toBeGreaterThan(20);
  });

  test('does not, where equivocators also show votes that nobody can cite', () => {
    const schedule = new Schedule({ showsVotes: true });
    schedule.play(60);
    expect(schedule.commits).toBeGreaterThan(20);
  });
});
