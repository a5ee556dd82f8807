/** Rules R1 and R2 on every published and own vector: the accept sets are those of vectors/SOURCE.md. */
import { describe, expect, it } from 'vitest';
import { nobleCrypto } from '../../src/crypto/index.js';
import { ed25519Vectors } from '../vectors/ed25519.js';

const namesOf = (vectors: typeof ed25519Vectors): string[] => vectors.map((vector) => vector.name);

describe('Ed25519 vectors', () => {
  it('are 938, of which R1 accepts 46 and R1 with R2 two', () => {
    expect(ed25519Vectors).toHaveLength(938);
    const counts = (prefix: string) => {
      const group = ed25519Vectors.filter((vector) => vector.name.startsWith(prefix));
      return [
        group.length,
        group.filter((vector) => vector.acceptedByR1).length,
        group.filter((vector) => vector.acceptedByR1AndR2).length,
      ];
    };
    expect(counts('speccheck')).toEqual([12, 1, 0]);
    expect(counts('cctv')).toEqual([914, 43, 1]);
    expect(counts('torsion')).toEqual([12, 2, 1]);
  });

  it('get the verdict of R1 from the equation written out', () => {
    const accepted = ed25519Vectors.filter((vector) =>
      nobleCrypto.verifyEd25519(vector.publicKey, vector.message, vector.signature),
    );
    expect(namesOf(accepted)).toEqual(namesOf(ed25519Vectors.filter((vector) => vector.acceptedByR1)));
  });

  it('get the verdict of R1 and R2 together once keys are admitted', () => {
    const accepted = ed25519Vectors.filter(
      (vector) =>
        nobleCrypto.isAdmissibleKey(vector.publicKey) &&
        nobleCrypto.verifyEd25519(vector.publicKey, vector.message, vector.signature),
    );
    expect(namesOf(accepted)).toEqual(namesOf(ed25519Vectors.filter((vector) => vector.acceptedByR1AndR2)));
  });
});
