/**
 * Proofs from the nodes, each verified against the genesis committee before anybody sees it: a node that gives a wrong
 * one has failed, and the next is asked. How to wait for one is the caller's part.
 */
import type { TransactionId } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { Batch, ProofVerdict, Verdict } from '@tangle/core/proof';
import type { NodeClient } from '../client/node-client.js';
import type { Connection } from '../connection.js';
import { describeReason } from '@tangle/core/codec';
import { addReadingToProof, verifyProof } from '@tangle/core/proof';
import { invalidArgument, TangleError } from '../errors.js';

/** A file and the verdict about it, which is a good one. */
export interface Proof {
  /** The text of the proof file. */
  readonly text: string;
  readonly verdict: ProofVerdict & { readonly ok: true };
}

/** The genesis, without which nothing can be proven. Throws `genesis-needed`. */
export function requireGenesis({ network }: Connection): Genesis {
  if (network.genesis !== null) return network.genesis;
  throw new TangleError(
    'genesis-needed',
    'the genesis file is needed to verify proofs, its hash does not name the keys',
  );
}

/** The proof of a transaction from some node. Throws `not-final`, `not-certified`, `transaction-not-found` as they come. */
export async function fetchProof(id: TransactionId, connection: Connection): Promise<Proof> {
  const genesis = requireGenesis(connection);
  const { pool, crypto, controller } = connection;
  return pool.read(async (client) => {
    const text = await getProof(client, id, connection);
    const verdict = verifyProof(text, genesis, crypto);
    if (!verdict.ok) throw invalidProof(client, verdict);
    const { leaf } = verdict.proof;
    if (leaf.kind !== 'entry' || leaf.transaction.id !== id) {
      const found = leaf.kind === 'entry' ? leaf.transaction.id : 'a commit record';
      throw new TangleError('proof-invalid', `the proof is one of ${found}, not of ${id}`, {
        node: client.url,
        details: { check: 'leaf-form', field: 'leaf', found, allowed: id },
      });
    }
    return { text, verdict };
  }, controller.signal);
}

async function getProof(client: NodeClient, id: TransactionId, { pool, controller }: Connection): Promise<string> {
  try {
    return await client.getText(`/v1/transactions/${id}/proof`, controller.signal);
  } catch (error) {
    // It may lag behind the others: they are asked next time.
    if (isNotYet(error)) pool.turnFrom(client);
    throw error;
  }
}

/** Whether the node has no proof yet, and may have one later. */
export function isNotYet(error: unknown): error is TangleError {
  return error instanceof TangleError && NOT_YET_CODES.has(error.code);
}

const NOT_YET_CODES: ReadonlySet<string> = new Set(['not-certified', 'not-final', 'transaction-not-found']);

/** The proof of an anchor as the proof of one sample of its batch. Throws `invalid-argument` on an index beyond it. */
export function proofOfReading(proof: Proof, batch: Batch, index: number, connection: Connection): Proof {
  const { count } = batch.anchor;
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw invalidArgument('reading', index, `0 to ${count - 1}`);
  }
  const text = addReadingToProof(proof.text, batch.reading(index));
  const verdict = text.ok ? verifyProof(text.value, requireGenesis(connection), connection.crypto) : null;
  if (text.ok && verdict?.ok === true) return { text: text.value, verdict };
  throw new TangleError('blob-does-not-match', `sample ${index} of the batch cannot be proven`, {
    details: { reading: index },
  });
}

/** What a node gave does not hold. */
export function invalidProof(client: NodeClient, { failed }: Verdict & { readonly ok: false }): TangleError {
  const { check, line, reason } = failed;
  return new TangleError('proof-invalid', `check ${check} failed: ${describeReason(reason)}`, {
    node: client.url,
    details: { check, line, ...reason },
  });
}
