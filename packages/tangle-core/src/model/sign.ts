/** Constructors for issuers: fields and a signer to a signed object. */
import type { Crypto, Signer } from '../crypto/crypto.js';
import type { CheckedStatement, UnsignedStatement } from './statement.js';
import type { CheckedTransaction, UnsignedTransaction } from './transaction.js';
import { invariant } from '../assert.js';
import { decodeStatement, encodeStatement, encodeUnsignedStatement } from '../codec/statement.js';
import { decodeTransaction, encodeTransaction, encodeUnsignedTransaction } from '../codec/transaction.js';
import { toHex } from '../codec/hex.js';
import { signingMessage } from '../crypto/hash.js';

/**
 * Signs what `signer` issues. Checked by construction: the signature is our own and is not verified again; that the
 * payload stays within the network's `maxPayload` is the caller's part. Throws InvariantError on fields out of range or
 * the key of somebody else.
 *
 * @example
 * const transaction = signTransaction({ ...fields, suite: SUITE_ED25519, issuerKey: signer.publicKey }, signer, crypto);
 */
export function signTransaction(unsigned: UnsignedTransaction, signer: Signer, crypto: Crypto): CheckedTransaction {
  invariant(toHex(signer.publicKey) === toHex(unsigned.issuerKey), 'the issuer key is not the key of the signer');
  const signature = signer.sign(signingMessage('tx', encodeUnsignedTransaction(unsigned)));
  const decoded = decodeTransaction(encodeTransaction(unsigned, signature), crypto);
  invariant(decoded.ok, 'what we encode can be decoded');
  return decoded.value as CheckedTransaction;
}

/**
 * Signs a statement with the statement key of its author. Checked by construction, as with `signTransaction`; that
 * `prev` and `tips` follow PROTOCOL 3 is the proposer's part.
 */
export function signStatement(unsigned: UnsignedStatement, signer: Signer, crypto: Crypto): CheckedStatement {
  const signature = signer.sign(signingMessage('statement', encodeUnsignedStatement(unsigned)));
  const decoded = decodeStatement(encodeStatement(unsigned, signature), crypto);
  invariant(decoded.ok, 'what we encode can be decoded');
  return decoded.value as CheckedStatement;
}
