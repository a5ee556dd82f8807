/**
 * Votes and certificates (PROTOCOL 5). Both are fixed by a statement's own citations, so they are read once, when it
 * is accepted, and kept on the vertex. Votes are direct prev edges only.
 */
import type { Committee } from '../model/committee.js';
import type { StatementVertex } from '../tangle/vertex.js';
import type { LeaderSchedule } from './leader.js';

/** Notes for whom the statement votes at round - 1 and whom it certifies at round - 2. */
export function noteVotes(statement: StatementVertex, committee: Committee, schedule: LeaderSchedule): void {
  const { round, prev } = statement;
  if (round >= 2) {
    const leader = schedule.leaderOf(round - 1);
    statement.vote = prev.find(({ author }) => author === leader) ?? null;
  }
  if (round >= 3) statement.certifies = certifiedBy(prev, committee);
}

/** Authors in prev are distinct and two quorums exceed W, so at most one vote can reach Q. */
function certifiedBy(prev: readonly StatementVertex[], committee: Committee): StatementVertex | null {
  const weights = new Map<StatementVertex, number>();
  for (const { vote, author } of prev) {
    if (vote === null) continue;
    const weight = (weights.get(vote) ?? 0) + committee.weightOf(author);
    if (weight >= committee.quorum) return vote;
    weights.set(vote, weight);
  }
  return null;
}

/** Weight of the distinct authors of the statements. Equivocations of one author count once. */
export function authorsWeight(statements: Iterable<StatementVertex>, committee: Committee): number {
  const authors = new Set<number>();
  let weight = 0;
  for (const { author } of statements) {
    if (authors.has(author)) continue;
    authors.add(author);
    weight += committee.weightOf(author);
  }
  return weight;
}
