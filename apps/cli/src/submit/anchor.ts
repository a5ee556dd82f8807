/**
 * Rows as samples of a batch whose root alone goes on the ledger: every column a channel, numbers only. The data and the
 * batch's seed are kept in a directory, before anything is sent.
 */
import type { Samples } from '@tangle/core/proof';
import type { BlobStore } from '@tangle/sdk';
import type { Reading, Row as SampleRow } from '@tangle/telemetry';
import { samplesOfRows } from '@tangle/sdk';
import { CliError } from '../failure.js';
import type { Row } from './row.js';

/** How rows become batches. */
export interface AnchorPlan {
  readonly blobs: BlobStore;
  /** Rows a second, where they have no times of their own; null = each has its own. */
  readonly samplesPerSecond: number | null;
}

type GoodRow = Extract<Row, { ok: true }>;

/** Throws `not-a-sample` for a row that holds anything but numbers, all at one time. */
export function samplesFrom(rows: readonly GoodRow[], file: string, { samplesPerSecond }: AnchorPlan): Samples {
  const stream = samplesPerSecond === null ? { stream: '' } : { stream: '', ratePerSecond: samplesPerSecond };
  return samplesOfRows(
    rows.map((row) => sampleOf(row, file)),
    stream,
  );
}

function sampleOf({ readings, position }: GoodRow, file: string): SampleRow {
  const odd = readings.find(({ value }) => typeof value !== 'number');
  if (odd !== undefined) throw notASample(file, position, odd);
  const values = readings.map(({ name, value }) => [name, value] as const);
  return { timeMs: readings[0]?.timeMs ?? 0, values: Object.fromEntries(values) };
}

function notASample(file: string, line: number, { name }: Reading): CliError {
  const message = `${file}:${line}: ${name} is no number; samples of a batch are numbers`;
  return new CliError('not-a-sample', message, undefined, { file, line, name });
}
