/** fast-check arbitraries for unsigned objects, shared by the tests of codec and validation. */
import fc from 'fast-check';
import type { NetworkId, StatementId, TransactionId } from '../src/ids.js';
import type { UnsignedStatement } from '../src/model/statement.js';
import type { UnsignedTransaction } from '../src/model/transaction.js';
import { toHex } from '../src/codec/hex.js';
import { TIMESTAMP_MS_MAX } from '../src/ids.js';
import { SUITE_ED25519 } from '../src/ids.js';

export function bytesOfLength(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

function hexOfLength(length: number): fc.Arbitrary<string> {
  return bytesOfLength(length).map((bytes) => toHex(bytes));
}

export const transactionIds = hexOfLength(32).map((text) => text as TransactionId);
/** Never all zeros, which stand for "none". */
export const statementIds = hexOfLength(32)
  .filter((text) => /[^0]/.test(text))
  .map((text) => text as StatementId);
const networks = hexOfLength(8).map((text) => text as NetworkId);
const timestamps = fc.integer({ min: 0, max: TIMESTAMP_MS_MAX });

export const unsignedTransactions: fc.Arbitrary<UnsignedTransaction> = fc.record({
  network: networks,
  suite: fc.constant(SUITE_ED25519),
  issuerKey: bytesOfLength(32),
  sequence: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  timestampMs: timestamps,
  parents: fc.tuple(transactionIds, transactionIds),
  payloadType: fc.integer({ min: 0, max: 0xffff }),
  payload: fc.uint8Array({ maxLength: 200 }),
});

export const unsignedStatements: fc.Arbitrary<UnsignedStatement> = fc.record({
  network: networks,
  epoch: fc.integer({ min: 0, max: 0xffff_ffff }),
  round: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  author: fc.integer({ min: 0, max: 0xffff }),
  timestampMs: timestamps,
  self: fc.option(statementIds),
  prev: fc.array(statementIds, { maxLength: 7 }),
  tips: fc.array(transactionIds, { maxLength: 7 }),
});
