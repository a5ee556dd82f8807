/**
 * What a simulated tangle is like, as data: every field with its default and what is allowed. The command line, scenario
 * files and sweeps all read this table. Ages and intervals are in h, the delay after which others see a transaction.
 */
import type { StrategyName, WalkStart } from '@tangle/tip-selection';
import { choice, completeFields, type Fields, integer, namesOf, number, OptionsError } from '../sweeps/fields.js';

/** What a hostile device does with its share of all transactions; `attacks.ts` says how. */
export type AttackName = 'inflation' | 'lazy' | 'chain' | 'parasite' | 'splitter' | 'greedy' | 'flood';

/** The options of a run, everything decided. */
export interface TipsOptions {
  readonly strategy: StrategyName;
  /** Transactions in a unit of time, all devices together. */
  readonly lambda: number;
  /** Units of time until others see a transaction, or a statement. */
  readonly h: number;
  readonly parents: number;
  readonly transactions: number;
  /** Nodes with a view of their own, each of which sees its own transactions at once; 1 is one view that all share. */
  readonly views: number;
  /** Of `walk`. */
  readonly alpha: number;
  readonly start: WalkStart;
  readonly depth: number;
  /** Of `restricted`: since issue, in h. */
  readonly maxAge: number;
  readonly devices: number;
  /** Device i sends in proportion to i^-zipf; 0: all alike. */
  readonly zipf: number;
  readonly attack: AttackName | 'none';
  /** Of all transactions. */
  readonly attackShare: number;
  /** Eligible tips of the hostile device, under `quota`. */
  readonly attackQuota: number;
  /** Of a parasite chain, in pools of lambda h k / (k - 1). */
  readonly burstPools: number;
  /** Validators that cover all they see; 0: none. */
  readonly validators: number;
  /** In h, between two statements of a validator; all of them are spread evenly. */
  readonly interval: number;
}

/** Parents and devices are stored for each transaction: 60 bytes at two parents, so 1.2 GB at most. */
const TRANSACTIONS_MAX = 20_000_000;
/** Each view keeps 20 to 60 bytes for each transaction. */
const VIEWED_MAX = 2 ** 25;
const PARENTS_MAX = 16;
const LAMBDA_H_MAX = 100_000;
const LAMBDA_H_MIN = 0.001;

export const FIELDS: Fields<TipsOptions> = {
  strategy: choice(['quota', 'uniform', 'restricted', 'walk', 'older'], 'how tips are selected'),
  lambda: number(100, 1e-6, 1e9, 'transactions in a unit of time'),
  h: number(1, 1e-6, 1e9, 'delay until others see a transaction, in units of time'),
  parents: integer(2, 1, PARENTS_MAX, 'transactions that each approves'),
  transactions: integer(100_000, 1, TRANSACTIONS_MAX, 'how many to simulate'),
  views: integer(1, 1, 10_000, 'nodes with a view of their own; 1: one that all share'),
  alpha: number(0.01, 0, 1_000, 'walk: how much heavier approvers are preferred'),
  start: choice(['window', 'genesis', 'final'], 'walk: where it begins'),
  depth: number(20, 0.01, 1e6, 'walk from a window: how long ago it begins, in h'),
  maxAge: number(10, 1, 1e9, 'restricted: age of a tip at most, in h'),
  devices: integer(1_000, 1, 1_000_000, 'honest devices'),
  zipf: number(0, 0, 4, 'unequal devices: the i-th sends in proportion to i^-zipf'),
  attack: choice(
    ['none', 'inflation', 'lazy', 'chain', 'parasite', 'splitter', 'greedy', 'flood'],
    'what one hostile device does',
  ),
  attackShare: number(0.5, 0, 0.99, 'its share of all transactions'),
  attackQuota: integer(8, 1, 64, 'quota: eligible tips of the hostile device'),
  burstPools: number(10, 0.1, 1_000, 'parasite: transactions of a burst, in pools'),
  validators: integer(0, 0, 900, 'validators whose statements cover all they see; 0: none'),
  interval: number(1, 0.001, 1e6, 'between two statements of a validator, in h'),
};

export const FIELD_NAMES = namesOf(FIELDS);

/** Complete options from some of them. Throws an OptionsError where no run can have them. */
export function completeOptions(given: Readonly<Record<string, unknown>>): TipsOptions {
  const options = completeFields(FIELDS, given);
  checkTogether(options);
  return options;
}

/** Transactions below which nothing can be measured: a fifth warms up, and the last 20 (h + 1 / lambda) only watch. */
export function transactionsLeast({ lambda, h }: Pick<TipsOptions, 'lambda' | 'h'>): number {
  return Math.ceil(50 * (lambda * h + 1));
}

function checkTogether(options: TipsOptions): void {
  const { lambda, h, transactions, views } = options;
  const lambdaH = lambda * h;
  if (!(lambdaH >= LAMBDA_H_MIN && lambdaH <= LAMBDA_H_MAX)) {
    throw new OptionsError(`lambda ${lambda} times h ${h} is ${lambdaH}: from ${LAMBDA_H_MIN} to ${LAMBDA_H_MAX}`);
  }
  const least = transactionsLeast(options);
  if (transactions < least) {
    throw new OptionsError(`transactions ${transactions}: at least ${least} for lambda h = ${lambdaH}`);
  }
  if (views * transactions > VIEWED_MAX && views > 1) {
    throw new OptionsError(
      `views ${views}: with ${transactions} transactions from 1 to ${Math.floor(VIEWED_MAX / transactions)}`,
    );
  }
}
