/** Payloads as readers want them. A payload is whatever its device signed: what cannot be read is shown as bytes. */
import type { Transaction } from '@tangle/core/model';
import { describeReason } from '@tangle/core/codec';
import { decodeRegistryPayload, deviceIdOf, PAYLOAD_TYPE } from '@tangle/core/model';
import { TelemetryError, toSenmlJson, unpackReadings, type Reading, type SenmlJsonRecord } from '@tangle/telemetry';
import { base64url } from './format.js';

/** `error` says why a telemetry or registry payload could not be read. */
export type PayloadJson =
  | { readonly kind: 'telemetry'; readonly senml: readonly SenmlJsonRecord[] }
  | {
      readonly kind: 'registry';
      readonly change: { readonly action: string; readonly device: string } & Readonly<Record<string, string | number>>;
    }
  | { readonly kind: 'bytes'; readonly base64url: string; readonly error?: string };

export function payloadToJson(transaction: Transaction): PayloadJson {
  switch (transaction.payloadType) {
    case PAYLOAD_TYPE.telemetry:
      return telemetryToJson(transaction);
    case PAYLOAD_TYPE.registry:
      return registryToJson(transaction.payload);
    default:
      return bytesToJson(transaction.payload);
  }
}

/**
 * Null for the one reading that SenML cannot write: a time before 1978, made by a relative time in a transaction that
 * claims to be that old.
 */
export function senmlRecord(reading: Reading): SenmlJsonRecord | null {
  try {
    return toSenmlJson([reading])[0] ?? null;
  } catch (error) {
    if (error instanceof TelemetryError) return null;
    throw error;
  }
}

function telemetryToJson({ payload, timestampMs }: Transaction): PayloadJson {
  const unpacked = unpackReadings(payload, { referenceTimeMs: timestampMs });
  if (!unpacked.ok) return bytesToJson(payload, `${unpacked.reason.code}: ${unpacked.reason.message}`);
  try {
    return { kind: 'telemetry', senml: toSenmlJson(unpacked.value) };
  } catch (error) {
    if (error instanceof TelemetryError) return bytesToJson(payload, `${error.code}: ${error.message}`);
    throw error;
  }
}

function registryToJson(payload: Uint8Array): PayloadJson {
  const decoded = decodeRegistryPayload(payload);
  if (!decoded.ok) return bytesToJson(payload, describeReason(decoded.reason));
  const { suite, key, ...change } = decoded.value;
  return { kind: 'registry', change: { ...change, device: deviceIdOf(suite, key) } };
}

function bytesToJson(payload: Uint8Array, error?: string): PayloadJson {
  const bytes = { kind: 'bytes', base64url: base64url(payload) } as const;
  return error === undefined ? bytes : { ...bytes, error };
}
