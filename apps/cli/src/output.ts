/**
 * Where a command writes: results on stdout, for people or (with `--json`) for programs; everything else on stderr.
 * Waits for slow readers, so nothing piles up, and stops quietly when the reader goes away (`| head -1`).
 */
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import type { Failure } from './failure.js';
import { codeOf } from './failure.js';

/** The reader of stdout went away: nothing is left to do, and nothing is wrong. */
export class ReaderGoneError extends Error {
  override readonly name = 'ReaderGoneError';
}

const CLEAR_LINE = '\r\u001B[2K';
const PROGRESS_INTERVAL_MS = 200;

export class Output {
  readonly json: boolean;
  #progressAtMs = Number.NEGATIVE_INFINITY;
  #hasProgress = false;

  constructor(json: boolean) {
    this.json = json;
  }

  /** One result: an object as a line of JSON, or text for people. */
  async result(value: object, text: string): Promise<void> {
    await this.line(this.json ? JSON.stringify(value, replaceBigint) : text);
  }

  /** One line of stdout as it is. */
  async line(text: string): Promise<void> {
    this.#clearProgress();
    await this.raw(`${text}\n`);
  }

  /** Text of stdout, without a line end of its own. */
  async raw(text: string): Promise<void> {
    if (process.stdout.destroyed || process.stdout.errored !== null) throw new ReaderGoneError();
    if (process.stdout.write(text)) return;
    try {
      await once(process.stdout, 'drain');
    } catch (error) {
      throw isReaderGone(error) ? new ReaderGoneError() : error;
    }
  }

  /** A line for people, on stderr. */
  note(text: string): void {
    this.#clearProgress();
    process.stderr.write(`${text}\n`);
  }

  /** Replaces the progress line; nothing without a terminal. */
  progress(text: () => string): void {
    if (!process.stderr.isTTY) return;
    const nowMs = performance.now();
    if (nowMs - this.#progressAtMs < PROGRESS_INTERVAL_MS) return;
    this.#progressAtMs = nowMs;
    this.#hasProgress = true;
    process.stderr.write(CLEAR_LINE + text().slice(0, Math.max(20, process.stderr.columns - 1)));
  }

  /** `error: code: text` on stderr; with `--json` also `{"error":{code,message,exitCode,details}}`, stdout's last line. */
  async failure({ code, message, exitCode, details }: Failure): Promise<void> {
    this.note(`${paint('error:')} ${code}: ${message}`);
    if (this.json) await this.line(JSON.stringify({ error: { code, message, exitCode, details } }, replaceBigint));
  }

  #clearProgress(): void {
    if (!this.#hasProgress) return;
    this.#hasProgress = false;
    process.stderr.write(CLEAR_LINE);
  }
}

/** Whether an error says that the reader of stdout went away. */
export function isReaderGone(error: unknown): boolean {
  return error instanceof ReaderGoneError || codeOf(error) === 'EPIPE' || codeOf(error) === 'ERR_STREAM_DESTROYED';
}

/** Text that came from elsewhere, fit for a terminal: on one line, without control sequences. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, ' ');
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Red where stderr is a terminal with colours; `hasColors` knows NO_COLOR. */
function paint(text: string): string {
  return process.stderr.isTTY && process.stderr.hasColors() ? `\u001B[31m${text}\u001B[39m` : text;
}

function replaceBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
