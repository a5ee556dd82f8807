/** The network of the fake ledger: a genesis of one validator, and the shapes that ledger, log and nodes share. */
import type { Outcome, Transaction } from '@tangle/core/model';
import { nobleCrypto, nobleSigner } from '@tangle/core/crypto';
import { createGenesis, deviceIdOf, genesisToJson } from '@tangle/core/model';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}
export interface Held {
  readonly transaction: Transaction;
  status: 'pending' | 'witnessed' | 'final';
  final: {
    position: number;
    commitIndex: number;
    commitTime: string;
    outcome: Outcome;
    issuerIndex: number;
    evidence: boolean;
  } | null;
}

export const signer = (byte: number) => nobleSigner(new Uint8Array(32).fill(byte));
export const administratorKey = new Uint8Array(32).fill(9);
const created = createGenesis(
  {
    name: 'test',
    validators: [
      {
        name: 'one',
        weight: 1,
        statementKey: signer(1).publicKey,
        cosignerKey: signer(2).publicKey,
        logKey: signer(3).publicKey,
      },
    ],
    administrators: [deviceIdOf(1, nobleSigner(administratorKey).publicKey)],
    parameters: { time: 1_700_000_000_000, maxPayload: 2_048 },
  },
  nobleCrypto,
);
if (!created.ok) throw new Error(JSON.stringify(created.reason));
export const genesis = created.value;
export const genesisFile = genesisToJson(genesis);
export const COMMIT_TIME = '2026-01-31T12:00:00.000Z';

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  body: { type: `urn:tangle:problem:${code}`, title: code, status, detail: `refused: ${code}`, code },
  headers: { 'content-type': 'application/problem+json', ...headers },
});
