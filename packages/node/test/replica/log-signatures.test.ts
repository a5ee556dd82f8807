import { expect, test } from 'vitest';
import type { Digest } from '@tangle/core/ids';
import { networkKeys, signLog, type CertifiedHead } from '@tangle/core/log';
import { testNetwork } from '@tangle/core/testing';
import { LogSignatures, SIGNED_HEADS_HELD_MAX } from '../../src/replica/log-signatures.js';

const network = testNetwork({ weights: [1, 1, 1, 1] });
const { genesis, crypto, logSigners } = network;
const keys = networkKeys(genesis, crypto);
const head = (size: number, digit = 'a'): CertifiedHead => ({
  size,
  root: digit.repeat(64) as Digest,
  cosignatures: [],
  time: 1n,
});
const signed = (size: number, validator = 0, digit = 'a') =>
  signLog(head(size, digit), keys, validator, logSigners[validator]!);

test('a certified head is served once a validator has signed it as the log, whichever comes first', () => {
  const signatures = new LogSignatures(genesis, crypto, null);
  expect(signatures.publish(head(2))).toBeNull();
  expect(signatures.take(signed(2, 3))).toMatchObject({ ok: true, value: { head: { size: 2 } } });
  expect(signatures.take(signed(4, 1))).toEqual({ ok: true, value: null });
  expect(signatures.publish(head(4))).toMatchObject({ head: { size: 4 }, signature: { validator: 1 } });
  expect(signatures.newest?.head.size).toBe(4);
});

test('never falls back to a smaller head, nor takes the signature of another root', () => {
  const signatures = new LogSignatures(genesis, crypto, head(6));
  expect(signatures.take(signed(6, 0, 'b'))).toEqual({ ok: true, value: null });
  expect(signatures.take(signed(6))).toMatchObject({ ok: true, value: { head: { size: 6 } } });
  signatures.publish(head(4));
  expect(signatures.take(signed(4))).toEqual({ ok: true, value: null });
  expect(signatures.newest?.head.size).toBe(6);
});

test('refuses what does not verify and whoever is no validator', () => {
  const signatures = new LogSignatures(genesis, crypto, null);
  expect(signatures.take({ ...signed(2), validator: 1 }).ok).toBe(false);
  expect(signatures.take({ ...signed(2), validator: 9 }).ok).toBe(false);
  expect(signatures.take({ ...signed(2), size: 3 }).ok).toBe(false);
});

test('holds the newest few of what waits', () => {
  const signatures = new LogSignatures(genesis, crypto, null);
  for (let size = 1; size <= SIGNED_HEADS_HELD_MAX + 1; size++) signatures.take(signed(size));
  expect(signatures.publish(head(1))).toBeNull();
  expect(signatures.publish(head(2))).not.toBeNull();
});
