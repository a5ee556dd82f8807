/**
 * When to sign the next round (PROTOCOL 4): need-driven, live, quiescent. Owns rounds, waits and pacing; what a
 * statement says is the proposer's part. Time comes in as monotonic milliseconds.
 */
import type { Round, ValidatorIndex } from '../ids.js';
import { AuthorTally } from '../confirmation/votes.js';
import type { Committer } from '../confirmation/committer.js';
import { MARK, reached } from '../marks/reached.js';
import type { Tangle } from '../tangle/tangle.js';
import type { StatementVertex } from '../tangle/vertex.js';
import { firstOfEachAuthor } from './proposer.js';

/** Local pacing: affects speed, never what is valid or confirmed. Times in milliseconds. */
export interface PacemakerLimits {
  /** Least mean time between own statements at the open round. */
  readonly roundSpacingMs: number;
  /** Rounds that may follow one another without spacing, so that a reading after an idle time is final at once. */
  readonly burstRounds: number;
  /** First estimate of the one-way delay D. */
  readonly delayInitialMs: number;
  readonly delayFloorMs: number;
  readonly delayCapMs: number;
  /** What a peer needs to check and store a statement: part of every wait. */
  readonly processingMs: number;
}

export const PACEMAKER_DEFAULTS: PacemakerLimits = {
  roundSpacingMs: 50,
  burstRounds: 4,
  delayInitialMs: 50,
  delayFloorMs: 25,
  delayCapMs: 10_000,
  processingMs: 20,
};

/** D doubles after this many own rounds without a commit (PROTOCOL 4). */
const ROUNDS_WITHOUT_COMMIT_MAX = 8;

export type PacemakerStep =
  | { readonly kind: 'sign'; readonly round: Round }
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Nothing to do until an event changes the tangle. */
  | { readonly kind: 'idle' };

export class Pacemaker {
  readonly #tangle: Tangle;
  readonly #committer: Committer;
  readonly #limits: PacemakerLimits;
  /** Authors seen at the rounds that may open the next one. */
  readonly #authorsAt = new Map<Round, AuthorTally>();
  #openRound: Round = 1;
  #own: Round;
  #delayMs: number;
  #waitingSince: { readonly round: Round; readonly sinceMs: number } | null = null;
  /** When the pacing would be even if no burst had been taken (a leaky bucket of burstRounds). */
  #pacedUntilMs = Number.NEGATIVE_INFINITY;
  #roundsWithoutCommit = 0;

  /** @param own highest round this validator has signed, or given up, before. */
  constructor(tangle: Tangle, committer: Committer, limits: PacemakerLimits, own: Round) {
    this.#tangle = tangle;
    this.#committer = committer;
    this.#limits = limits;
    this.#own = own;
    this.#delayMs = limits.delayInitialMs;
  }

  /** Highest round signed, jumped or given up. */
  get own(): Round {
    return this.#own;
  }

  /** Highest open round: one whose predecessor has statements of weight >= Q. */
  get openRound(): Round {
    return this.#openRound;
  }

  /** Current estimate of the one-way delay D, in milliseconds. */
  get delayMs(): number {
    return this.#delayMs;
  }

  observe(statement: StatementVertex): void {
    const { round, author } = statement;
    if (round < this.#openRound) return;
    // It stands on a quorum of the round below, so its round is open. Known already, except after a restart: what is
    // finished is not replayed, and counting from round 1 would find no round open ever again.
    if (round > this.#openRound) {
      reached(MARK.openRoundLeapt);
      for (const below of this.#authorsAt.keys()) if (below < round) this.#authorsAt.delete(below);
      this.#openRound = round;
    }
    let seen = this.#authorsAt.get(round);
    if (seen === undefined) {
      seen = new AuthorTally(this.#tangle.committee);
      this.#authorsAt.set(round, seen);
    }
    seen.add(author);
    while ((this.#authorsAt.get(this.#openRound)?.weight ?? 0) >= this.#tangle.committee.quorum) {
      this.#authorsAt.delete(this.#openRound);
      this.#openRound++;
    }
  }

  /** D sinks slowly while commits come. */
  onCommit(): void {
    this.#roundsWithoutCommit = 0;
    const step = Math.max(1, Math.floor(this.#delayMs / 32));
    this.#delayMs = Math.max(this.#limits.delayFloorMs, this.#delayMs - step);
  }

  onSigned(round: Round, nowMs: number): void {
    this.#own = Math.max(this.#own, round);
    this.#waitingSince = null;
    // A full bucket is enough: the rounds of a back-fill are not spaced, and must not delay the open round after them.
    const { roundSpacingMs, burstRounds } = this.#limits;
    this.#pacedUntilMs = Math.min(
      Math.max(this.#pacedUntilMs, nowMs) + roundSpacingMs,
      nowMs + burstRounds * roundSpacingMs,
    );
    this.#roundsWithoutCommit++;
    if (this.#roundsWithoutCommit % ROUNDS_WITHOUT_COMMIT_MAX === 0) {
      this.#delayMs = Math.min(this.#limits.delayCapMs, this.#delayMs * 2);
      reached(this.#delayMs === this.#limits.delayCapMs ? MARK.delayCapped : MARK.delayDoubled);
    }
  }

  /** Nothing at or below this round is ever signed. */
  giveUpThrough(round: Round): void {
    this.#own = Math.max(this.#own, round);
  }

  /** What to do now. The caller has checked that there is need and that the own past is not in doubt. */
  next(nowMs: number): PacemakerStep {
    for (;;) {
      const round = this.#own + 1;
      if (round > this.#openRound) return { kind: 'idle' };
      if (round < this.#openRound) {
        // The only allowed jump: over rounds whose votes cannot matter any more. Jumping further loses liveness.
        if (!this.#committer.isDecided(round - 2)) {
          reached(MARK.roundBackFilled);
          return { kind: 'sign', round };
        }
        reached(MARK.roundJumped);
        this.#own = round;
        continue;
      }
      const spacedMs = this.#spacedFromMs();
      const waitedMs = this.#waitedUntilMs(round, nowMs);
      const untilMs = Math.max(spacedMs, waitedMs);
      if (spacedMs > nowMs && waitedMs <= nowMs) reached(MARK.spacingHeld);
      return untilMs <= nowMs ? { kind: 'sign', round } : { kind: 'wait', untilMs };
    }
  }

  /** No need any more: the next wait starts afresh. */
  rest(): void {
    this.#waitingSince = null;
  }

  #spacedFromMs(): number {
    return this.#pacedUntilMs - this.#limits.roundSpacingMs * (this.#limits.burstRounds - 1);
  }

  #waitedUntilMs(round: Round, nowMs: number): number {
    if (this.#ready(round)) return nowMs;
    if (this.#waitingSince?.round !== round) this.#waitingSince = { round, sinceMs: nowMs };
    const untilMs = this.#waitingSince.sinceMs + 2 * this.#delayMs + this.#limits.processingMs;
    if (untilMs <= nowMs) reached(MARK.leaderWaitEnded);
    return untilMs;
  }

  /** PROTOCOL 4, ready(r): the leader below is heard, and the slot two below has its votes or blames. */
  #ready(round: Round): boolean {
    return this.#leaderHeard(round - 1) && this.#votesGathered(round - 2);
  }

  #leaderHeard(round: Round): boolean {
    if (round < 1 || this.#committer.isDecided(round)) return true;
    const leader: ValidatorIndex = this.#committer.schedule.leaderOf(round);
    return this.#tangle.statementsAt(round).some(({ author }) => author === leader);
  }

  #votesGathered(round: Round): boolean {
    if (round < 1 || this.#committer.isDecided(round)) return true;
    const { committee } = this.#tangle;
    // Only what the next statement will cite: votes that an equivocator shows beside that certify nothing.
    const sides = new Map<StatementVertex | null, AuthorTally>();
    for (const { vote, author } of firstOfEachAuthor(this.#tangle.statementsAt(round + 1))) {
      let side = sides.get(vote);
      if (side === undefined) {
        side = new AuthorTally(committee);
        sides.set(vote, side);
      }
      side.add(author);
      if (side.weight >= committee.quorum) return true;
    }
    return false;
  }
}
