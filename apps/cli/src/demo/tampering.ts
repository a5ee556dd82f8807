/** One byte of a final transaction changed: what a node says of it. */
import type { Transaction } from '@tangle/core/model';
import { TRANSACTION_OVERHEAD_BYTES, transactionIdOf } from '@tangle/core/codec';
import { SIGNATURE_BYTES } from '@tangle/core/ids';
import { sodiumCrypto } from '@tangle/node';
import { CliError, EXIT } from '../failure.js';

export interface Tampered {
  readonly byte: number;
  readonly from: number;
  readonly to: number;
  /** What the changed bytes would be called. */
  readonly changedId: string;
  /** The node's code for them. */
  readonly refusedWith: string;
}

/** Changes one byte of the payload and offers the result to a node, which has to refuse it. */
export async function tamper(transaction: Transaction, url: string): Promise<Tampered> {
  const payloadEnd = transaction.bytes.length - SIGNATURE_BYTES;
  const payloadStart = TRANSACTION_OVERHEAD_BYTES - SIGNATURE_BYTES;
  const byte = payloadStart + Math.floor((payloadEnd - payloadStart) / 2);
  const changed = Uint8Array.from(transaction.bytes);
  const from = changed[byte] ?? 0;
  const to = from ^ 1;
  changed[byte] = to;
  const response = await fetch(`${url}/v1/transactions`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: changed,
  });
  const problem = (await response.json()) as { readonly code?: unknown };
  if (response.ok || typeof problem.code !== 'string') {
    throw new CliError('demo-check-failed', `a changed byte was not refused: ${JSON.stringify(problem)}`, EXIT.failed);
  }
  return { byte, from, to, changedId: transactionIdOf(changed, sodiumCrypto), refusedWith: problem.code };
}
