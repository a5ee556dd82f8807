/** Bugs in the confirmation rule (PROTOCOL 5). */
import { coreFile, type Mutant } from '../mutant.js';

const RULE = coreFile('confirmation/rule');
const VOTES = coreFile('confirmation/votes');
const COMMITTER = coreFile('confirmation/committer');
const LEADER = coreFile('confirmation/leader');

export const RULE_MUTANTS: readonly Mutant[] = [
  {
    name: 'anchor-two-rounds-up',
    kind: 'safety',
    file: RULE,
    anchor: 'ANCHOR_DISTANCE = 3',
    replacement: 'ANCHOR_DISTANCE = 2',
    sentence: 'A slot is decided from a leader two rounds above it, which need not see its certificates.',
    hunts: ['fuzz'],
  },
  {
    name: 'certificate-of-f-plus-one',
    kind: 'safety',
    file: VOTES,
    anchor: 'weight >= committee.quorum',
    replacement: 'weight > committee.faultWeight',
    sentence: 'Votes of more than f certify a leader: two of its versions may be certified.',
    hunts: ['fuzz'],
  },
  {
    name: 'certificate-by-any-path',
    kind: 'safety',
    file: VOTES,
    anchor: 'weight >= committee.quorum',
    replacement: 'weight > 0',
    sentence: 'Whatever reaches a leader by some path certifies it.',
    hunts: ['fuzz'],
  },
  {
    name: 'skip-at-f-plus-one',
    kind: 'safety',
    file: RULE,
    anchor: 'blames.weight >= committee.quorum',
    replacement: 'blames.weight > committee.faultWeight',
    sentence: 'Blames of more than f skip a slot that others may commit.',
    hunts: ['fuzz'],
  },
  {
    name: 'commit-at-quorum-less-one',
    kind: 'safety',
    file: RULE,
    anchor: 'certificates.weight >= committee.quorum',
    replacement: 'certificates.weight >= committee.quorum - 1',
    sentence: 'A leader is committed with certificates that weigh one less than a quorum.',
    hunts: ['fuzz'],
  },
  {
    name: 'anchor-past-undecided',
    kind: 'safety',
    file: RULE,
    anchor: "return { kind: 'undecided', why: 'anchor-undecided' };",
    replacement: 'continue;',
    sentence: 'The search for an anchor walks past an undecided slot, which may still be committed.',
    hunts: ['fuzz'],
  },
  {
    name: 'indirect-never-commits',
    kind: 'safety',
    file: RULE,
    anchor: 'if (statement.certifies !== null)',
    replacement: 'if (statement.certifies !== null && anchor.round < 0)',
    sentence: 'An anchor skips every slot, certified or not.',
    hunts: ['fuzz'],
  },
  {
    name: 'versions-count-each',
    kind: 'safety',
    file: VOTES,
    anchor: 'if (addAuthor(this.#authors, author))',
    replacement: '',
    sentence: 'An equivocating author weighs as much as it has versions.',
    hunts: ['fuzz'],
  },
  {
    name: 'leader-by-citation',
    kind: 'safety',
    file: VOTES,
    anchor: 'schedule.leaderOf(round - 1)',
    replacement: '(prev[0]?.author ?? schedule.leaderOf(round - 1))',
    sentence: 'A vote goes to whom the statement cites first.',
    hunts: ['fuzz'],
  },
  {
    name: 'leader-schedule-shifted',
    kind: 'safety',
    file: LEADER,
    anchor: '(round - 1) % this.#cycle.length',
    replacement: 'round % this.#cycle.length',
    sentence: 'The leaders of all rounds are those of the rounds after them.',
    hunts: ['fuzz'],
  },
  {
    name: 'decides-from-below',
    kind: 'liveness',
    file: COMMITTER,
    anchor: 'let round = this.#view.highestRound; round >= this.#nextRound; round--',
    replacement: 'let round = this.#nextRound; round <= this.#view.highestRound; round++',
    sentence: 'Slots are looked at before those that may anchor them, and stay undecided for longer.',
    hunts: ['fuzz'],
  },
];
