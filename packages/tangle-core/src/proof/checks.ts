/** What is checked of a proof or a range bundle, by name, and how a verdict tells of it. */
import type { Refusal } from '../codec/reasons.js';
import type { Result } from '../result.js';
import { fail } from '../result.js';

/** Every check and what it says once it has passed, in words for people. The names are stable. */
export const CHECK_TITLES = {
  genesis: 'The genesis file can be read and keeps every rule',
  'file-form': 'The file has its one byte-form',
  'checkpoint-form': 'It holds a signed checkpoint of three lines',
  origin: "The checkpoint is one of this network's log",
  'leaf-form': 'The file holds a leaf of the log',
  index: 'The leaf has a place in the log',
  path: 'What is shown stands in the log under this checkpoint',
  record: 'The record of its commit stands in the same log, and tells its commit time',
  'log-signature': 'A validator signed the checkpoint as the log',
  cosignature: 'A validator cosigned the checkpoint',
  weight: 'The cosigners weigh a quorum of the committee',
  network: 'The transaction is one of this network',
  'transaction-form': 'The transaction keeps the rules that show in it alone',
  'transaction-signature': 'The issuer signed the transaction',
  outcome: 'What the ledger said of the transaction at its place in the order',
  'reading-form': "The reading is a sample of the transaction's batch",
  'reading-path': 'The reading is the one the device signed, among all of its batch',
  span: 'Commit records bracket the span without a gap',
  device: 'Every entry shown is one of the device',
  'issuer-index': "The device's entries are counted without a gap: none was left out between them",
} as const;

/** `path` and the signature checks mean the same for both kinds of files; the rest belongs to one of them. */
export type Check = keyof typeof CHECK_TITLES;

export interface PassedCheck {
  readonly check: Check;
  /** What was found, on one line. */
  readonly detail: string;
}

export interface FailedCheck {
  readonly check: Check;
  /** Where (`field`), what was found, and what would have passed. */
  readonly reason: Refusal<string>;
  /** Line of the file concerned, from 1; null where it is none in particular, or the genesis. */
  readonly line: number | null;
}

/** A failure before its line is looked up. */
export type CheckFailure = Omit<FailedCheck, 'line'>;
export type Checked<Value> = Result<Value, CheckFailure>;
/** Told of each check that passed. */
export type Pass = (check: Check, detail: string) => void;

/** Says which check a reason belongs to. */
export function at<Value>(check: Check, result: Result<Value, Refusal<string>>): Checked<Value> {
  return result.ok ? result : fail({ check, reason: result.reason });
}

export function refuse(check: Check, field: string, found: string | number, allowed: string): Checked<never> {
  return fail({ check, reason: { code: check, field, found, allowed } });
}
