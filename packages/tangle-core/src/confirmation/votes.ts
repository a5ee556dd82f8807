/**
 * Votes and certificates (PROTOCOL 5). Both are fixed by a statement's own citations, so they are read once, when it
 * is accepted, and kept on the vertex. Votes are direct prev edges only.
 */
import type { ValidatorIndex } from '../ids.js';
import type { Committee } from '../model/committee.js';
import { addAuthor, type AuthorSet, emptyAuthorSet } from '../tangle/author-set.js';
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

/** Adds up the weight of authors, each once: equivocations of one author count no more than one statement. */
export class AuthorTally {
  readonly #committee: Committee;
  readonly #authors: AuthorSet;
  #weight = 0;

  constructor(committee: Committee) {
    this.#committee = committee;
    this.#authors = emptyAuthorSet(committee.size);
  }

  get weight(): number {
    return this.#weight;
  }

  add(author: ValidatorIndex): void {
    if (addAuthor(this.#authors, author)) this.#weight += this.#committee.weightOf(author);
  }
}
