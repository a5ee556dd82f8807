/**
 * How this package says no. What arrived from a stranger (a payload, a SenML file) is refused by a value; readings that
 * the caller itself got wrong are refused by a thrown `TelemetryError` with the same codes.
 */

/** Why readings or a pack of them were refused. Stable: shown by the API and the command line. */
export type TelemetryFailureCode =
  | 'too-large'
  | 'malformed'
  | 'nested'
  | 'empty'
  | 'too-many-readings'
  | 'unsupported-field'
  | 'repeated-field'
  | 'bad-field-type'
  | 'bad-version'
  | 'bad-name'
  | 'bad-unit'
  | 'bad-text'
  | 'bad-base64url'
  | 'missing-value'
  | 'several-values'
  | 'not-finite'
  | 'integer-too-large'
  | 'relative-time'
  | 'time-out-of-range';

export interface TelemetryFailure {
  readonly code: TelemetryFailureCode;
  /** One sentence for people: the field, what was found, what is allowed. */
  readonly message: string;
  /** Index from 0 of the reading or SenML record concerned, where there is one. */
  readonly record?: number;
}

/** Same shape as the core's `Result`, so that this package stands alone. */
export type TelemetryResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: TelemetryFailure };

/** Thrown by `packReadings` and `packRow` for readings that no SenML pack can carry. */
export class TelemetryError extends Error {
  override readonly name = 'TelemetryError';
  readonly code: TelemetryFailureCode;
  readonly reason: TelemetryFailure;

  constructor(reason: TelemetryFailure) {
    super(reason.record === undefined ? reason.message : `reading ${reason.record}: ${reason.message}`);
    this.code = reason.code;
    this.reason = reason;
  }
}

export function failure(code: TelemetryFailureCode, message: string, record?: number): TelemetryFailure {
  return record === undefined ? { code, message } : { code, message, record };
}

export function refuse(
  code: TelemetryFailureCode,
  message: string,
  record?: number,
): { readonly ok: false; readonly reason: TelemetryFailure } {
  return { ok: false, reason: failure(code, message, record) };
}
