/**
 * Golden files of real networks (fixtures/README.md): every version must prove them as the one that wrote them did, offline,
 * and refuse them with any byte changed. Runs on later lines of Node too: npm run test:lts
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { nobleCrypto } from '@tangle/core/crypto';
import {
  leafHash,
  networkPolicy,
  parseCheckpoint,
  parseNote,
  parsePolicy,
  satisfiesQuorum,
  verifyInclusion,
  verifyNote,
} from '@tangle/core/log';
import { parseGenesis } from '@tangle/core/model';
import { parseProofFile, verifyFile } from '@tangle/core/proof';
import { Prng } from '@tangle/core/testing';
import { sodiumCrypto } from '@tangle/node';
import { tangleHere } from './support/in-process.js';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const FOLDERS = readdirSync(FIXTURES, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const PROOFS = ['reading.tlog-proof', 'sample.tlog-proof', 'span.tangle-range'];
/** Changed bytes tried of each file, the same in every run. */
const CHANGES_PER_FILE = 24;
const SEED = 20_261_122;

const scratch = mkdtempSync(path.join(tmpdir(), 'tangle-golden-'));
afterAll(() => rmSync(scratch, { recursive: true }));

it('has golden files', () => {
  expect(FOLDERS.length).toBeGreaterThan(0);
});

describe.each(FOLDERS)('the golden files of %s', (folder) => {
  const fileOf = (name: string): string => path.join(FIXTURES, folder, name);
  const textOf = (name: string): string => readFileSync(fileOf(name), 'utf8');
  const genesis = fileOf('genesis.json');
  const expected = JSON.parse(textOf('expected.json')) as Record<string, object>;

  it.each(PROOFS)('%s is proven, and says what it said', async (name) => {
    const verified = await tangleHere('verify', fileOf(name), '--genesis', genesis, '--json');
    expect(verified).toMatchObject({ code: 0, json: [{ ok: true, ...expected[name] }] });
    const people = await tangleHere('verify', fileOf(name), '--genesis', genesis);
    expect([people.code, people.stdout, people.stderr]).toEqual([0, expect.stringMatching(/^Proven\. /), '']);
  });

  it.each(PROOFS)('%s is the same to the crypto of a browser', (name) => {
    const [browser, node] = [nobleCrypto, sodiumCrypto].map((crypto) =>
      verifyFile(textOf(name), textOf('genesis.json'), crypto),
    );
    expect(browser).toEqual(node);
  });

  it.each(PROOFS)('%s is refused with any byte changed, with exit code 5 and the check that failed', async (name) => {
    const random = new Prng(SEED);
    const changed = path.join(scratch, name);
    for (let change = 0; change < CHANGES_PER_FILE; change++) {
      const bytes = readFileSync(fileOf(name));
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      writeFileSync(changed, bytes);
      const refused = await tangleHere('verify', changed, '--genesis', genesis, '--json');
      expect([at, refused.code, refused.json.at(-1)]).toMatchObject([
        at,
        5,
        { error: { code: 'verification-failed', details: { check: expect.any(String) } } },
      ]);
    }
  });

  it.each(PROOFS)('%s is not proven under the genesis with a byte changed', async (name) => {
    const random = new Prng(SEED);
    const changed = path.join(scratch, 'genesis.json');
    const bytes = readFileSync(genesis);
    for (let change = 0; change < CHANGES_PER_FILE; change++) {
      const at = random.below(bytes.length);
      // White space of JSON has no meaning, so another one has none either.
      if (/\s/.test(String.fromCharCode(bytes[at] ?? 0))) continue;
      const other = Uint8Array.from(bytes);
      other[at] = (other[at] ?? 0) ^ 1;
      writeFileSync(changed, other);
      const refused = await tangleHere('verify', fileOf(name), '--genesis', changed, '--json');
      expect([at, refused.code]).toEqual([at, 5]);
    }
  });

  it('the policy file is the one of this genesis', () => {
    const parsed = parseGenesis(JSON.parse(textOf('genesis.json')), sodiumCrypto);
    if (!parsed.ok) throw new Error(parsed.reason.field);
    const policy = parsePolicy(textOf('tlog-policy'), sodiumCrypto);
    expect(policy).toEqual({ ok: true, value: networkPolicy(parsed.value, sodiumCrypto) });
  });

  it.each(['checkpoint', 'reading.tlog-proof'])('%s is good to a tool that knows the policy file alone', (name) => {
    const policy = parsePolicy(textOf('tlog-policy'), sodiumCrypto);
    const file = parseProofFile(textOf(name));
    const note = parseNote(file.ok ? file.value.checkpoint : textOf(name));
    if (!policy.ok || !note.ok) throw new Error('a golden file cannot be read');
    const { logs, witnesses } = policy.value;
    const keysOf = (holders: readonly { readonly key: (typeof logs)[number]['key'] }[]) =>
      holders.map(({ key }) => key);
    const signed = verifyNote(note.value, keysOf(logs), sodiumCrypto);
    const cosigned = verifyNote(note.value, keysOf(witnesses), sodiumCrypto);
    if (!signed.ok || !cosigned.ok) throw new Error('a signature does not hold');
    expect(signed.value).toHaveLength(1);
    expect(satisfiesQuorum(policy.value, new Set(cosigned.value.map(({ key }) => key.name)))).toBe(true);

    const checkpoint = parseCheckpoint(note.value.text);
    if (!file.ok || !checkpoint.ok) return;
    const { size, root } = checkpoint.value;
    const leaf = leafHash(readFileSync(fileOf('reading.entry')), sodiumCrypto);
    const { index, path: hashes } = file.value;
    expect(verifyInclusion({ index, size, leaf, root }, hashes, sodiumCrypto)).toBe(true);
  });
});

describe('verify', () => {
  it('fails with exit code 1 where a file cannot be read', async () => {
    const genesis = path.join(FIXTURES, FOLDERS[0] ?? '', 'genesis.json');
    const missing = await tangleHere('verify', path.join(scratch, 'none'), '--genesis', genesis, '--json');
    expect(missing).toMatchObject({ code: 1, json: [{ error: { code: 'no-such-file' } }] });
  });
});
