/** Bugs in execution: registry, replay window, evidence, and the state from which a restart goes on (PROTOCOL 7). */
import { coreFile, type Mutant } from '../mutant.js';

const LEDGER = coreFile('ledger/ledger');
const REGISTRY = coreFile('ledger/registry');
const WINDOW = coreFile('ledger/replay-window');
const ISSUER = coreFile('ledger/issuer-record');
const CONTENT = coreFile('ledger/content-digest');

export const LEDGER_MUTANTS: readonly Mutant[] = [
  {
    name: 'window-one-wider',
    kind: 'safety',
    file: WINDOW,
    anchor: 'sequence + WINDOW <= this.#top',
    replacement: 'sequence + WINDOW < this.#top',
    sentence: 'The number that has just left the replay window is taken for one in it.',
    hunts: ['ledger'],
  },
  {
    name: 'second-content-accepted',
    kind: 'safety',
    file: WINDOW,
    anchor: 'distance > WINDOW ?',
    replacement: 'distance > 64n ?',
    sentence: 'A leap of the numbers forgets those still in the window: another content under one of them is accepted.',
    hunts: ['ledger'],
  },
  {
    name: 'issuer-index-gap',
    kind: 'safety',
    file: LEDGER,
    anchor: 'record.transactions += 1;',
    replacement: 'record.transactions += record.equivocated ? 2 : 1;',
    sentence: 'The count of an issuer that equivocated has gaps, in which something may have been left out.',
    hunts: ['ledger'],
  },
  {
    name: 'revoked-accepted',
    kind: 'safety',
    file: LEDGER,
    anchor: "registered.status !== 'active'",
    replacement: "registered.status === 'quarantined'",
    sentence: 'Transactions of revoked keys are executed.',
    hunts: ['ledger'],
  },
  {
    name: 'revocation-undone',
    kind: 'safety',
    file: REGISTRY,
    anchor: "target?.status === 'revoked' && change.action !== 'revoke'",
    replacement: "target?.status === 'revoked' && change.action === 'register'",
    sentence: 'A revoked key can be released and is trusted again.',
    hunts: ['ledger'],
  },
  {
    name: 'operator-makes-operators',
    kind: 'safety',
    file: REGISTRY,
    anchor: "change.role === 'device'",
    replacement: "change.role !== 'administrator'",
    sentence: 'Operators may register operators.',
    hunts: ['ledger'],
  },
  {
    name: 'last-administrator-removed',
    kind: 'safety',
    file: LEDGER,
    anchor: 'this.#activeAdministrators += Number(isActiveAdministrator(record));',
    replacement: 'this.#activeAdministrators += 1;',
    sentence: 'A restart counts every registered key as an administrator, and the last real one can be removed.',
    hunts: ['ledger'],
  },
  {
    name: 'reattached-is-evidence',
    kind: 'safety',
    file: CONTENT,
    anchor: '.u16(transaction.payloadType)',
    replacement: '.u16(Number.parseInt(transaction.id.slice(0, 4), 16))',
    sentence: 'A reading that was signed again over other parents counts as an equivocation.',
    hunts: ['ledger'],
  },
  {
    name: 'flag-not-kept',
    kind: 'safety',
    file: ISSUER,
    anchor: 'record.equivocated ? FLAG_EQUIVOCATED : 0',
    replacement: '0',
    sentence: 'The state does not keep that a device equivocated.',
    hunts: ['ledger'],
  },
];
