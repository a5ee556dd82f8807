/** Bugs in what is accepted into the tangle (PROTOCOL 3). */
import { coreFile, type Mutant } from '../mutant.js';

const TANGLE = coreFile('tangle/tangle');
const STATELESS = coreFile('validation/stateless');

export const VALIDITY_MUTANTS: readonly Mutant[] = [
  {
    name: 'statement-below-quorum',
    kind: 'safety',
    file: TANGLE,
    anchor: 'weight < this.committee.quorum',
    replacement: 'weight < this.committee.quorum - 1',
    sentence: 'A statement is accepted that cites less than a quorum of the round below.',
    hunts: ['validity'],
  },
  {
    name: 'both-versions-cited',
    kind: 'safety',
    file: TANGLE,
    anchor: 'if (!addAuthor(authors, author))',
    replacement: 'if (!addAuthor(authors, author) && prev.length < 0)',
    sentence: 'A statement may cite two versions of one author, and vote for both.',
    hunts: ['validity'],
  },
  {
    name: 'citations-of-any-round',
    kind: 'safety',
    file: TANGLE,
    anchor: 'if (round !== statement.round - 1)',
    replacement: 'if (round >= statement.round)',
    sentence: 'A statement may cite any round below its own as the previous one.',
    hunts: ['validity'],
  },
  {
    name: 'own-statement-left-out',
    kind: 'safety',
    file: TANGLE,
    anchor: 'selfIsPrevious !== (ownPrev !== null) ||',
    replacement: '',
    sentence: 'An author may hide which of its versions it goes on from.',
    hunts: ['validity'],
  },
  {
    name: 'closed-store-open',
    kind: 'safety',
    file: TANGLE,
    anchor: 'return missing.length > 0 ? fail(',
    replacement: 'return missing.length > 1 ? fail(',
    sentence: 'A statement is accepted before the one thing that is missing below it.',
    hunts: ['validity', 'lossy'],
  },
  {
    name: 'statement-signature-unchecked',
    kind: 'safety',
    file: STATELESS,
    anchor: '!crypto.verifyEd25519(author.statementKey, message, statement.signature)',
    replacement: '!crypto.verifyEd25519(author.statementKey, message, statement.signature) && message.length < 0',
    sentence: 'Anybody may speak for a validator.',
    hunts: ['validity'],
  },
];
