/**
 * What the node knows to JSON: u64 as strings, ids and hashes in hex, other bytes in base64url, devices as did:key,
 * times in RFC 3339 UTC. Payloads are in payload.ts.
 */
import type { DeviceView, ExportLine, LedgerEvent, NodeInfo, ReadingView, TransactionView } from './ledger-node.js';
import { invariant } from '@tangle/core/assert';
import { decodeTransaction } from '@tangle/core/codec';
import { nobleCrypto } from '@tangle/core/crypto';
import { deviceIdOf } from '@tangle/core/model';
import { base64url, instant } from './format.js';
import { payloadToJson, senmlRecord } from './payload.js';

export function infoToJson(info: NodeInfo): object {
  const { commit, certified, ...rest } = info;
  const { index, digest, stateDigest, timeMs } = commit;
  return {
    ...rest,
    commit: { index, digest, stateDigest, time: instant(timeMs) },
    log: { size: info.logSize, certifiedSize: certified?.size ?? 0, certifiedRoot: certified?.root ?? null },
  };
}

export function transactionToJson(view: TransactionView): object {
  // Noble only hashes here: that the bytes are valid was settled before they were stored.
  const decoded = decodeTransaction(view.bytes, nobleCrypto);
  invariant(decoded.ok && decoded.value.id === view.id, `the stored bytes of ${view.id} are another object`);
  const transaction = decoded.value;
  const { final } = view;
  return {
    id: view.id,
    status: view.status,
    approvalWeight: view.approvalWeight,
    totalWeight: view.totalWeight,
    issuer: deviceIdOf(transaction.suite, transaction.issuerKey),
    sequence: transaction.sequence.toString(),
    timestamp: instant(transaction.timestampMs),
    parents: transaction.parents,
    payloadType: transaction.payloadType,
    payload: payloadToJson(transaction),
    bytes: base64url(view.bytes),
    ...(final !== null && {
      position: final.position,
      outcome: final.outcome,
      commitIndex: final.commitIndex,
      commitTime: instant(final.commitTimeMs),
      issuerIndex: final.issuerIndex,
      evidence: final.evidence,
    }),
  };
}

export function deviceToJson(device: DeviceView): object {
  return { ...device, highestSequence: device.highestSequence?.toString() ?? null };
}

export function readingToJson(view: ReadingView): object {
  return {
    name: view.reading.name,
    time: instant(view.reading.timeMs),
    senml: senmlRecord(view.reading),
    transaction: view.transaction,
    position: view.position,
    index: view.index,
    transactionTime: instant(view.transactionTimeMs),
    commitTime: instant(view.commitTimeMs),
  };
}

/** The `data:` of a server-sent event. */
export function eventToJson(event: LedgerEvent): object {
  switch (event.kind) {
    case 'witnessed':
      return { id: event.id };
    case 'final':
      return {
        id: event.id,
        issuer: event.issuer,
        position: event.position,
        commitIndex: event.commitIndex,
        commitTime: instant(event.commitTimeMs),
        outcome: event.outcome,
      };
    case 'commit':
      return {
        index: event.index,
        digest: event.digest,
        time: instant(event.timeMs),
        transactions: event.transactions,
      };
    case 'certified':
      return { size: event.size, root: event.root, time: instant(event.timeMs) };
  }
}

/** One line of `/v1/export`, with its line break. */
export function exportLineToText(line: ExportLine): string {
  return `${JSON.stringify(line, exportValue)}\n`;
}

function exportValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? base64url(value) : value;
}
