/** A verdict as JSON: what is proven or which check failed, in the words of the HTTP API. */
import type { AuditReport } from '@tangle/audit';
import type { LogEntry } from '@tangle/core/log';
import type { ProofCosigner, Verdict, VerifiedProof, VerifiedRange } from '@tangle/core/proof';
import { deviceIdOfIssuer } from '@tangle/core/model';
import { payloadToJson } from './render.js';
import { formatTime } from './time.js';

export function verdictToJson(verdict: Verdict, { headline, explanation }: AuditReport): Record<string, unknown> {
  const { ok, kind, checks } = verdict;
  const told = { ok, kind, headline, explanation, checks };
  if (!verdict.ok) return { ...told, failed: verdict.failed };
  return verdict.kind === 'proof'
    ? { ...told, proof: proofToJson(verdict.proof) }
    : { ...told, range: rangeToJson(verdict.range) };
}

function proofToJson(proof: VerifiedProof): Record<string, unknown> {
  const { leaf, position, reading, commitTimeMs } = proof;
  const place = { position, commitTime: commitTimeMs === null ? null : formatTime(commitTimeMs), ...logToJson(proof) };
  if (leaf.kind === 'commit-record') {
    const { timeMs, ...record } = leaf;
    return { record: { ...record, time: formatTime(timeMs) }, ...place };
  }
  return {
    ...entryToJson({ ...leaf, position }),
    ...(reading !== null && { reading: { ...reading, timeMs: undefined, time: formatTime(reading.timeMs) } }),
    ...place,
  };
}

function rangeToJson(range: VerifiedRange): Record<string, unknown> {
  const { device, fromMs, toMs, entries, completeness } = range;
  return {
    device,
    from: formatTime(fromMs),
    to: formatTime(toMs),
    completeness,
    entries: entries.map(entryToJson),
    ...logToJson(range),
  };
}

function entryToJson(
  entry: Pick<LogEntry, 'issuerIndex' | 'outcome' | 'transaction'> & { readonly position: number },
): Record<string, unknown> {
  const { issuerIndex, outcome, transaction, position } = entry;
  return {
    transaction: transaction.id,
    device: deviceIdOfIssuer(transaction.issuer),
    sequence: transaction.sequence,
    timestamp: formatTime(transaction.timestampMs),
    outcome,
    issuerIndex,
    position,
    payloadType: transaction.payloadType,
    payload: payloadToJson(transaction),
  };
}

/** What the two kinds have in common: the log, and who signed for it. */
function logToJson(proven: {
  readonly size: number;
  readonly root: string;
  readonly cosigners: readonly ProofCosigner[];
  readonly weight: number;
  readonly quorum: number;
  readonly time: bigint;
}): Record<string, unknown> {
  const { size, root, cosigners, weight, quorum, time } = proven;
  return {
    size,
    root,
    cosigners: cosigners.map(({ name, weight: own, time: at }) => ({ name, weight: own, unixTime: at })),
    weight,
    quorum,
    existedNoLaterThanUnixTime: time,
  };
}
