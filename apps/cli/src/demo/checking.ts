/** What the demo claims, checked: every row comes back from another node, and all nodes agree. */
import type { Row } from '@tangle/telemetry';
import type { NodeInfo, Reader } from '@tangle/sdk';
import { groupReadingsIntoRows } from '@tangle/telemetry';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT } from '../failure.js';
import { partOf } from './recording.js';
import type { Station } from './streaming.js';

const AGREEMENT_DEADLINE_MS = 10_000;
const POLL_MS = 50;

/** Reads a station's rows back from `reader` and compares them with the file, value for value. Returns the readings. */
export async function checkRows(rows: readonly Row[], station: Station, reader: Reader): Promise<number> {
  const found = [];
  for await (const { reading } of reader.readings(station.device.id)) found.push(reading);
  const rowsFound = groupReadingsIntoRows(found);
  const { name } = station.instrument;
  if (rowsFound.length !== rows.length) throw mismatch(`${name}: ${rowsFound.length} rows came back of ${rows.length}`);
  for (const [index, row] of rows.entries()) {
    const expected = partOf(row, station.instrument);
    const actual = rowsFound[index];
    const same =
      actual?.timeMs === expected.timeMs &&
      Object.keys(actual.values).length === Object.keys(expected.values).length &&
      Object.entries(expected.values).every(([channel, value]) => Object.is(actual.values[channel], value));
    if (!same) throw mismatch(`${name}: row ${index + 1} came back as ${JSON.stringify(actual)}`);
  }
  return found.length;
}

/** Waits until every node stands at the same commit with the same digests. */
export async function checkAgreement(readers: readonly Reader[]): Promise<readonly NodeInfo[]> {
  const deadlineMs = performance.now() + AGREEMENT_DEADLINE_MS;
  for (;;) {
    const infos = await Promise.all(readers.map((reader) => reader.info()));
    const standings = new Set(infos.map(({ commit }) => `${commit.index} ${commit.digest} ${commit.stateDigest}`));
    if (standings.size === 1 && infos.every(({ pending }) => pending === 0)) return infos;
    if (performance.now() > deadlineMs) throw mismatch(`the nodes stand at ${[...standings].join('; ')}`);
    await sleep(POLL_MS);
  }
}

function mismatch(message: string): CliError {
  return new CliError('demo-check-failed', message, EXIT.failed);
}
