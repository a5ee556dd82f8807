/** Validators whose statements are single and valid, or plainly not, and chosen to do the least good. */
import type { Round, TransactionId } from '@tangle/core/ids';
import type { CheckedStatement } from '@tangle/core/model';
import type { AdversaryMeans, Strategy } from './adversary.js';
import { Forger, looking, type Draft } from './forger.js';

/** Signs each open round once, as `draft` says. */
function signEach(
  means: AdversaryMeans,
  draft: (round: Round, forger: Forger) => Omit<Draft, 'round' | 'self'> | null,
): void {
  const forger = new Forger(means);
  let own: CheckedStatement | null = null;
  looking(means, means.random.integer(1, 40), () => {
    const round = forger.openRound;
    if (round <= (own?.round ?? 0)) return;
    const drafted = draft(round, forger);
    const statement = drafted === null ? null : forger.sign({ ...drafted, round, self: own });
    if (statement === null) return;
    own = statement;
    forger.keep([statement]);
    forger.push(forger.peers, [statement]);
  });
}

export const blamer: Strategy = {
  name: 'blamer',
  about: 'never votes: leaves the leader of the round below out wherever a quorum remains without it',
  signs: 'strategy',
  create: (means) => {
    signEach(means, (round, forger) =>
      forger.isCalledFor(round) && round > 1 ? { shuns: [forger.leaders.leaderOf(round - 1)] } : { shuns: [] },
    );
    return {};
  },
};

export const doubleTongued: Strategy = {
  name: 'double-tongued',
  about: 'blames the leader of the round below, and then shows everybody a vote for it that comes too late to be cited',
  signs: 'strategy',
  create: (means) => {
    const forger = new Forger(means);
    let own: CheckedStatement | null = null;
    looking(means, means.random.integer(1, 20), () => {
      const round = forger.openRound;
      if (round <= (own?.round ?? 0) || !forger.isCalledFor(round)) return;
      const shuns = round > 1 ? [forger.leaders.leaderOf(round - 1)] : [];
      const [blame, vote] = [forger.sign({ round, self: own, shuns }), forger.sign({ round, self: own, offsetMs: 1 })];
      if (blame === null || vote === null) return;
      own = blame;
      forger.keep([blame, vote]);
      for (const shown of [blame, vote]) forger.push(forger.peers, [shown]);
    });
    return {};
  },
};

export const scrooge: Strategy = {
  name: 'scrooge',
  about: 'cites no transaction and no more than a quorum',
  signs: 'strategy',
  create: (means) => {
    signEach(means, (round, forger) =>
      forger.isCalledFor(round) ? { shuns: means.random.shuffle(forger.peers), tips: [] } : null,
    );
    return {};
  },
};

export const racer: Strategy = {
  name: 'racer',
  about: 'signs each round the moment it opens, in an idle network too, over transactions that it told nobody of',
  signs: 'strategy',
  create: (means) => {
    signEach(means, (_round, forger) => {
      if (!means.isBusy || !means.random.chance(0.1)) return {};
      const { transactionId } = means.genesis;
      const secret = forger.transaction([transactionId, transactionId]);
      forger.keep([secret]);
      // Its replica needs a moment to take it in; whoever hears of it first has to ask.
      return { tips: [secret.id] };
    });
    return {};
  },
};

/** What breaks S2, S3 or S4 and cannot be seen without what it cites. */
export const ruleBreaker: Strategy = {
  name: 'rule-breaker',
  about: 'signs statements that cite rounds, authors and kinds they must not, and shows some after what stands on them',
  signs: 'strategy',
  create: (means) => {
    const { random } = means;
    const forger = new Forger(means);
    const skipped: CheckedStatement[] = [];
    let held: readonly CheckedStatement[] = [];
    looking(means, random.integer(20, 200), () => {
      const round = forger.openRound;
      if (!forger.isCalledFor(round)) return;
      const lie = random.pick(['round', 'self', 'kind'] as const);
      // What it goes on from has to be of an earlier round.
      const below = lie === 'self' ? forger.sign({ round, self: null, offsetMs: 1 }) : null;
      if (below !== null) forger.push(forger.peers, [below]);
      const self = below ?? skipped.at(-1) ?? null;
      const tips = lie === 'kind' && self !== null ? [self.id as string as TransactionId] : [];
      const statement = forger.sign({ round: lie === 'round' ? round + 1 : round, self, tips });
      if (statement === null) return;
      skipped.push(statement);
      const shown = [statement, ...held];
      // Its first words may be out last: what has been shown before waits for them, for nothing.
      held = random.chance(0.3) ? shown : [];
      if (held.length === 0) for (const one of shown) forger.push(forger.peers, [one]);
    });
    return {};
  },
};
