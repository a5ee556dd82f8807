/**
 * The committer: runs the rule over the slots that are still open and hands out the decided prefix in order. Decided
 * verdicts never change, so it keeps the ones it has (PROTOCOL 12.3, 12.4).
 */
import type { Round } from '../ids.js';
import { MARK, reached } from '../marks/reached.js';
import type { Committee } from '../model/committee.js';
import type { StatementVertex } from '../tangle/vertex.js';
import type { Decision } from './decision.js';
import { LeaderSchedule } from './leader.js';
import { decideDirectly, decideIndirectly, type RuleView } from './rule.js';
import { noteVotes } from './votes.js';

/** A slot at the end of the decided prefix. */
export interface DecidedSlot {
  readonly round: Round;
  readonly decision: Decision & { readonly kind: 'commit' | 'skip' };
}

const NOT_HALTED = { halted: null } as const;

export class Committer {
  readonly schedule: LeaderSchedule;
  readonly #view: RuleView;
  readonly #committee: Committee;
  /** Decisions above the prefix. */
  readonly #decided = new Map<Round, Decision>();
  #nextRound: Round;
  /** Something was observed since the last `decide`. Only a statement changes what the rule says. */
  #isStale = true;

  /** @param nextRound the lowest slot that is not decided: the one after the last committed leader's at a restart. */
  constructor(view: RuleView, nextRound: Round) {
    this.#view = view;
    this.#committee = view.committee;
    this.schedule = new LeaderSchedule(view.committee);
    this.#nextRound = nextRound;
  }

  /** Lowest slot that is not part of the decided prefix. */
  get nextRound(): Round {
    return this.#nextRound;
  }

  /** Every accepted statement passes here once, before the next `decide`. */
  observe(statement: StatementVertex): void {
    this.#isStale = true;
    noteVotes(statement, this.#committee, this.schedule);
    const { round, author } = statement;
    if (this.isDecided(round) && this.schedule.leaderOf(round) === author) reached(MARK.leaderLate);
  }

  /** True where the slot has a verdict, whether or not the prefix has reached it. Slots below 1 are decided. */
  isDecided(round: Round): boolean {
    return round < this.#nextRound || this.#decided.has(round);
  }

  /**
   * Extends the prefix by every slot that the DAG decides now, calling `emit` for each in order; a slot's statements
   * must stay open until `emit` returns. A halt is answered, never emitted.
   */
  decide(emit: (slot: DecidedSlot) => void): { readonly halted: string | null } {
    if (!this.#isStale) return NOT_HALTED;
    const decisions = new Map<Round, Decision>();
    const decisionAt = (round: Round): Decision =>
      this.#decided.get(round) ?? decisions.get(round) ?? { kind: 'undecided', why: 'no-anchor-yet' };
    for (let round = this.#view.highestRound; round >= this.#nextRound; round--) {
      if (this.#decided.has(round)) continue;
      const decision =
        decideDirectly(this.#view, this.schedule, round) ?? decideIndirectly(this.#view, round, decisionAt);
      if (decision.kind === 'halt') return { halted: decision.evidence };
      decisions.set(round, decision);
      if (decision.kind !== 'undecided') this.#decided.set(round, decision);
    }
    for (
      let decision = this.#decided.get(this.#nextRound);
      decision !== undefined;
      decision = this.#decided.get(this.#nextRound)
    ) {
      const round = this.#nextRound;
      this.#decided.delete(round);
      this.#nextRound++;
      if (decision.kind !== 'commit' && decision.kind !== 'skip') continue;
      this.#mark(round, decision);
      emit({ round, decision });
    }
    if (this.#decided.size > 0) reached(MARK.verdictAboveUndecided);
    this.#isStale = false;
    return NOT_HALTED;
  }

  #mark(round: Round, { kind, how }: DecidedSlot['decision']): void {
    if (how === 'indirect') reached(kind === 'commit' ? MARK.indirectCommit : MARK.indirectSkip);
    else if (kind === 'skip') reached(MARK.directSkip);
    const leader = this.schedule.leaderOf(round);
    const versions = this.#view.statementsAt(round).filter(({ author }) => author === leader).length;
    if (versions > 1) reached(kind === 'commit' ? MARK.leaderVersionCommitted : MARK.leaderVersionsSkipped);
  }
}
