/** Planted bugs of five kinds are caught, each by another check; all of them: `tangle-sim mutants`. */
import { expect, test } from 'vitest';
import { present } from '@tangle/core/assert';
import { MUTANTS } from '../../src/mutants/catalogue/index.js';
import { mutantsCommand } from '../../src/mutants/command.js';
import type { Mutant } from '../../src/mutants/mutant.js';
import { runMutants } from '../../src/mutants/run-mutants.js';

/** Child processes at once: as many as the smallest machine has cores. */
const JOBS = 2;
const TIMEOUT_MS = 300_000;

/** Those whose catcher is quick. */
const QUICK = [
  'anchor-two-rounds-up',
  'revoked-accepted',
  'statement-signature-unchecked',
  'jumps-one-round-early',
  'sent-before-durable',
] as const;

function mutantOf(name: string): Mutant {
  return present(
    MUTANTS.find((mutant) => mutant.name === name),
    `no mutant ${name}`,
  );
}

test(
  'a bug in rule, ledger, validity, pacemaker or replica is caught, and the same seeds find nothing without it',
  async () => {
    const mutants = QUICK.map(mutantOf);
    const result = await runMutants({ mutants, seeds: 5, dags: 100, jobs: JOBS });
    expect(result.mutants.map(({ name, fate }) => ({ name, fate }))).toEqual(
      QUICK.map((name) => ({ name, fate: 'caught' })),
    );
    expect(result.mutants.map(({ by }) => by?.hunt)).toEqual(['fuzz', 'ledger', 'validity', 'pacemaker', 'boundaries']);
    expect(result.control).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'a change that changes nothing survives, and one that is no code is not taken for caught',
  async () => {
    const rule = mutantOf('anchor-two-rounds-up');
    const mutants: Mutant[] = [
      { ...rule, name: 'equivalent', replacement: 'ANCHOR_DISTANCE = 1 + 2' },
      { ...rule, name: 'rotten', anchor: 'no such text' },
      { ...rule, name: 'no-code', replacement: 'ANCHOR_DISTANCE = )' },
      { ...rule, name: 'no-name', anchor: 'round + ANCHOR_DISTANCE', replacement: 'nobodyKnowsThis' },
    ];
    const result = await runMutants({ mutants, seeds: 1, dags: 2, jobs: JOBS });
    expect(result.mutants.map(({ fate }) => fate)).toEqual(['survived', 'broken', 'broken', 'broken']);
  },
  TIMEOUT_MS,
);

test('a name that no mutant has gets the list of those there are', async () => {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  const flags = { only: ['nothing-like-it'], seeds: 1, dags: 1, jobs: 1, json: false };
  expect(await mutantsCommand(flags, { stdout: stream, stderr: stream })).toBe(1);
  expect(written.join('')).toContain('anchor-two-rounds-up');
});
