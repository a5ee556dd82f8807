/** Proofs are checked with the genesis alone: what a good one says, each way to fail, and every changed byte. */
import { describe, expect, test } from 'vitest';
import type { ProofVerdict } from '../../src/proof/index.js';
import { describeReason } from '../../src/codec/index.js';
import { nobleCrypto, nobleSigner } from '../../src/crypto/index.js';
import { createGenesis, genesisToJson, parseGenesis } from '../../src/model/index.js';
import {
  encodeCommitRecord,
  encodeLogEntry,
  formatNote,
  networkKeys,
  networkPolicy,
  noteKey,
  parseNote,
  satisfiesQuorum,
  SIGNATURE_TYPE,
  signNoteText,
  verifyNote,
  decodeLeaf,
} from '../../src/log/index.js';
import {
  encodeExtra,
  formatProofFile,
  parseProofFile,
  verifyFile,
  verifyProof,
  type ProofFile,
} from '../../src/proof/index.js';
import { Prng, testDevice, testNetwork, testTransaction } from '../../src/testing/index.js';
import { CertifiedLog, COSIGNED_AT, withByteChanged } from './fixtures.js';

const network = testNetwork({ weights: [1, 1, 1, 1], name: 'plant' });
const { genesis, crypto } = network;
const log = new CertifiedLog(network);
const seed = Number(process.env['SEED'] ?? 20_261_122);

function verdictOf(text: string): ProofVerdict {
  return verifyProof(text, genesis, crypto);
}

function failureOf(text: string): string {
  const verdict = verdictOf(text);
  return verdict.ok ? 'ok' : `${verdict.failed.check}: ${verdict.failed.reason.code}`;
}

/** The extra line of a leaf alone. */
function extraOf(leaf: Uint8Array): Uint8Array {
  return encodeExtra({ leaf, reading: null, record: null });
}

function changed(text: string, fields: Partial<ProofFile>): string {
  const parsed = parseProofFile(text);
  if (!parsed.ok) throw new Error(parsed.reason.field);
  return formatProofFile({ ...parsed.value, ...fields });
}

describe('a good proof', () => {
  test('of each entry names its checks, its place and who vouches for it', () => {
    for (const [position, leaf] of log.leaves.entries()) {
      const decoded = decodeLeaf(leaf, crypto);
      if (!decoded.ok || decoded.value.kind !== 'entry') continue;
      const verdict = verdictOf(log.proof(position));
      if (!verdict.ok) throw new Error(describeReason(verdict.failed.reason));
      expect(verdict.checks.map(({ check }) => check)).toEqual([
        'file-form',
        'checkpoint-form',
        'origin',
        'leaf-form',
        'index',
        'path',
        'log-signature',
        'cosignature',
        'cosignature',
        'cosignature',
        'weight',
        'network',
        'transaction-form',
        'transaction-signature',
        'outcome',
      ]);
      expect(verdict.proof).toMatchObject({
        position,
        size: log.size,
        leaf: { kind: 'entry', transaction: { id: decoded.value.transaction.id } },
        logSigners: [0],
        cosigners: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
        weight: 3,
        quorum: 3,
        time: BigInt(COSIGNED_AT + 1),
        unknownSignatures: 0,
      });
    }
  });

  test('of a commit record stands for its commit', () => {
    const verdict = verdictOf(log.proof(2));
    expect(verdict).toMatchObject({ ok: true, proof: { leaf: { kind: 'commit-record', firstPosition: 3, count: 4 } } });
    expect(verdict.checks.at(-1)?.check).toBe('weight');
  });

  test('of a network of one validator with one transaction needs one cosigner', () => {
    const single = testNetwork({ weights: [1], name: 'single' });
    const device = testDevice('only');
    const tiny = new CertifiedLog(single, [[testTransaction(single, device, { sequence: 0 }).bytes]]);
    expect(verifyProof(tiny.proof(1, { cosigners: [0] }), single.genesis, single.crypto).ok).toBe(true);
  });

  test('may bear more cosignatures, more log signatures, and those of strangers', () => {
    const text = log.checkpoint();
    const note = parseNote(text);
    if (!note.ok) throw new Error(note.reason.field);
    const stranger = testDevice('stranger').signer;
    const key = noteKey('witness.example/w', SIGNATURE_TYPE.ed25519, stranger.publicKey, crypto);
    const more = [signNoteText(note.value.text, key, stranger)];
    const verdict = verdictOf(log.proof(3, { cosigners: [3, 1, 0, 2], logSigners: [2, 0], more }));
    expect(verdict).toMatchObject({ ok: true, proof: { weight: 4, logSigners: [2, 0], unknownSignatures: 1 } });
  });

  test('needs nothing but the genesis file, under the default crypto too', () => {
    const real = testNetwork({ weights: [1, 1, 1, 1], crypto: nobleCrypto, signerOf: nobleSigner });
    const reread = parseGenesis(JSON.parse(JSON.stringify(genesisToJson(real.genesis))), nobleCrypto);
    if (!reread.ok) throw new Error(describeReason(reread.reason));
    const proof = new CertifiedLog(real, [], nobleSigner).proof(1);
    expect(verifyProof(proof, reread.value, nobleCrypto).ok).toBe(true);
    const random = new Prng(seed);
    for (let run = 0; run < 150; run++) {
      const mutated = withByteChanged(proof, random);
      expect(verifyProof(mutated, reread.value, nobleCrypto).ok, `seed ${seed}: ${JSON.stringify(mutated)}`).toBe(
        false,
      );
    }
  });

  test('satisfies the policy file of the network', () => {
    const policy = networkPolicy(genesis, crypto);
    const note = parseNote(log.checkpoint());
    const witnesses = policy.witnesses.map(({ key }) => key);
    const verified = note.ok ? verifyNote(note.value, witnesses, crypto) : note;
    expect(verified.ok && satisfiesQuorum(policy, new Set(verified.value.map(({ key }) => key.name)))).toBe(true);
  });
});

describe('a proof fails', () => {
  const good = log.proof(4);

  test('by its form', () => {
    expect(failureOf('')).toBe('file-form: malformed');
    expect(failureOf(`\ufeff${good}`)).toBe('file-form: malformed');
    expect(failureOf(good.slice(0, -1))).toBe('checkpoint-form: malformed');
    expect(failureOf(`${good}\n`)).toBe('checkpoint-form: malformed');
  });

  test('by its checkpoint: no origin, no size, no root, an extension line, a size beyond all positions', () => {
    const withLine =
      (line: number, ...lines: string[]) =>
      (text: string) =>
        text
          .split('\n')
          .toSpliced(line, 1, ...lines)
          .join('\n');
    for (const line of [0, 1, 2]) {
      expect(failureOf(log.proof(4, { text: withLine(line) }))).toBe('checkpoint-form: malformed');
    }
    expect(failureOf(log.proof(4, { text: (text) => `${text}extension\n` }))).toBe('checkpoint-form: checkpoint-form');
    expect(failureOf(log.proof(4, { text: withLine(1, `${2n ** 53n}`) }))).toBe('checkpoint-form: checkpoint-form');
  });

  test('by its origin', () => {
    const elsewhere = new CertifiedLog(testNetwork({ weights: [1, 1, 1, 1], name: 'elsewhere' }));
    expect(failureOf(elsewhere.proof(4))).toBe('origin: origin');
    const { value } = createGenesis({ ...genesisDraft(), name: 'plant' }, crypto) as { value: typeof genesis };
    // The same names and keys, another genesis: other parameters are another network.
    expect(value.network).not.toBe(genesis.network);
    expect(verifyProof(good, value, crypto)).toMatchObject({ ok: false, failed: { check: 'origin' } });
  });

  test('by its leaf', () => {
    expect(failureOf(changed(good, { extra: null }))).toBe('leaf-form: leaf-form');
    expect(failureOf(changed(good, { extra: Uint8Array.of(2, 1, 7) }))).toBe('leaf-form: unsupported-version');
    expect(failureOf(changed(good, { extra: extraOf(Uint8Array.of(1, 9)) }))).toBe('leaf-form: malformed');
  });

  test('by its index', () => {
    expect(failureOf(changed(good, { index: 10n }))).toBe('index: index');
    expect(failureOf(changed(good, { index: 2n ** 64n - 1n }))).toBe('index: index');
    expect(failureOf(changed(good, { index: 3n }))).toBe('path: path');
    expect(failureOf(changed(log.proof(2), { index: 3n }))).toBe('index: index');
  });

  test('by a commit record that claims entries elsewhere or beyond the log', () => {
    const decoded = decodeLeaf(log.leaves[7]!, crypto);
    if (!decoded.ok || decoded.value.kind !== 'commit-record') throw new Error('leaf 7 opens the third commit');
    for (const wrong of [{ firstPosition: 9 }, { count: 3 }]) {
      const extra = extraOf(encodeCommitRecord({ ...decoded.value, ...wrong }));
      expect(failureOf(changed(log.proof(7), { extra }))).toBe('index: index');
    }
  });

  test('by its path', () => {
    const { value } = parseProofFile(good) as { value: ProofFile };
    expect(failureOf(changed(good, { path: value.path.slice(1) }))).toBe('path: path');
    expect(failureOf(changed(good, { path: value.path.toReversed() }))).toBe('path: path');
    expect(failureOf(changed(good, { path: [...value.path, ...value.path] }))).toBe('path: path');
    const other = parseProofFile(log.proof(5)) as { value: ProofFile };
    expect(failureOf(changed(good, { extra: other.value.extra }))).toBe('path: path');
  });

  test('without a log signature, or with one that is bad', () => {
    expect(failureOf(log.proof(4, { logSigners: [] }))).toBe('log-signature: no-known-signature');
    expect(failureOf(changed(good, { checkpoint: withSignatureSpoilt(log.checkpoint(), 0) }))).toBe(
      'log-signature: bad-signature',
    );
    const second = withSignatureSpoilt(log.checkpoint({ logSigners: [0, 1] }), 1);
    expect(failureOf(changed(good, { checkpoint: second }))).toBe('log-signature: bad-signature');
    expect(failureOf(log.proof(4, { logSigners: [1, 1] }))).toBe('log-signature: repeated-signature');
  });

  test('by one bad cosignature among enough good ones', () => {
    const checkpoint = withSignatureSpoilt(log.checkpoint({ cosigners: [0, 1, 2, 3] }), 2);
    const verdict = verdictOf(changed(good, { checkpoint }));
    expect(verdict).toMatchObject({ ok: false, failed: { check: 'cosignature', reason: { code: 'bad-signature' } } });
    expect(!verdict.ok && verdict.failed.reason.field).toContain(`${networkKeys(genesis, crypto).origin}/b`);
  });

  test('by too little weight, also where one cosigner signs for several', () => {
    expect(failureOf(log.proof(4, { cosigners: [0, 3] }))).toBe('weight: weight');
    expect(failureOf(log.proof(4, { cosigners: [] }))).toBe('cosignature: no-known-signature');
    expect(failureOf(log.proof(4, { cosigners: [0, 1, 1] }))).toBe('cosignature: repeated-signature');
    const heavy = testNetwork({ weights: [5, 1, 1], name: 'heavy' });
    const heavyLog = new CertifiedLog(heavy);
    const weigh = (...cosigners: number[]): boolean =>
      verifyProof(heavyLog.proof(1, { cosigners }), heavy.genesis, heavy.crypto).ok;
    expect([weigh(0), weigh(1, 2), weigh(0, 2)]).toEqual([true, false, true]);
  });

  test('by a transaction of another network, by its rules, or by its signature, whoever certified it', () => {
    const device = testDevice('pump');
    const elsewhere = testNetwork({ weights: [1, 1, 1, 1], name: 'elsewhere' });
    const foreign = testTransaction(elsewhere, device, { sequence: 1 }).bytes;
    const large = testTransaction(network, device, { sequence: 1, payload: new Uint8Array(32_769) }).bytes;
    const spoilt = testTransaction(network, device, { sequence: 1 }).bytes.slice();
    spoilt[spoilt.length - 1]! ^= 1;
    const codes = [foreign, large, spoilt].map((bytes) => failureOf(new CertifiedLog(network, [[bytes]]).proof(1)));
    expect(codes).toEqual([
      'network: wrong-network',
      'transaction-form: payload-too-large',
      'transaction-signature: bad-signature',
    ]);
  });

  test('tells the checks that passed before', () => {
    const verdict = verdictOf(log.proof(4, { cosigners: [0, 3] }));
    expect(verdict.checks.map(({ check }) => check).slice(-3)).toEqual(['log-signature', 'cosignature', 'cosignature']);
    const entry = encodeLogEntry(
      { commitIndex: 1, issuerIndex: 1, outcome: { status: 'accepted' } },
      new Uint8Array(3),
    );
    const early = verdictOf(changed(good, { extra: extraOf(entry) }));
    expect(early.checks.map(({ check }) => check)).toEqual(['file-form', 'checkpoint-form', 'origin']);
  });
});

describe('a changed byte', () => {
  test('anywhere in a proof with no more signatures than it needs is refused: 2,000 random ones', () => {
    const random = new Prng(seed);
    for (let run = 0; run < 2_000; run++) {
      const proof = log.proof(random.below(log.size));
      const mutated = withByteChanged(proof, random);
      expect(
        verdictOf(mutated).ok,
        `SEED=${seed} npx vitest run packages/tangle-core/test/proof/verify: ${JSON.stringify(mutated)}`,
      ).toBe(false);
    }
  });

  test.each([
    ['a field twice, of which JSON takes the last', (file: string) => file.replace('{', '{"name":"mine",'), 'genesis'],
    ['a letter as an escape', (file: string) => file.replace('"plant"', '"\\u0070lant"'), 'genesis'],
    ['a number in another form', (file: string) => file.replace('"weight": 1', '"weight": 1.0'), 'genesis'],
    ['line ends of another system', (file: string) => file.replaceAll('\n', '\r\n'), 'ok'],
    ['no spaces', (file: string) => JSON.stringify(JSON.parse(file)), 'ok'],
  ])('to a genesis file with %s: it is read as it looks', (_, change, expected) => {
    const file = `${JSON.stringify(genesisToJson(genesis), null, 2)}\n`;
    expect(change(file)).not.toBe(file);
    const verdict = verifyFile(log.proof(4), change(file), crypto);
    expect(verdict.ok ? 'ok' : verdict.failed.check).toBe(expected);
  });

  test('is refused at every place, whichever bit it is', () => {
    const bytes = Buffer.from(log.proof(4));
    for (let offset = 0; offset < bytes.length; offset++) {
      for (let bit = 0; bit < 8; bit++) {
        bytes[offset]! ^= 1 << bit;
        expect(verdictOf(bytes.toString()).ok, `bit ${bit} of byte ${offset}`).toBe(false);
        bytes[offset]! ^= 1 << bit;
      }
    }
  });

  test('where there are more signatures can only make a stranger of one of them, and proves the same', () => {
    const proof = log.proof(4, { cosigners: [0, 1, 2, 3], logSigners: [0, 1] });
    const unchanged = verdictOf(proof);
    const bytes = Buffer.from(proof);
    const kept: number[] = [];
    for (let offset = 0; offset < bytes.length; offset++) {
      for (let bit = 0; bit < 8; bit++) {
        bytes[offset]! ^= 1 << bit;
        const verdict = verdictOf(bytes.toString());
        bytes[offset]! ^= 1 << bit;
        if (!verdict.ok || !unchanged.ok) continue;
        kept.push(offset);
        expect(verdict.proof.unknownSignatures).toBe(1);
        expect(verdict.proof).toMatchObject({ leaf: unchanged.proof.leaf, position: 4, root: unchanged.proof.root });
      }
    }
    // Names and key ids of signature lines, and nothing before them.
    expect(kept.length).toBeGreaterThan(0);
    expect(Math.min(...kept)).toBeGreaterThan(proof.indexOf('—'));
  });
});

/** The note with one bit of the signature of a line changed, its key id left as it is. */
function withSignatureSpoilt(text: string, line: number): string {
  const note = parseNote(text);
  if (!note.ok) throw new Error(note.reason.field);
  const signatures = note.value.signatures.map((signature, index) => {
    if (index !== line) return signature;
    return { ...signature, signature: signature.signature.map((byte, at) => (at === 20 ? byte ^ 1 : byte)) };
  });
  return formatNote({ ...note.value, signatures });
}

function genesisDraft(): Parameters<typeof createGenesis>[0] {
  const { name, committee, administrators, parameters } = genesis;
  return { name, validators: committee.validators, administrators, parameters: { ...parameters, maxTips: 7 } };
}
