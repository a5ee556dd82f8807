// docs/LIMITS.md against the sources, both ways: what it states is there, and what is there is stated.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readRepository } from '../tidy/repository.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENT = 'docs/LIMITS.md';

/** Sources whose bounds the document has to name. */
const COVERED = /^packages\/[^/]+\/src\/(?!testing\/).*\.ts$/;

interface Row {
  readonly name: string;
  readonly text: string;
  readonly file: string;
}

/** Rows of the tables that begin with a name, a default and a file, each in back quotes. */
function rowsOf(document: string): Row[] {
  return [...document.matchAll(/^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|/gm)].map(([, name, text, file]) => ({
    name: name ?? '',
    text: text ?? '',
    file: file ?? '',
  }));
}

/** Whether a line of the source gives the name exactly this value: `NAME = text;`, `name: text,` and the like. */
function states(source: string, { name, text }: Row): boolean {
  const value = `\\b${escape(name)}\\b(?::\\s*\\w+)?\\s*[:=]\\s*${escape(text)}\\s*[;,]`;
  return new RegExp(value).test(source);
}

/** Named bounds of a source: constants that end in MAX (but for what an integer type holds), and fields of defaults. */
function boundsOf(source: string): string[] {
  const constants = source.matchAll(/^(?:export )?const (?!U\d+_MAX)(\w+_MAX)\b/gm);
  const fields = source.matchAll(/^ {2}(\w+Max): \d/gm);
  return [...constants, ...fields].map(([, name]) => name ?? '');
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

describe('docs/LIMITS.md', () => {
  const rows = rowsOf(readFileSync(`${ROOT}/${DOCUMENT}`, 'utf8'));
  const { texts } = readRepository(ROOT);

  test('states values as the sources write them', () => {
    const wrong = rows.filter((row) => !states(texts.get(row.file) ?? '', row));
    expect(wrong, `correct these rows of ${DOCUMENT}`).toEqual([]);
  });

  test('names every bound of the packages', () => {
    const known = new Set(rows.map(({ name, file }) => `${file} ${name}`));
    const missing = [...texts]
      .filter(([path]) => COVERED.test(path))
      .flatMap(([path, source]) => boundsOf(source).map((name) => `${path} ${name}`))
      .filter((bound) => !known.has(bound));
    expect(missing, `add rows to ${DOCUMENT}`).toEqual([]);
  });

  test('would notice another value, a longer one, and a constant that is gone', () => {
    const row = { name: 'itemsMax', text: '1_000', file: '' };
    expect(states('  itemsMax: 1_000,', row)).toBe(true);
    expect(states('export const itemsMax: number = 1_000;', row)).toBe(true);
    expect(states('  itemsMax: 2_000,', row)).toBe(false);
    expect(states('  itemsMax: 1_000_000,', row)).toBe(false);
    expect(states('  otherItemsMax: 1_000,', row)).toBe(false);
    expect(boundsOf('export const ITEMS_MAX = 3;\n  itemsMax: 4,\n')).toEqual(['ITEMS_MAX', 'itemsMax']);
  });
});
