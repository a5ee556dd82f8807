/** What would let a mutant rot in silence: an anchor that is gone or not unique, a text that is no code. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { MUTANTS } from '../../src/mutants/catalogue/index.js';
import { mutate, type Mutant } from '../../src/mutants/mutant.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

function built({ file }: Mutant): string {
  return readFileSync(`${ROOT}/${file}`, 'utf8');
}

/** Throws a SyntaxError where the module's text is no code. Its imports and exports are left out: a script has none. */
function parse(module: string): void {
  const script = module
    .replaceAll(/^import [^;]*;$/gm, '')
    .replaceAll(/^export (?:\*|\{)[^;]*;$/gm, '')
    .replaceAll(/^export (?=(?:const|let|function|class|async)\b)/gm, '');
  new Script(script);
}

test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
  '%s: its anchor occurs once in the built module, and what replaces it is code',
  (_, mutant) => {
    const source = built(mutant);
    expect(() => parse(source)).not.toThrow();
    const changed = mutate(source, mutant);
    expect(changed).not.toBe(source);
    expect(() => parse(changed)).not.toThrow();
  },
);

describe('the catalogue', () => {
  test('has names that are unique, and says of each what is wrong and where it is looked for', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, sentence, hunts } of MUTANTS) {
      expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
      expect(hunts.length).toBeGreaterThan(0);
    }
  });

  test('has bugs of every kind', () => {
    expect(new Set(MUTANTS.map(({ kind }) => kind))).toEqual(new Set(['safety', 'liveness', 'hygiene']));
    expect(MUTANTS.length).toBeGreaterThanOrEqual(32);
  });
});

test('an anchor that is missing, or there twice, is refused', () => {
  const mutant: Mutant = {
    name: 'none',
    kind: 'safety',
    file: 'some.js',
    anchor: 'a',
    replacement: 'b',
    sentence: 'Nothing.',
    hunts: ['fuzz'],
  };
  expect(mutate('xay', mutant)).toBe('xby');
  expect(() => mutate('xy', mutant)).toThrow('occurs 0 times');
  expect(() => mutate('aya', mutant)).toThrow('occurs 2 times');
});
