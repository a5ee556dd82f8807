/** Bugs in certification (PROTOCOL 11). */
import { coreFile, type Mutant, replicaFile } from '../mutant.js';

const COSIGNER_RULE = coreFile('log/cosigner-rule');
const CERTIFIER = replicaFile('certifier');

export const LOG_MUTANTS: readonly Mutant[] = [
  {
    name: 'certified-below-quorum',
    kind: 'safety',
    file: COSIGNER_RULE,
    anchor: 'weightOf(behind, this.#committee) < this.#committee.quorum',
    replacement: 'weightOf(behind, this.#committee) <= this.#committee.faultWeight',
    sentence: 'A head is called certified with cosignatures of a little more than f.',
    hunts: ['boundaries'],
  },
  {
    name: 'log-misses-an-entry',
    kind: 'safety',
    file: CERTIFIER,
    anchor: 'for (const leaf of leaves) {',
    replacement: 'for (const leaf of leaves.slice(0, -1)) {',
    sentence: 'The last entry of every commit is left out of the log.',
    hunts: ['boundaries'],
  },
  {
    name: 'cosignatures-not-offered',
    kind: 'liveness',
    file: CERTIFIER,
    anchor: 'return [...certified, ...this.#rule.newest()',
    replacement: 'return []; [...certified, ...this.#rule.newest()',
    sentence: 'A cosignature that was lost on its way is never sent again.',
    hunts: ['last-words'],
  },
];
