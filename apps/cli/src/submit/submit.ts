/** Rows of a file through a device into the ledger: in order, at a rate, resumed where an earlier run ended. */
import { setTimeout as delay } from 'node:timers/promises';
import { PAYLOAD_TYPE } from '@tangle/core/model';
import type { Device, Receipt, SubmitOptions } from '@tangle/sdk';
import { packReadings, TelemetryError } from '@tangle/telemetry';
import { CliError } from '../failure.js';
import type { Output } from '../output.js';
import type { Row } from './row.js';
import { samplesFrom, type AnchorPlan } from './anchor.js';
import { Tally, type Sent, type WaitStage } from './tally.js';

/** Transactions that wait at once until the outbox has them: enough to share a sync. */
const KEEPING_MAX = 64;
/** A batch's data is synced before it takes its number: only one at a time keep the order of the rows. */
const ANCHORS_KEEPING_MAX = 1;

export interface SubmitPlan {
  /** For messages: the file as the user named it. */
  readonly file: string;
  readonly rows: AsyncIterable<Row>;
  readonly device: Device;
  /** Under which the outbox counts the rows; null = it does not. */
  readonly stream: string | null;
  /** Rows of one transaction. */
  readonly batch: number;
  /** Transactions a second; null = as fast as the ledger takes them. */
  readonly rate: number | null;
  readonly wait: WaitStage;
  readonly skipBad: boolean;
  /** Null = the rows themselves go on the ledger. */
  readonly anchor: AnchorPlan | null;
  /** Payload bytes of one transaction. */
  readonly maxPayload: number;
}

export interface SubmitEnd {
  readonly tally: Tally;
  /** Why it ended before the end of the file, or unhappily; null otherwise. */
  readonly failure: Error | null;
}

/** Never rejects for what happens to rows or transactions: that is in `failure`, beside the counts. */
export async function submitRows(plan: SubmitPlan, output: Output, stop: AbortSignal): Promise<SubmitEnd> {
  const { device, wait } = plan;
  const tally = new Tally();
  for (const receipt of device.recovered) tally.follow(receipt, wait, null);
  if (device.recovered.length > 0) {
    output.note(`sending again what an earlier run left: ${device.recovered.length} transactions`);
  }
  const abort = (): void => {
    // Whoever waits for room or an answer then gets `closed`; what is kept stays in the outbox.
    void device.close();
  };
  stop.addEventListener('abort', abort, { once: true });
  const showing = setInterval(() => output.progress(() => progressOf(plan.file, tally, device.open)), 100);
  let failure: Error | null = null;
  try {
    await sendAll(plan, tally, output, stop);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }
  // After a bad row too: what was sent before it counts.
  await tally.settled();
  clearInterval(showing);
  stop.removeEventListener('abort', abort);
  if (stop.aborted) return { tally, failure: null };
  return { tally, failure: tally.refusal ?? failure };
}

async function sendAll(plan: SubmitPlan, tally: Tally, output: Output, stop: AbortSignal): Promise<void> {
  const { device, stream, file, skipBad } = plan;
  const done = stream === null ? null : device.highWater(stream);
  const skip = ({ position, code, message }: BadRow): void => {
    tally.bad += 1;
    output.note(`skipped: ${file}:${position}: ${code}: ${message}`);
  };
  const sender = new Sender(plan, tally, skip, stop);
  for await (const row of plan.rows) {
    if (stop.aborted || tally.refusal !== null) break;
    if (done !== null && row.position <= done) {
      tally.resumed += 1;
    } else if (!row.ok) {
      if (skipBad) {
        skip(row);
        continue;
      }
      tally.bad += 1;
      await sender.finish();
      const details = { file, line: row.position, reason: row.code };
      const message = `${file}:${row.position}: ${row.code}: ${row.message} (--skip-bad goes on without it)`;
      throw new CliError('bad-row', message, undefined, details);
    } else if (row.readings.length === 0) {
      tally.empty += 1;
    } else {
      await sender.add(row);
    }
  }
  await sender.finish();
}

type GoodRow = Extract<Row, { ok: true }>;
type BadRow = Extract<Row, { ok: false }>;

/** Signs what the rows became and hands it to the outbox. */
type HandOver = (options: SubmitOptions) => Promise<Receipt>;

/** What a transaction carries. */
interface Size extends Pick<Sent, 'lines'> {
  readonly rows: number;
  readonly readings: number;
}

/** Gathers rows into transactions and hands them to the device in order, several at a time: their syncs are shared. */
class Sender {
  readonly #plan: SubmitPlan;
  readonly #tally: Tally;
  readonly #skip: (row: BadRow) => void;
  readonly #pace: () => Promise<void>;
  readonly #keeping = new Set<Promise<void>>();
  #failure: Error | null = null;
  /** Of the next transaction. */
  #rows: GoodRow[] = [];

  constructor(plan: SubmitPlan, tally: Tally, skip: (row: BadRow) => void, stop: AbortSignal) {
    this.#plan = plan;
    this.#tally = tally;
    this.#skip = skip;
    this.#pace = paceOf(plan.rate, stop);
  }

  async add(row: GoodRow): Promise<void> {
    this.#rows.push(row);
    if (this.#rows.length >= this.#plan.batch) await this.#send();
  }

  /** Sends the rest and resolves once all is kept. */
  async finish(): Promise<void> {
    await this.#send();
    await Promise.all(this.#keeping);
    if (this.#failure !== null) throw this.#failure;
  }

  async #send(): Promise<void> {
    // Packed before its turn: what is too large must stop the run before a later row is kept, or a resume would miss it.
    const handOver = this.#plan.anchor === null ? this.#pack() : this.#anchor(this.#plan.anchor);
    const rows = this.#rows;
    this.#rows = [];
    const [first] = rows;
    const last = rows.at(-1);
    if (handOver === null || first === undefined || last === undefined) return;
    const { stream } = this.#plan;
    const source = stream === null ? {} : { source: { name: stream, position: last.position } };
    const readings = rows.reduce((sum, row) => sum + row.readings.length, 0);
    const size: Size = { rows: rows.length, readings, lines: [first.position, last.position] };
    await this.#pace();
    const keepingMax = this.#plan.anchor === null ? KEEPING_MAX : ANCHORS_KEEPING_MAX;
    if (this.#keeping.size >= keepingMax) await Promise.race(this.#keeping);
    if (this.#failure !== null) throw this.#failure;
    const keeping = this.#keep(handOver, source, size).finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  async #keep(handOver: HandOver, source: SubmitOptions, size: Size): Promise<void> {
    const startedAtMs = performance.now();
    try {
      const receipt = await handOver(source);
      const { wait, anchor } = this.#plan;
      this.#tally.follow(receipt, wait, { startedAtMs, lines: size.lines, isAnchor: anchor !== null });
      this.#tally.rows += size.rows;
      this.#tally.readings += size.readings;
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  /** The rows as a batch beside the ledger; null where there are none. */
  #anchor(anchor: AnchorPlan): HandOver | null {
    if (this.#rows.length === 0) return null;
    const { device, file } = this.#plan;
    const samples = samplesFrom(this.#rows, file, anchor);
    return (options) => device.submitAnchor(samples, { ...options, blobs: anchor.blobs });
  }

  /** The rows as one payload, with `--skip-bad` without those that no transaction can carry; null where none is left. */
  #pack(): HandOver | null {
    if (this.#rows.length === 0) return null;
    const { device, file, maxPayload, skipBad } = this.#plan;
    const packed = this.#tryPack(this.#rows);
    if (packed instanceof Uint8Array) {
      return (options) => device.submitPayload(PAYLOAD_TYPE.telemetry, packed, options);
    }
    const oversize = this.#rows.filter((row) => !(this.#tryPack([row]) instanceof Uint8Array));
    const [first] = oversize;
    if (first !== undefined && skipBad) {
      const message = `the row has more than the ${maxPayload} bytes of one transaction`;
      for (const { position } of oversize) this.#skip({ ok: false, position, code: 'payload-too-large', message });
      const skipped = new Set(oversize);
      this.#rows = this.#rows.filter((row) => !skipped.has(row));
      return this.#pack();
    }
    const line = (first ?? this.#rows.at(-1))?.position;
    const what = first !== undefined ? 'the row has' : `${this.#rows.length} rows have`;
    const advice = first !== undefined ? ' (--skip-bad goes on without it)' : '; use a smaller --batch';
    const message = `${file}:${line}: ${what} more than the ${maxPayload} bytes of one transaction${advice}`;
    throw new CliError('payload-too-large', message, undefined, { file, line }, packed);
  }

  /** The payload, or the error that says that it would be too large. */
  #tryPack(rows: readonly GoodRow[]): Uint8Array | TelemetryError {
    try {
      return packReadings(
        rows.flatMap(({ readings }) => readings),
        { payloadBytesMax: this.#plan.maxPayload },
      );
    } catch (error) {
      if (error instanceof TelemetryError && error.code === 'too-large') return error;
      throw error;
    }
  }
}

/** Waits for the turn of the next transaction: `rate` a second, without catching up on what was missed. */
function paceOf(rate: number | null, signal: AbortSignal): () => Promise<void> {
  if (rate === null) return () => Promise.resolve();
  const intervalMs = 1_000 / rate;
  let turnMs = performance.now();
  return async () => {
    const nowMs = performance.now();
    turnMs = Math.max(turnMs, nowMs - intervalMs);
    const waitMs = turnMs - nowMs;
    turnMs += intervalMs;
    if (waitMs >= 1) await delay(waitMs, undefined, { signal }).catch(() => undefined);
  };
}

function progressOf(file: string, tally: Tally, open: number): string {
  const latencies = tally.latenciesMs;
  const speed = latencies === null ? '' : `, p50 ${latencies.p50} ms`;
  return `${file}: ${tally.rows} rows sent, ${tally.final} of ${tally.transactions} transactions final, ${open} open${speed}`;
}
