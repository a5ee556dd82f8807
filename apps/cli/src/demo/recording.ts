/** The bundled recording: half an hour of a hydraulic rig, one row a second (data/SOURCE.md). */
import type { Row } from '@tangle/telemetry';
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';

/** A device of the rig and the columns that it measures. */
export interface Instrument {
  readonly name: string;
  /** Column -> SenML unit. */
  readonly channels: Readonly<Record<string, string>>;
}

export const INSTRUMENTS: readonly Instrument[] = [
  { name: 'temperature', channels: { TS1: 'Cel', TS2: 'Cel', TS3: 'Cel', TS4: 'Cel' } },
  { name: 'vibration', channels: { VS1: 'mm/s' } },
  { name: 'cooler', channels: { CE: '%', CP: 'kW' } },
  { name: 'efficiency', channels: { SE: '%' } },
];

const RECORDING = new URL('../../data/hydraulic-rig.csv', import.meta.url);

/** The first `rowsMax` rows; `timeMs` is the source time. */
export async function readRecording(rowsMax: number): Promise<Row[]> {
  const records = parse(await readFile(RECORDING), { columns: true, to: rowsMax }) as Record<string, string>[];
  return records.map(({ time, ...values }) => ({
    timeMs: Date.parse(time ?? ''),
    values: Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)])),
  }));
}

/** The part of a row that an instrument measures. */
export function partOf(row: Row, instrument: Instrument): Row {
  const values = Object.fromEntries(
    Object.keys(instrument.channels).map((name) => [name, row.values[name] ?? Number.NaN]),
  );
  return { timeMs: row.timeMs, values };
}
