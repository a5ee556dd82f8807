import { describe, expect, it } from 'vitest';
import type { NetworkId, StatementId, TransactionId } from '../../src/ids.js';
import type { UnsignedStatement } from '../../src/model/statement.js';
import type { UnsignedTransaction } from '../../src/model/transaction.js';
import type { StatementContext, TransactionContext } from '../../src/validation/index.js';
import { InvariantError } from '../../src/assert.js';
import { nobleCrypto, nobleSigner, signingMessage } from '../../src/crypto/index.js';
import { Committee, signStatement, signTransaction } from '../../src/model/index.js';
import { checkStatement, checkTransaction, statementBytesMax } from '../../src/validation/index.js';

const signerOf = (number: number) => nobleSigner(new Uint8Array(32).fill(number));
const id = (digit: string) => digit.repeat(64);
const transactionId = (digit: string) => id(digit) as TransactionId;
const statementId = (digit: string) => id(digit) as StatementId;

const genesisId = transactionId('9');
const network = genesisId.slice(0, 16) as NetworkId;
const otherNetwork = '0123456789abcdef' as NetworkId;

describe('a transaction looked at alone', () => {
  const signer = signerOf(1);
  const context: TransactionContext = { network, genesisId, maxPayload: 10 };
  const unsigned: UnsignedTransaction = {
    network,
    suite: 1,
    issuerKey: signer.publicKey,
    sequence: 1n,
    timestampMs: 1_795_000_000_000,
    parents: [transactionId('a'), transactionId('b')],
    payloadType: 4,
    payload: new Uint8Array(10),
  };
  const sign = (change: Partial<UnsignedTransaction> = {}) =>
    signTransaction({ ...unsigned, ...change }, signer, nobleCrypto);

  it('is accepted as its issuer signed it', () => {
    const transaction = sign();
    expect(checkTransaction(transaction.bytes, context, nobleCrypto)).toEqual({ ok: true, value: transaction });
  });

  it('may name its parents in either order, and the genesis twice', () => {
    for (const parents of [
      [transactionId('b'), transactionId('a')],
      [genesisId, genesisId],
      [genesisId, transactionId('a')],
    ] as const) {
      expect(checkTransaction(sign({ parents }).bytes, context, nobleCrypto).ok).toBe(true);
    }
  });

  it.each<[string, string, Partial<UnsignedTransaction>]>([
    ['wrong-network', 'network', { network: otherNetwork }],
    ['payload-too-large', 'size', { payload: new Uint8Array(11) }],
    ['parents-equal', 'parents', { parents: [transactionId('a'), transactionId('a')] }],
  ])('is refused as %s, however well signed', (code, field, change) => {
    expect(checkTransaction(sign(change).bytes, context, nobleCrypto)).toMatchObject({
      ok: false,
      reason: { code, field },
    });
  });

  it('is refused as bad-signature with any bit of it changed that the form allows', () => {
    const { bytes } = sign();
    // Sequence, timestamp, parent, payload type, payload, R and S.
    for (const offset of [50, 58, 60, 124, 130, bytes.length - 64, bytes.length - 1]) {
      const changed = bytes.slice();
      changed[offset] = (changed[offset] ?? 0) ^ 1;
      expect(checkTransaction(changed, context, nobleCrypto)).toMatchObject({
        ok: false,
        reason: { code: 'bad-signature', field: 'signature' },
      });
    }
  });

  it('is refused as malformed in its form before anything else is looked at', () => {
    const crypto = {
      ...nobleCrypto,
      verifyEd25519: (): boolean => {
        throw new Error('the signature must come last');
      },
    };
    const { bytes } = sign({ network: otherNetwork });
    const futureVersion = bytes.slice();
    futureVersion[0] = 2;
    expect(checkTransaction(futureVersion, context, crypto)).toMatchObject({ reason: { code: 'unsupported-version' } });
    expect(checkTransaction(bytes.subarray(0, 150), context, crypto)).toMatchObject({ reason: { code: 'malformed' } });
    expect(checkTransaction(bytes, context, crypto)).toMatchObject({ reason: { code: 'wrong-network' } });
    const large = sign({ payload: new Uint8Array(11) }).bytes;
    expect(checkTransaction(large, context, crypto)).toMatchObject({ reason: { code: 'payload-too-large' } });
  });

  it('is not accepted under the signature of a statement over the same bytes', () => {
    const tagBytes = signingMessage('tx', new Uint8Array(0)).length;
    const statementSigner = {
      publicKey: signer.publicKey,
      sign: (message: Uint8Array) => signer.sign(signingMessage('statement', message.subarray(tagBytes))),
    };
    const { bytes } = signTransaction(unsigned, statementSigner, nobleCrypto);
    expect(checkTransaction(bytes, context, nobleCrypto)).toMatchObject({ reason: { code: 'bad-signature' } });
  });

  it('is never signed with the key of somebody else', () => {
    expect(() => signTransaction(unsigned, signerOf(2), nobleCrypto)).toThrow(InvariantError);
  });
});

describe('a statement looked at alone', () => {
  const validators = [1, 2, 3].map((number, index) => ({
    index,
    name: `v${index}`,
    weight: 1,
    statementKey: signerOf(number).publicKey,
    cosignerKey: signerOf(number + 10).publicKey,
    logKey: signerOf(number + 20).publicKey,
  }));
  const context: StatementContext = { network, genesisId, epoch: 2, committee: new Committee(validators), maxTips: 3 };
  const unsigned: UnsignedStatement = {
    network,
    epoch: 2,
    round: 5,
    author: 1,
    timestampMs: 1_795_000_000_000,
    self: statementId('b'),
    prev: [statementId('a'), statementId('b'), statementId('c')],
    tips: [transactionId('1'), transactionId('2'), transactionId('3')],
  };
  const sign = (change: Partial<UnsignedStatement> = {}) =>
    signStatement({ ...unsigned, ...change }, signerOf(2), nobleCrypto);

  it('is accepted as its author signed it', () => {
    const statement = sign();
    expect(checkStatement(statement.bytes, context, nobleCrypto)).toEqual({ ok: true, value: statement });
    expect(statement.bytes).toHaveLength(statementBytesMax(context));
  });

  it('may cite nothing at all in round 1', () => {
    const first = sign({ round: 1, self: null, prev: [], tips: [] });
    expect(checkStatement(first.bytes, context, nobleCrypto)).toEqual({ ok: true, value: first });
  });

  it.each<[string, string, Partial<UnsignedStatement>]>([
    ['wrong-network', 'network', { network: otherNetwork }],
    ['wrong-epoch', 'epoch', { epoch: 3 }],
    ['round-out-of-range', 'round', { round: 0 }],
    ['first-round-cites', 'prev', { round: 1, self: null }],
    ['first-round-cites', 'self', { round: 1, prev: [] }],
    ['too-many-prev', 'prev', { prev: ['a', 'b', 'c', 'd'].map(statementId), tips: [] }],
    ['too-many-tips', 'tips', { prev: [statementId('b')], tips: ['1', '2', '3', '4'].map(transactionId) }],
    ['ids-not-ascending', 'prev[1]', { prev: [statementId('b'), statementId('a')] }],
    ['ids-not-ascending', 'prev[2]', { prev: [statementId('a'), statementId('b'), statementId('b')] }],
    ['ids-not-ascending', 'tips[1]', { tips: [transactionId('2'), transactionId('1')] }],
    ['ids-not-ascending', 'tips[1]', { tips: [transactionId('2'), transactionId('2')] }],
    ['genesis-as-tip', 'tips', { tips: [transactionId('1'), genesisId] }],
    ['unknown-validator', 'author', { author: 3 }],
    ['bad-signature', 'signature', { author: 0 }],
    ['malformed', 'size', { prev: ['a', 'b', 'c', 'd'].map(statementId) }],
  ])('is refused as %s in %s, however well signed', (code, field, change) => {
    expect(checkStatement(sign(change).bytes, context, nobleCrypto)).toMatchObject({
      ok: false,
      reason: { code, field },
    });
  });

  it('is refused as bad-signature once a bit of what it signs is another', () => {
    const { bytes } = sign();
    for (const offset of [21, 31, 40, bytes.length - 65, bytes.length - 64, bytes.length - 1]) {
      const changed = bytes.slice();
      changed[offset] = (changed[offset] ?? 0) ^ 1;
      expect(checkStatement(changed, context, nobleCrypto)).toMatchObject({ reason: { code: 'bad-signature' } });
    }
  });
});
