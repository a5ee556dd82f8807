/**
 * The confirmation rule (PROTOCOL 5): Mysticeti-C on an uncertified DAG, wave length 3, one leader slot a round.
 * Reads the DAG and returns decisions; holds no state, so the same DAG always gets the same answer.
 */
import { invariant } from '../assert.js';
import type { Round } from '../ids.js';
import { MARK, reached } from '../marks/reached.js';
import type { Committee } from '../model/committee.js';
import type { StatementVertex } from '../tangle/vertex.js';
import type { Decision } from './decision.js';
import type { LeaderSchedule } from './leader.js';
import { AuthorTally } from './votes.js';

/** Rounds from a slot to the first that may anchor its indirect decision: below it, agreement breaks. */
export const ANCHOR_DISTANCE = 3;

/** The part of the tangle that the rule reads. */
export interface RuleView {
  readonly committee: Committee;
  readonly highestRound: Round;
  statementsAt(round: Round): readonly StatementVertex[];
}

/** Decides a slot from the votes and certificates of the two rounds above it, or null where they do not reach. */
export function decideDirectly(view: RuleView, schedule: LeaderSchedule, round: Round): Decision | null {
  const { committee } = view;
  const leader = schedule.leaderOf(round);
  const blames = new AuthorTally(committee);
  for (const { vote, author } of view.statementsAt(round + 1)) if (vote === null) blames.add(author);
  const skip = blames.weight >= committee.quorum;

  // Nearly always there is one candidate or none, so a short list is searched.
  const candidates: { readonly leader: StatementVertex; readonly certificates: AuthorTally }[] = [];
  for (const { certifies, author } of view.statementsAt(round + 2)) {
    if (certifies === null) continue;
    invariant(
      certifies.round === round && certifies.author === leader,
      'a certificate is for the slot two rounds down',
    );
    let candidate = candidates.find((known) => known.leader === certifies);
    if (candidate === undefined) {
      candidate = { leader: certifies, certificates: new AuthorTally(committee) };
      candidates.push(candidate);
    }
    candidate.certificates.add(author);
  }
  const committed: StatementVertex[] = [];
  for (const { leader: candidate, certificates } of candidates) {
    if (certificates.weight >= committee.quorum) committed.push(candidate);
  }
  const [first, second] = committed;
  if (first !== undefined && second !== undefined) {
    return halt(round, `two leader statements with a quorum of certificates: ${first.id} and ${second.id}`);
  }
  if (first !== undefined && skip) {
    return halt(round, `a quorum certifies ${first.id} and a quorum has no leader statement`);
  }
  if (first !== undefined) return { kind: 'commit', leader: first, how: 'direct' };
  return skip ? { kind: 'skip', how: 'direct' } : null;
}

/**
 * Decides a slot from the first slot at `round + 3` or above that is not skipped: its anchor. `decisionAt` gives the
 * decisions of higher slots, which are made first.
 */
export function decideIndirectly(view: RuleView, round: Round, decisionAt: (round: Round) => Decision): Decision {
  for (let anchorRound = round + ANCHOR_DISTANCE; anchorRound <= view.highestRound; anchorRound++) {
    const above = decisionAt(anchorRound);
    switch (above.kind) {
      case 'skip':
        reached(MARK.anchorSearchedPastSkip);
        continue;
      case 'undecided':
        reached(MARK.anchorUndecided);
        return { kind: 'undecided', why: 'anchor-undecided' };
      case 'halt':
        return above;
      case 'commit':
        return decideFromAnchor(round, above.leader);
    }
  }
  return { kind: 'undecided', why: 'no-anchor-yet' };
}

function decideFromAnchor(round: Round, anchor: StatementVertex): Decision {
  const certified = new Set<StatementVertex>();
  for (const statement of reachableAt(anchor, round + 2)) {
    if (statement.certifies !== null) certified.add(statement.certifies);
  }
  const [first, second] = certified;
  if (first !== undefined && second !== undefined) {
    return halt(round, `anchor ${anchor.id} reaches certificates for both ${first.id} and ${second.id}`);
  }
  return first === undefined
    ? { kind: 'skip', how: 'indirect', anchor }
    : { kind: 'commit', leader: first, how: 'indirect', anchor };
}

/** Statements of a round that the anchor reaches by prev edges. Level by level: prev is always one round down. */
function reachableAt(anchor: StatementVertex, round: Round): Set<StatementVertex> {
  let level = new Set<StatementVertex>([anchor]);
  for (let at = anchor.round; at > round; at--) {
    const below = new Set<StatementVertex>();
    for (const statement of level) for (const cited of statement.prev) below.add(cited);
    level = below;
  }
  return level;
}

function halt(round: Round, evidence: string): Decision {
  reached(MARK.ruleHalted);
  return { kind: 'halt', evidence: `slot ${round}: ${evidence}: more than f of the weight is faulty` };
}
