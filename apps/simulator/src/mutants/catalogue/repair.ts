/** Bugs in how missing vertices are found again (PROTOCOL 4 and 9). */
import { coreFile, type Mutant, replicaFile } from '../mutant.js';

const WANTS = coreFile('sync/wants');
const INTAKE = coreFile('engine/intake');
const PENDING = coreFile('tangle/pending-area');
const ANTI_ENTROPY = replicaFile('anti-entropy');

export const REPAIR_MUTANTS: readonly Mutant[] = [
  {
    name: 'second-peer-never-asked',
    kind: 'liveness',
    file: WANTS,
    anchor: 'while (want.sources.length > 0)',
    replacement:
      'if (want.last !== null && this.#connected.has(want.last)) return want.last; while (want.sources.length > 0)',
    sentence: 'A peer that does not answer is asked again and again, and nobody else.',
    hunts: ['silent-gateway'],
  },
  {
    name: 'never-asked-again',
    kind: 'liveness',
    file: WANTS,
    anchor: 'this.#askAt(want, nowMs + Math.min(this.#limits.answerCapMs, backoffMs));',
    replacement: 'want.askAtMs = Number.POSITIVE_INFINITY;',
    sentence: 'A request that was lost is not made again.',
    hunts: ['rain', 'silent-gateway', 'lossy'],
  },
  {
    name: 'missing-never-wanted',
    kind: 'liveness',
    file: INTAKE,
    anchor: 'for (const id of failure.ids)',
    replacement: 'for (const id of failure.ids.slice(1))',
    sentence: 'Of what is missing below a vertex one is never asked for.',
    hunts: ['rain', 'lossy'],
  },
  {
    name: 'released-vertices-lost',
    kind: 'liveness',
    file: PENDING,
    anchor: 'if (waiting.missingCount === 0)',
    replacement: 'if (waiting.missingCount === 0 && solid.length === 0)',
    sentence: 'Of those that waited for one vertex only the first is taken in.',
    hunts: ['rain', 'lossy'],
  },
  {
    name: 'frontier-without-statements',
    kind: 'liveness',
    file: ANTI_ENTROPY,
    anchor: 'statements: standing.statements,',
    replacement: 'statements: [],',
    sentence: 'Peers do not hear which statements a node holds: the last ones before the quiet may be lost for good.',
    hunts: ['last-words'],
  },
];
