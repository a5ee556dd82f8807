/** What the next statement says (PROTOCOL 4): all of the round below, and the oldest of what that does not cover. */
import type { NetworkId, Round, StatementId, TransactionId, UnixMs, ValidatorIndex } from '../ids.js';
import type { UnsignedStatement } from '../model/statement.js';
import { MARK, reached } from '../marks/reached.js';
import { weightedMedian } from '../model/weighted-median.js';
import { hasAuthor } from '../tangle/author-set.js';
import type { Tangle } from '../tangle/tangle.js';
import type { StatementVertex, TransactionVertex } from '../tangle/vertex.js';

export interface Proposal {
  readonly network: NetworkId;
  readonly author: ValidatorIndex;
  readonly round: Round;
  /** Own statement of the highest round. */
  readonly self: StatementId | null;
  readonly wallMs: UnixMs;
  readonly maxTips: number;
  /** True where the author leads this round. */
  readonly leads: boolean;
  /** Time of the last commit. */
  readonly lastCommitMs: UnixMs;
  /** How far the commit time may lag behind the own clock before a leader leaves transactions to the others. */
  readonly commitLagMsMax: number;
}

/** The statement to sign. `uncovered`: open transactions outside the own cone, in order of acceptance. */
export function propose(tangle: Tangle, uncovered: Iterable<TransactionVertex>, proposal: Proposal): UnsignedStatement {
  const prev = firstOfEachAuthor(tangle.statementsAt(proposal.round - 1));
  const stale = proposal.leads && commitWouldLag(tangle, prev, proposal);
  if (stale) reached(MARK.laggingLeaderCitedNone);
  return {
    network: proposal.network,
    epoch: tangle.epoch,
    round: proposal.round,
    author: proposal.author,
    timestampMs: proposal.wallMs,
    self: proposal.self,
    prev: prev.map(({ id }) => id).sort(),
    tips: stale ? [] : tipsToCite(tangle, prev, uncovered, proposal).sort(),
  };
}

/** What the next statement cites of a round: equivocators once, as first heard. */
export function firstOfEachAuthor(statements: readonly StatementVertex[]): StatementVertex[] {
  const first = new Map<ValidatorIndex, StatementVertex>();
  for (const statement of statements) if (!first.has(statement.author)) first.set(statement.author, statement);
  return [...first.values()];
}

/** Else the commit after an idle time would bear the time of the last activity: for a sparse device, always. */
function commitWouldLag(tangle: Tangle, prev: readonly StatementVertex[], proposal: Proposal): boolean {
  const median =
    prev.length === 0
      ? proposal.lastCommitMs
      : weightedMedian(
          prev.map(({ author, statement }) => ({
            value: statement.timestampMs,
            weight: tangle.committee.weightOf(author),
          })),
        );
  return Math.max(proposal.lastCommitMs, median) < proposal.wallMs - proposal.commitLagMsMax;
}

/**
 * The sinks of the longest prefix, in order of acceptance, that has at most `maxTips` of them. By order of acceptance,
 * not by the sinks' own age: else anyone could push a rival back by approving it.
 */
function tipsToCite(
  tangle: Tangle,
  prev: readonly StatementVertex[],
  uncovered: Iterable<TransactionVertex>,
  proposal: Proposal,
): TransactionId[] {
  const coveredByPrev = new Set(tangle.openCone(prev, (vertex) => !hasAuthor(vertex.approvers, proposal.author)));
  const prefix: TransactionVertex[] = [];
  const sinks = new Set<TransactionVertex>();
  let longest = 0;
  for (const transaction of uncovered) {
    if (coveredByPrev.has(transaction)) continue;
    prefix.push(transaction);
    sinks.add(transaction);
    for (const parent of transaction.parents) sinks.delete(parent);
    if (sinks.size <= proposal.maxTips) longest = prefix.length;
  }
  if (longest < prefix.length) reached(MARK.tipsLeftOver);
  const cited = prefix.slice(0, longest);
  const approved = new Set(cited.flatMap(({ parents }) => parents));
  return cited.filter((transaction) => !approved.has(transaction)).map(({ id }) => id);
}
