/**
 * A SenML record as written, before its base fields are resolved, and the one table of its fields: names for JSON
 * (RFC 8428 section 5), integer labels for the binary form (section 6).
 */
import { isWellFormedText } from './reading.js';
import { failure, type TelemetryFailure } from './failure.js';

export interface SenmlRecord {
  bver?: number;
  bn?: string;
  bt?: number;
  bu?: string;
  bv?: number;
  bs?: number;
  n?: string;
  u?: string;
  v?: number;
  vs?: string;
  vb?: boolean;
  vd?: Uint8Array;
  s?: number;
  t?: number;
  ut?: number;
}

export type SenmlField = keyof SenmlRecord;
type NumberField = Exclude<SenmlField, 'bn' | 'bu' | 'n' | 'u' | 'vs' | 'vb' | 'vd'>;

/** Labels of the binary form. */
export const LABELS: Readonly<Record<SenmlField, number>> = {
  bver: -1,
  bn: -2,
  bt: -3,
  bu: -4,
  bv: -5,
  bs: -6,
  n: 0,
  u: 1,
  v: 2,
  vs: 3,
  vb: 4,
  s: 5,
  t: 6,
  ut: 7,
  vd: 8,
};

/** A field name ending so must be understood or the whole pack refused (RFC 8428 section 4.4). */
export function mustBeUnderstood(name: string): boolean {
  return name.endsWith('_');
}

/**
 * Puts one known field into a record after checking its type. `value` comes from outside; binary data must have been
 * turned into bytes before. Returns what is wrong with it, if anything.
 */
export function setField(
  record: SenmlRecord,
  field: SenmlField,
  value: unknown,
  index: number,
): TelemetryFailure | undefined {
  switch (field) {
    case 'bn':
    case 'bu':
    case 'n':
    case 'u':
    case 'vs':
      if (typeof value !== 'string') {
        return wrongType(field, 'text', value, index);
      }
      if (!isWellFormedText(value)) {
        return failure('bad-text', `field ${field} is not well-formed Unicode text`, index);
      }
      record[field] = value;
      return undefined;
    case 'vb':
      if (typeof value !== 'boolean') {
        return wrongType(field, 'a boolean', value, index);
      }
      record.vb = value;
      return undefined;
    case 'vd':
      if (!(value instanceof Uint8Array)) {
        return wrongType(field, 'binary data', value, index);
      }
      record.vd = value;
      return undefined;
    default:
      return setNumber(record, field, value, index);
  }
}

function setNumber(
  record: SenmlRecord,
  field: NumberField,
  value: unknown,
  index: number,
): TelemetryFailure | undefined {
  // 64-bit integers arrive as bigint; one that a float64 cannot hold is refused rather than rounded.
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number') {
    return wrongType(field, 'a number', value, index);
  }
  if (typeof value === 'bigint' && !Number.isSafeInteger(number)) {
    return failure('integer-too-large', `field ${field} is ${value}; integers go up to 2^53 - 1`, index);
  }
  if (!Number.isFinite(number)) {
    return failure('not-finite', `field ${field} is ${number}; numbers must be finite`, index);
  }
  record[field] = number;
  return undefined;
}

function wrongType(field: SenmlField, wanted: string, value: unknown, index: number): TelemetryFailure {
  return failure(
    'bad-field-type',
    `field ${field} must be ${wanted}, found ${value === null ? 'null' : typeof value}`,
    index,
  );
}
