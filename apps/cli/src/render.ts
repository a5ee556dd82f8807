/** What the SDK read, as JSON in the words of the HTTP API: u64 as text, bytes in base64url, times in RFC 3339. */
import type { DeviceInfo, LedgerEvent, ReadingInfo, ReadTransaction } from '@tangle/sdk';
import { toHex } from '@tangle/core/codec';
import { decodeRegistryPayload, deviceIdOfIssuer, issuerOf, PAYLOAD_TYPE, type Transaction } from '@tangle/core/model';
import { decodeAnchor, type Anchor } from '@tangle/core/proof';
import { toSenmlJson, unpackReadings } from '@tangle/telemetry';
import { formatTime } from './time.js';

export function transactionToJson(read: ReadTransaction): Record<string, unknown> {
  const { transaction } = read;
  return {
    ...statusToJson(read),
    issuer: deviceIdOfIssuer(transaction.issuer),
    sequence: transaction.sequence,
    timestamp: formatTime(transaction.timestampMs),
    parents: transaction.parents,
    payloadType: transaction.payloadType,
    payload: payloadToJson(transaction),
    bytes: base64url(read.bytes),
  };
}

export function statusToJson({
  id,
  status,
  approvalWeight,
  totalWeight,
  final,
}: ReadTransaction): Record<string, unknown> {
  if (final === null) return { id, status, approvalWeight, totalWeight };
  const { commitTimeMs, ...place } = final;
  return { id, status, approvalWeight, totalWeight, ...place, commitTime: formatTime(commitTimeMs) };
}

export function deviceToJson(device: DeviceInfo): object {
  return { ...device };
}

export function readingToJson(info: ReadingInfo): Record<string, unknown> {
  const { reading, transaction, position, index, transactionTimeMs, commitTimeMs } = info;
  const { name, timeMs, value, unit, sum, updateSeconds } = reading;
  return {
    name,
    time: formatTime(timeMs),
    value: value instanceof Uint8Array ? base64url(value) : value,
    ...(unit !== undefined && { unit }),
    ...(sum !== undefined && { sum }),
    ...(updateSeconds !== undefined && { updateSeconds }),
    transaction,
    position,
    index,
    transactionTime: formatTime(transactionTimeMs),
    commitTime: formatTime(commitTimeMs),
  };
}

export function eventToJson(event: LedgerEvent): object {
  if (event.kind === 'commit') {
    const { timeMs, ...rest } = event;
    return { ...rest, time: formatTime(timeMs) };
  }
  if (event.kind !== 'final') return event;
  const { commitTimeMs, ...rest } = event;
  return { ...rest, commitTime: formatTime(commitTimeMs) };
}

/** Decoded from the checked bytes, not from the node's word. */
export function payloadToJson({ payloadType, payload, timestampMs }: Transaction): object {
  if (payloadType === PAYLOAD_TYPE.telemetry) {
    const readings = unpackReadings(payload, { referenceTimeMs: timestampMs });
    if (readings.ok) return { kind: 'telemetry', senml: toSenmlJson(readings.value) };
  }
  if (payloadType === PAYLOAD_TYPE.registry) {
    const change = decodeRegistryPayload(payload);
    if (change.ok) {
      const { suite, key, ...rest } = change.value;
      return { kind: 'registry', device: deviceIdOfIssuer(issuerOf(suite, key)), ...rest };
    }
  }
  if (payloadType === PAYLOAD_TYPE.anchor) {
    const anchor = decodeAnchor(payload);
    if (anchor.ok) return anchorToJson(anchor.value);
  }
  return { kind: 'bytes', base64url: base64url(payload) };
}

function anchorToJson({ stream, timing, channels, count, root }: Anchor): object {
  const { firstTimeMs } = timing;
  return {
    kind: 'anchor',
    stream,
    count,
    root: toHex(root),
    firstTime: formatTime(firstTimeMs),
    ...(timing.kind === 'each'
      ? { lastTime: formatTime(timing.lastTimeMs) }
      : { samplesPerSecond: timing.ratePerSecond }),
    channels,
  };
}

export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
