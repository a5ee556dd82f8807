/** Bugs in the total order, in commit times and in the cones they come from (PROTOCOL 5). */
import { coreFile, type Mutant } from '../mutant.js';

const LINEARIZE = coreFile('order/linearize');
const DIGEST = coreFile('order/commit-digest');
const MEDIAN = coreFile('model/weighted-median');
const TANGLE = coreFile('tangle/tangle');

export const ORDER_MUTANTS: readonly Mutant[] = [
  {
    name: 'tie-break-by-arrival',
    kind: 'safety',
    file: LINEARIZE,
    anchor: 'left.level - right.level || compare(left.key, right.key)',
    replacement: 'left.level - right.level',
    sentence: 'What parents leave open is ordered as it arrived, at each node in its own way.',
    hunts: ['fuzz'],
  },
  {
    name: 'tie-break-without-leader',
    kind: 'safety',
    file: LINEARIZE,
    anchor: "taggedHashHex(crypto, 'order', leaderId, fromHex(vertex.id))",
    replacement: 'vertex.id',
    sentence: 'Ties are broken by the id, for which an issuer can search.',
    hunts: ['fuzz'],
  },
  {
    name: 'parents-after-children',
    kind: 'safety',
    file: LINEARIZE,
    anchor: 'left.level - right.level ||',
    replacement: 'right.level - left.level ||',
    sentence: 'Within a commit children are ordered before their parents.',
    hunts: ['fuzz'],
  },
  {
    name: 'cone-without-self',
    kind: 'safety',
    file: TANGLE,
    anchor: 'if (vertex.self !== null)\n                    stack.push(vertex.self);',
    replacement: '',
    sentence: 'What a leader reaches only through own earlier statements is left out of its commit.',
    hunts: ['fuzz'],
  },
  {
    name: 'final-transaction-again',
    kind: 'safety',
    file: TANGLE,
    anchor: 'return this.#open.has(id) || this.isFinal(id);',
    replacement: 'return this.#open.has(id);',
    sentence: 'The bytes of a final transaction are taken in again, and become final twice.',
    hunts: ['rain', 'lossy'],
  },
  {
    name: 'commit-time-mean',
    kind: 'safety',
    file: MEDIAN,
    anchor: 'let running = 0;',
    replacement: 'return Math.floor(values.reduce((sum, at) => sum + at.value * at.weight, 0) / total);',
    sentence: 'Commit time is the mean of the clocks, and a single liar moves it at will.',
    hunts: ['fuzz'],
  },
  {
    name: 'commit-time-median-of-heads',
    kind: 'safety',
    file: MEDIAN,
    anchor: 'running += weight;',
    replacement: 'running += total / values.length;',
    sentence: 'The median counts heads and not weights.',
    hunts: ['fuzz'],
  },
  {
    name: 'commit-time-runs-back',
    kind: 'safety',
    file: DIGEST,
    anchor: 'Math.max(previousMs, prevMedianMs)',
    replacement: 'prevMedianMs',
    sentence: 'Commit time follows the median also where that is earlier than the last commit.',
    hunts: ['fuzz'],
  },
];
