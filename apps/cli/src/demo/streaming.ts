/** Streams the recording: each instrument is a device of its own and sends to a node of its own. */
import type { Row } from '@tangle/telemetry';
import type { Device, FinalResult, Receipt } from '@tangle/sdk';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { partOf, type Instrument } from './recording.js';

export interface Station {
  readonly instrument: Instrument;
  readonly device: Device;
  /** Name and address of the node it sends to. */
  readonly nodeName: string;
  readonly url: string;
}

export interface Streamed {
  readonly transactions: number;
  readonly accepted: number;
  readonly submitToFinalMs: { readonly p50: number; readonly p99: number };
  /** The last one, to look at. */
  readonly last: FinalResult;
}

/** Rows a second: the recording is sped up, so that it takes seconds. */
export const ROWS_PER_SECOND = 20;

/** Sends every row through every station, one transaction each, and waits until all are final. */
export async function stream(
  rows: readonly Row[],
  stations: readonly Station[],
  progress: (sent: number, final: number) => void,
): Promise<Streamed> {
  const latenciesMs = createHistogram();
  let sent = 0;
  let final = 0;
  const follow = async (receipt: Promise<Receipt>, startedMs: number): Promise<FinalResult> => {
    const result = await (await receipt).final();
    // A histogram takes integers from 1.
    latenciesMs.record(Math.max(1, Math.round(performance.now() - startedMs)));
    final++;
    progress(sent, final);
    return result;
  };
  const results: Promise<FinalResult>[] = [];
  const startMs = performance.now();
  for (const [index, row] of rows.entries()) {
    const aheadMs = startMs + (index * 1_000) / ROWS_PER_SECOND - performance.now();
    if (aheadMs > 1) await sleep(aheadMs);
    for (const { instrument, device } of stations) {
      const { timeMs, values } = partOf(row, instrument);
      const receipt = device.submit(values, { time: timeMs, units: instrument.channels });
      results.push(follow(receipt, performance.now()));
      sent++;
    }
    progress(sent, final);
  }
  const finals = await Promise.all(results);
  const last = finals.at(-1);
  if (last === undefined) throw new RangeError('a recording has at least one row');
  const accepted = finals.filter(({ outcome }) => outcome.status === 'accepted').length;
  const submitToFinalMs = { p50: latenciesMs.percentile(50), p99: latenciesMs.percentile(99) };
  return { transactions: finals.length, accepted, submitToFinalMs, last };
}
