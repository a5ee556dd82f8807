import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { HashName } from '../../src/crypto/index.js';
import { nobleCrypto, signingMessage, taggedHash, taggedHashHex } from '../../src/crypto/index.js';

const names: readonly HashName[] = ['genesis', 'tx', 'statement', 'order', 'commit', 'state', 'epoch'];

describe('the hash of the protocol', () => {
  it.each(names)('is SHA-256 over the tag of %s and the parts', (name) => {
    const parts = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];
    const expected = createHash('sha256')
      .update(`tangle/${name}/v1\0`)
      .update(Uint8Array.of(1, 2, 3))
      .digest('hex');
    expect(taggedHashHex(nobleCrypto, name, ...parts)).toBe(expected);
    expect(Buffer.from(taggedHash(nobleCrypto, name, ...parts)).toString('hex')).toBe(expected);
  });

  it('signs the tag and then the bytes', () => {
    expect(Buffer.from(signingMessage('tx', Uint8Array.of(65, 66))).toString()).toBe('tangle/tx/v1\0AB');
  });
});
