/** Bugs in when a statement is signed and what it says (PROTOCOL 4). */
import { coreFile, type Mutant } from '../mutant.js';

const PACEMAKER = coreFile('validator/pacemaker');
const PROPOSER = coreFile('validator/proposer');
const ENGINE = coreFile('engine/engine');

export const PACEMAKER_MUTANTS: readonly Mutant[] = [
  {
    name: 'never-backs-off',
    kind: 'liveness',
    file: PACEMAKER,
    anchor: 'this.#delayMs * 2',
    replacement: 'this.#delayMs',
    sentence: 'The estimate of the delay never grows: with slower links every slot is skipped for ever.',
    hunts: ['pacemaker'],
  },
  {
    name: 'never-jumps',
    kind: 'liveness',
    file: PACEMAKER,
    anchor: '!this.#committer.isDecided(round - 2)',
    replacement: 'round < this.#openRound',
    sentence: 'A validator that was away signs every round that it missed, however long decided.',
    hunts: ['pacemaker'],
  },
  {
    name: 'jumps-over-undecided',
    kind: 'liveness',
    file: PACEMAKER,
    anchor: '!this.#committer.isDecided(round - 2)',
    replacement: 'round > this.#openRound',
    sentence: 'A validator goes straight to the open round; its votes are missing where they are needed.',
    hunts: ['pacemaker'],
  },
  {
    name: 'jumps-one-round-early',
    kind: 'liveness',
    file: PACEMAKER,
    anchor: '!this.#committer.isDecided(round - 2)',
    replacement: '!this.#committer.isDecided(round - 3)',
    sentence: 'A round is left out although the slot two below it is undecided.',
    hunts: ['pacemaker'],
  },
  {
    name: 'leader-not-awaited',
    kind: 'liveness',
    file: PACEMAKER,
    anchor: 'this.#leaderHeard(round - 1) &&',
    replacement: '',
    sentence: 'A round is signed without waiting for the leader of the one below.',
    hunts: ['pacemaker'],
  },
  {
    name: 'votes-not-awaited',
    kind: 'liveness',
    file: PACEMAKER,
    anchor: '&& this.#votesGathered(round - 2)',
    replacement: '',
    sentence: 'A round is signed without waiting for the votes on the slot two below.',
    hunts: ['pacemaker'],
  },
  {
    name: 'uncited-votes-end-the-wait',
    kind: 'liveness',
    file: PACEMAKER,
    anchor: 'firstOfEachAuthor(this.#tangle.statementsAt(round + 1))',
    replacement: 'this.#tangle.statementsAt(round + 1)',
    sentence: 'A vote that an equivocator shows beside its first one ends the wait, and certifies nothing.',
    hunts: ['pacemaker'],
  },
  {
    name: 'timer-stays-armed',
    kind: 'hygiene',
    file: ENGINE,
    anchor: 'this.#pacemaker.rest();',
    replacement: 'this.#paceAtMs = now.monotonicMs + 1_000;',
    sentence: 'With everything final a timer goes on ticking.',
    hunts: ['calm'],
  },
  {
    name: 'statements-create-need',
    kind: 'hygiene',
    file: ENGINE,
    anchor: 'return this.#tangle.openCount > 0;',
    replacement: 'return this.#tangle.openCount > 0 || this.#tangle.openStatementCount > 4;',
    sentence: 'Statements are signed to finish statements, and an idle network never rests.',
    hunts: ['calm'],
  },
  {
    name: 'leader-cites-nothing',
    kind: 'liveness',
    file: PROPOSER,
    anchor: 'proposal.leads && commitWouldLag(tangle, prev, proposal)',
    replacement: 'proposal.leads',
    sentence: 'A leader leaves all transactions to the others, also where there are none.',
    hunts: ['single'],
  },
];
