/** Checkpoints cut down to the signatures that a file needs. */
import { describe, expect, test } from 'vitest';
import { formatNote, noteKey, parseNote, SIGNATURE_TYPE, signNoteText } from '../../src/log/index.js';
import { leastCheckpoint } from '../../src/proof/index.js';
import { testDevice, testNetwork } from '../../src/testing/index.js';
import { CertifiedLog, type ProofOptions } from './fixtures.js';

const network = testNetwork({ weights: [1, 1, 1, 1], name: 'plant' });
const { genesis, crypto } = network;
const log = new CertifiedLog(network);

function least(options: ProofOptions, of = log): string {
  const text = leastCheckpoint(of.checkpoint(options), of.network.genesis, crypto);
  if (!text.ok) throw new Error(text.reason.field);
  return text.value;
}

describe('a checkpoint', () => {
  test('keeps one log signature and as few cosignatures as weigh a quorum', () => {
    expect(least({ cosigners: [3, 1, 0, 2], logSigners: [2, 0] })).toBe(
      log.checkpoint({ cosigners: [1, 0, 2], logSigners: [2] }),
    );
    const heavy = new CertifiedLog(testNetwork({ weights: [5, 1, 1], name: 'heavy' }));
    // One validator alone decides here, but the policy file counts heads.
    expect(least({ cosigners: [0, 1, 2] }, heavy)).toBe(heavy.checkpoint({ cosigners: [0, 1, 2] }));
  });

  test('loses the lines of strangers', () => {
    const stranger = testDevice('stranger').signer;
    const key = noteKey('witness.example/w', SIGNATURE_TYPE.ed25519, stranger.publicKey, crypto);
    const more = [signNoteText('x\n', key, stranger)];
    expect(least({ more })).toBe(log.checkpoint());
  });

  test('that has too little stays as it is', () => {
    for (const options of [{ cosigners: [0, 3] }, { cosigners: [] }, { logSigners: [] }]) {
      expect(least(options)).toBe(log.checkpoint(options));
    }
  });

  test('of a stranger never makes it throw', () => {
    expect(leastCheckpoint('nonsense', genesis, crypto).ok).toBe(false);
    const note = parseNote(log.checkpoint());
    if (!note.ok) throw new Error(note.reason.field);
    const signatures = note.value.signatures.map((line) => ({ ...line, signature: line.signature.subarray(0, 5) }));
    const cut = formatNote({ ...note.value, signatures });
    expect(leastCheckpoint(cut, genesis, crypto)).toEqual({ ok: true, value: cut });
  });
});
