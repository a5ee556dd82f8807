/**
 * One transaction or statement looked at alone: T1, T3 and the part of T2 that shows without the parents; S1, S4 and
 * the form of S2 and S3 (PROTOCOL 3). What it cites is for the tangle. The verdict depends on the bytes and on the
 * genesis only, so it is the same at every node. Work goes from cheap to dear: size, form, network, limits, signature.
 */
import type { Crypto } from '../crypto/crypto.js';
import type { NetworkId, TransactionId } from '../ids.js';
import type { Committee } from '../model/committee.js';
import type { CheckedStatement, Statement } from '../model/statement.js';
import type { CheckedTransaction } from '../model/transaction.js';
import type { Result } from '../result.js';
import type { StatementReason, TransactionReason } from './reasons.js';
import { decodeStatement, STATEMENT_OVERHEAD_BYTES } from '../codec/statement.js';
import { decodeTransaction, signedPartOf, TRANSACTION_OVERHEAD_BYTES } from '../codec/transaction.js';
import { toHex } from '../codec/hex.js';
import { judgeEncoding } from '../crypto/ed25519-rule.js';
import { signingMessage } from '../crypto/hash.js';
import { ID_BYTES } from '../ids.js';
import { fail, ok } from '../result.js';

/** What a transaction is checked against. */
export interface TransactionContext {
  readonly network: NetworkId;
  /** The id under which the genesis may stand as a parent twice. */
  readonly genesisId: TransactionId;
  /** Genesis parameter, in bytes. */
  readonly maxPayload: number;
}

/** What a statement is checked against. */
export interface StatementContext {
  readonly network: NetworkId;
  readonly genesisId: TransactionId;
  readonly epoch: number;
  /** The committee of that epoch. */
  readonly committee: Committee;
  /** Genesis parameter. */
  readonly maxTips: number;
}

/** The check that makes a CheckedTransaction of a stranger's bytes. The bytes are copied. */
export function checkTransaction(
  bytes: Uint8Array,
  context: TransactionContext,
  crypto: Crypto,
): Result<CheckedTransaction, TransactionReason> {
  const sizeMax = TRANSACTION_OVERHEAD_BYTES + context.maxPayload;
  // Before decoding, so that no more than this is ever copied or hashed.
  if (bytes.length > sizeMax) {
    return refuseTransaction('payload-too-large', 'size', bytes.length, `at most ${sizeMax} bytes`);
  }
  const decoded = decodeTransaction(bytes, crypto);
  if (!decoded.ok) return decoded;
  const transaction = decoded.value;
  const { network, parents } = transaction;
  if (network !== context.network) return refuseTransaction('wrong-network', 'network', network, context.network);
  if (parents[0] === parents[1] && parents[0] !== context.genesisId) {
    return refuseTransaction('parents-equal', 'parents', parents[0], 'two distinct ids, or the genesis twice');
  }
  if (judgeEncoding(transaction.issuerKey) === 'small-order') {
    return refuseTransaction(
      'small-order-key',
      'issuer',
      toHex(transaction.issuerKey),
      'a key of the large subgroup (R1)',
    );
  }
  const message = signingMessage('tx', signedPartOf(transaction.bytes));
  if (!crypto.verifyEd25519(transaction.issuerKey, message, transaction.signature)) {
    return refuseTransaction('bad-signature', 'signature', 'a signature that does not verify', 'rule R1');
  }
  return ok(transaction as CheckedTransaction);
}

/** The check that makes a CheckedStatement of a stranger's bytes. The bytes are copied. */
export function checkStatement(
  bytes: Uint8Array,
  context: StatementContext,
  crypto: Crypto,
): Result<CheckedStatement, StatementReason> {
  const sizeMax = statementBytesMax(context);
  if (bytes.length > sizeMax) {
    return fail({ code: 'malformed', field: 'size', found: bytes.length, allowed: `at most ${sizeMax} bytes` });
  }
  const decoded = decodeStatement(bytes, crypto);
  if (!decoded.ok) return decoded;
  const statement = decoded.value;
  const refusal = refuseForm(statement, context);
  if (refusal !== null) return fail(refusal);
  const author = context.committee.validators[statement.author];
  if (author === undefined) {
    const allowed = `0 to ${context.committee.size - 1}`;
    return fail({ code: 'unknown-validator', field: 'author', found: statement.author, allowed });
  }
  const message = signingMessage('statement', signedPartOf(statement.bytes));
  if (!crypto.verifyEd25519(author.statementKey, message, statement.signature)) {
    const found = 'a signature that does not verify';
    return fail({ code: 'bad-signature', field: 'signature', found, allowed: `rule R1, key of ${author.name}` });
  }
  return ok(statement as CheckedStatement);
}

/** Size of the largest statement that can be valid, in bytes. */
export function statementBytesMax(context: Pick<StatementContext, 'committee' | 'maxTips'>): number {
  return STATEMENT_OVERHEAD_BYTES + (context.committee.size + context.maxTips) * ID_BYTES;
}

function refuseForm(statement: Statement, context: StatementContext): StatementReason | null {
  const { network, epoch, round, prev, tips } = statement;
  if (network !== context.network) {
    return { code: 'wrong-network', field: 'network', found: network, allowed: context.network };
  }
  if (epoch !== context.epoch) {
    return { code: 'wrong-epoch', field: 'epoch', found: epoch, allowed: `${context.epoch}` };
  }
  if (round < 1) return { code: 'round-out-of-range', field: 'round', found: round, allowed: 'from 1' };
  if (round === 1 && (prev.length > 0 || statement.self !== null)) {
    const field = prev.length > 0 ? 'prev' : 'self';
    return { code: 'first-round-cites', field, found: prev[0] ?? statement.self ?? '', allowed: 'none in round 1' };
  }
  if (prev.length > context.committee.size) {
    return { code: 'too-many-prev', field: 'prev', found: prev.length, allowed: `0 to ${context.committee.size}` };
  }
  if (tips.length > context.maxTips) {
    return { code: 'too-many-tips', field: 'tips', found: tips.length, allowed: `0 to ${context.maxTips}` };
  }
  if (tips.includes(context.genesisId)) {
    return { code: 'genesis-as-tip', field: 'tips', found: context.genesisId, allowed: 'any other transaction' };
  }
  return refuseOrder(prev, 'prev') ?? refuseOrder(tips, 'tips');
}

/** Strictly ascending, which also means distinct. Hex compares as the bytes do. */
function refuseOrder(ids: readonly string[], field: string): StatementReason | null {
  for (let index = 1; index < ids.length; index++) {
    const id = ids[index] ?? '';
    if (id <= (ids[index - 1] ?? '')) {
      return {
        code: 'ids-not-ascending',
        field: `${field}[${index}]`,
        found: id,
        allowed: 'an id above the one before',
      };
    }
  }
  return null;
}

function refuseTransaction(
  code: TransactionReason['code'],
  field: string,
  found: string | number,
  allowed: string,
): Result<never, TransactionReason> {
  return fail({ code, field, found, allowed });
}
