/** The strategies of byzantine validators, by name. A scenario names them; each is safe to play up to the tolerated weight. */
import type { Strategy } from './adversary.js';
import { blamer, doubleTongued, racer, ruleBreaker, scrooge } from './contrary.js';
import { equivocator, forgetful, manyFaces, twins } from './equivocator.js';
import { chainBomb, equivocatingBomb, hiddenChain, hiddenTwoChains } from './hidden-chain.js';
import { falseRoots } from './false-roots.js';
import { mixOf } from './mix.js';
import { asker, echo, garbage, lyingInSync, tipFlood } from './noise.js';
import { hardOfHearing, lateLeader, lyingClock, silent, suppressor, withholder } from './withholding.js';

export type { Adversary, AdversaryMeans, Strategy } from './adversary.js';

const FORGERS = [
  equivocator,
  manyFaces,
  hiddenChain,
  hiddenTwoChains,
  chainBomb,
  equivocatingBomb,
  blamer,
  doubleTongued,
  scrooge,
  racer,
];
const SPOILERS = [silent, withholder, suppressor, lyingInSync, garbage, echo];
const OTHERS = [lateLeader, hardOfHearing, lyingClock, twins, forgetful, ruleBreaker, asker, tipFlood, falseRoots];

export const STRATEGIES: ReadonlyMap<string, Strategy> = new Map(
  [...SPOILERS, ...FORGERS, ...OTHERS, mixOf(FORGERS, SPOILERS)].map((strategy) => [strategy.name, strategy]),
);
