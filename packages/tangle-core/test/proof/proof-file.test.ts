/** The text of a proof file: one form, and nothing near it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { nobleCrypto } from '../../src/crypto/index.js';
import { encodeBase64, leafHash, parseCheckpoint, parseNote, verifyInclusion } from '../../src/log/index.js';
import {
  decodeExtra,
  encodeExtra,
  formatProofFile,
  parseProofFile,
  PATH_HASHES_MAX,
  PROOF_LENGTH_MAX,
  type ProofExtra,
} from '../../src/proof/index.js';
import { noteVectors } from '../vectors/log.js';
import { ascii } from '../log/trees.js';

const hash = encodeBase64(new Uint8Array(32).fill(3));

function reasonOf(text: string): string {
  const parsed = parseProofFile(text);
  return parsed.ok ? 'ok' : `${parsed.reason.code}: ${parsed.reason.field}`;
}

test('the proof of the Tessera test log is read, holds, and is written back byte for byte', () => {
  const text = noteVectors.tessera_testlog.proof_index7_size15;
  const parsed = parseProofFile(text);
  if (!parsed.ok) throw new Error(parsed.reason.field);
  const { index, path, extra, checkpoint } = parsed.value;
  expect([index, path.length, extra]).toEqual([7n, 4, null]);
  expect(formatProofFile(parsed.value)).toBe(text);
  const note = parseNote(checkpoint);
  const signed = note.ok ? parseCheckpoint(note.value.text) : note;
  if (!signed.ok) throw new Error(signed.reason.field);
  const { size, root } = signed.value;
  const leaf = leafHash(ascii('eit'), nobleCrypto);
  expect(verifyInclusion({ index, size, leaf, root }, path, nobleCrypto)).toBe(true);
});

test('any proof file is read as it is written', () => {
  const hashes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const files = fc.record({
    extra: fc.option(fc.uint8Array({ minLength: 1, maxLength: 80 })),
    index: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    path: fc.array(hashes, { maxLength: PATH_HASHES_MAX }),
    checkpoint: fc.constantFrom('text\n\n— a AAAA\n', 'more\n\ntext\n\n— a AAAA\n'),
  });
  fc.assert(
    fc.property(files, (file) => {
      expect(parseProofFile(formatProofFile(file))).toEqual({ ok: true, value: file });
    }),
  );
});

describe('a proof file is refused', () => {
  const head = 'c2sp.org/tlog-proof@v1\n';
  test.each([
    ['without a checkpoint', `${head}index 7\n${hash}\n`, 'malformed: file'],
    ['empty', '', 'malformed: file'],
    ['of another version', 'c2sp.org/tlog-proof@v2\nindex 7\n\nx\n', 'malformed: first line'],
    ['with a space behind the header', 'c2sp.org/tlog-proof@v1 \nindex 7\n\nx\n', 'malformed: first line'],
    ['with CRLF', `${head}index 7\r\n\r\nx\n`, 'malformed: file'],
    ['with an empty line before the index', `${head}\nindex 7\n\nx\n`, 'malformed: index'],
    ['without an index', `${head}${hash}\n\nx\n`, 'malformed: index'],
    ['with an index of leading zeros', `${head}index 007\n\nx\n`, 'malformed: index'],
    ['with two spaces before the index', `${head}index  7\n\nx\n`, 'malformed: index'],
    ['with an index above u64', `${head}index 18446744073709551616\n\nx\n`, 'malformed: index'],
    ['with two indexes', `${head}index 7\nindex 7\n\nx\n`, 'malformed: path[0]'],
    ['with extra behind the index', `${head}index 7\nextra AAAA\n\nx\n`, 'malformed: path[0]'],
    ['with extra twice', `${head}extra AAAA\nextra AAAA\nindex 7\n\nx\n`, 'malformed: index'],
    ['with extra of other trailing bits', `${head}extra AAB=\nindex 7\n\nx\n`, 'malformed: extra'],
    ['with extra of nothing', `${head}extra \nindex 7\n\nx\n`, 'malformed: extra'],
    ['with a short hash', `${head}index 7\n${hash.slice(4)}\n\nx\n`, 'malformed: path[0]'],
    [
      'with a hash of other trailing bits',
      `${head}index 7\n${hash}\n${hash.slice(0, -2)}N=\n\nx\n`,
      'malformed: path[1]',
    ],
    ['with a path of 65 hashes', `${head}index 7\n${`${hash}\n`.repeat(65)}\nx\n`, 'malformed: path'],
    ['that is too long', `${head}index 7\n\n${'x'.repeat(PROOF_LENGTH_MAX)}`, 'too-large: file'],
  ])('%s', (_, text, reason) => {
    expect(reasonOf(text)).toBe(reason);
  });
});

test('only what can be read is written', () => {
  const good = { extra: null, index: 0n, path: [], checkpoint: 'x\n' };
  const bad = [{ index: -1n }, { extra: new Uint8Array(0) }, { path: [new Uint8Array(31)] }];
  for (const fields of bad) expect(() => formatProofFile({ ...good, ...fields })).toThrow(InvariantError);
});

describe('the extra line', () => {
  const leaf = Uint8Array.of(7, 8, 9);

  test('holds a leaf alone behind version and contents', () => {
    const extra: ProofExtra = { leaf, reading: null, record: null };
    expect([...encodeExtra(extra)]).toEqual([1, 1, 7, 8, 9]);
    expect(decodeExtra(encodeExtra(extra))).toEqual({ ok: true, value: extra });
  });

  test('of any contents is read as it is written, and no other way', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const u32 = fc.nat({ max: 0xffff_ffff });
    const path = fc.array(bytes(32), { maxLength: 20 });
    const extras = fc.record({
      leaf: fc.uint8Array({ maxLength: 300 }),
      reading: fc.option(fc.record({ index: u32, salt: bytes(16), sample: fc.uint8Array({ maxLength: 80 }), path })),
      record: fc.option(fc.record({ distance: u32, leaf: bytes(126), path })),
    });
    fc.assert(
      fc.property(extras, (extra) => {
        const encoded = encodeExtra(extra);
        expect(decodeExtra(encoded)).toEqual({ ok: true, value: extra });
        if (extra.reading === null && extra.record === null) return;
        expect(decodeExtra(encoded.subarray(0, -1)).ok).toBe(false);
        expect(decodeExtra(Uint8Array.of(...encoded, 0)).ok).toBe(false);
      }),
    );
  });

  test('of another version or contents is refused', () => {
    const codeOf = (...bytes: number[]): string => {
      const decoded = decodeExtra(Uint8Array.from(bytes));
      return decoded.ok ? 'ok' : `${decoded.reason.code}: ${decoded.reason.field}`;
    };
    expect(codeOf(2, 1, 7)).toBe('unsupported-version: extra version');
    for (const contents of [0, 2, 4, 6, 8, 9]) expect(codeOf(1, contents, 7)).toBe('malformed: extra contents');
    expect(codeOf(1)).toBe('malformed: extra contents');
    expect(codeOf(1, 3, 0)).toBe('malformed: leaf length');
  });
});
