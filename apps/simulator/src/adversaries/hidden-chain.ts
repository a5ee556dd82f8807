/** Chains of statements that nobody is shown until late, and what hangs below them. */
import type { Round, TransactionId } from '@tangle/core/ids';
import type { CheckedStatement, CheckedTransaction } from '@tangle/core/model';
import type { AdversaryMeans, Strategy } from './adversary.js';
import { Forger, looking } from './forger.js';

interface Options {
  /** Rounds of its own that it keeps to itself before it shows them. */
  readonly length: number;
  /** Chains side by side. */
  readonly versions: number;
  /** Transactions of its own below each hidden statement. */
  readonly bomb: number;
  /** Each approves the one before: deep instead of wide. */
  readonly isDeep: boolean;
  /** How the chain is shown: in order, backwards, or its last statement only, and the rest to those who ask. */
  readonly reveal: 'forwards' | 'backwards' | 'head';
  readonly everyMs: number;
}

/** Statements of a hidden chain, each after the transactions that it brings up. */
type Hidden = CheckedStatement | CheckedTransaction;

function hide(means: AdversaryMeans, options: Options): void {
  const { genesis } = means;
  const forger = new Forger(means);
  let heads: readonly (CheckedStatement | null)[] = Array.from({ length: options.versions }, () => null);
  let hidden: Hidden[] = [];
  let hiddenRounds = 0;
  let ownRound: Round = 0;

  const bomb = (): CheckedTransaction[] => {
    const bombs: CheckedTransaction[] = [];
    let parents: readonly [TransactionId, TransactionId] = [genesis.transactionId, genesis.transactionId];
    for (let count = means.isBusy ? options.bomb : 0; count > 0; count--) {
      const transaction = forger.transaction(parents);
      bombs.push(transaction);
      if (options.isDeep) parents = [transaction.id, genesis.transactionId];
    }
    return bombs;
  };

  const signNext = (round: Round): void => {
    heads = heads.map((self, version) => {
      const bombs = bomb();
      const sinks = options.isDeep ? bombs.slice(-1) : bombs;
      const statement = forger.sign({
        round,
        self,
        tips: [...forger.openTips(), ...sinks.map(({ id }) => id)].slice(0, genesis.parameters.maxTips),
        offsetMs: version,
      });
      if (statement === null) return self;
      hidden.push(...bombs, statement);
      return statement;
    });
    ownRound = round;
    hiddenRounds++;
  };

  const reveal = (): void => {
    forger.keep(hidden);
    const inOrder = options.reveal === 'backwards' ? [...hidden].reverse() : hidden;
    forger.push(forger.peers, options.reveal === 'head' ? hidden.slice(-1) : inOrder);
    hidden = [];
    hiddenRounds = 0;
  };

  looking(means, options.everyMs, () => {
    const round = forger.openRound;
    if (round > ownRound && forger.isCalledFor(round)) signNext(round);
    if (hidden.length > 0 && (hiddenRounds >= options.length || !means.isBusy)) reveal();
  });
}

function optionsOf({ random }: AdversaryMeans): Options {
  return {
    length: random.integer(2, 60),
    versions: 1,
    bomb: 0,
    isDeep: random.chance(0.5),
    reveal: random.pick(['forwards', 'backwards', 'head'] as const),
    everyMs: random.integer(5, 60),
  };
}

export const hiddenChain: Strategy = {
  name: 'hidden-chain',
  about: 'signs every round from the first, and shows it many rounds later',
  signs: 'strategy',
  create: (means) => {
    hide(means, optionsOf(means));
    return {};
  },
};

export const hiddenTwoChains: Strategy = {
  name: 'hidden-two-chains',
  about: 'hides two chains of the same rounds, and shows both at once',
  signs: 'strategy',
  create: (means) => {
    hide(means, { ...optionsOf(means), versions: 2 });
    return {};
  },
};

export const chainBomb: Strategy = {
  name: 'chain-bomb',
  about: 'shows late a chain with transactions below each statement that nobody has seen',
  signs: 'strategy',
  create: (means) => {
    const options = optionsOf(means);
    hide(means, { ...options, length: Math.min(options.length, 20), bomb: means.random.integer(1, 20) });
    return {};
  },
};

export const equivocatingBomb: Strategy = {
  name: 'equivocating-bomb',
  about: 'shows late several chains of the same rounds, each over transactions of its own',
  signs: 'strategy',
  create: (means) => {
    const options = optionsOf(means);
    const { random } = means;
    const length = Math.min(options.length, 10);
    hide(means, { ...options, length, versions: random.integer(2, 4), bomb: random.integer(1, 8) });
    return {};
  },
};
