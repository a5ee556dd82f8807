/** Keys and signed objects for the tests of notes, checkpoints and the cosigner rule. */
import type { Digest } from '../../src/ids.js';
import type { Cosignature } from '../../src/log/index.js';
import { toHex } from '../../src/codec/index.js';
import { nobleCrypto, nobleSigner } from '../../src/crypto/index.js';
import { noteKey, SIGNATURE_TYPE, type NoteKey } from '../../src/log/index.js';
import { Committee } from '../../src/model/index.js';
import { ascii } from './trees.js';

export function signerOf(label: string): ReturnType<typeof nobleSigner> {
  return nobleSigner(nobleCrypto.sha256(ascii(label)));
}

export function plainKey(name: string): NoteKey {
  return noteKey(name, SIGNATURE_TYPE.ed25519, signerOf(name).publicKey, nobleCrypto);
}

export function cosignerKey(name: string): NoteKey {
  return noteKey(name, SIGNATURE_TYPE.cosignature, signerOf(name).publicKey, nobleCrypto);
}

/** A committee without real keys: rules about weights look at nothing else. */
export function committeeOf(...weights: readonly number[]): Committee {
  const key = new Uint8Array(32);
  return new Committee(
    weights.map((weight, index) => {
      const keys = { statementKey: key, cosignerKey: key, logKey: key };
      return { index, name: `v${index}`, weight, ...keys };
    }),
  );
}

/** A root told by a label. */
export function rootNamed(label: string): Digest {
  return toHex(nobleCrypto.sha256(ascii(label))) as Digest;
}

/** A cosignature whose signature nobody looks at. */
export function cosignatureOf(validator: number, size: number, root: Digest, time = 1_000n): Cosignature {
  const signature = new Uint8Array(72);
  new DataView(signature.buffer).setBigUint64(0, time);
  return { validator, size, root, signature };
}
