/** `tangle query`: the final readings of a device by source time. */
import { Option, type Command } from 'commander';
import type { ReadingInfo } from '@tangle/sdk';
import { deviceIdFrom, openReader } from '../connect.js';
import { usageError } from '../failure.js';
import { integerFrom, outputOf, parseTimeOption, withExamples, withNodes, type NodeOptions } from '../options.js';
import type { Output } from '../output.js';
import { formatTime } from '../time.js';

type Format = 'csv' | 'json' | 'senml';

interface QueryOptions extends NodeOptions {
  readonly device: string;
  readonly from?: number;
  readonly to?: number;
  readonly format?: Format;
  readonly limit?: number;
}

const PAGE_ITEMS_MAX = 1_000;
const CSV_HEADER = 'time,name,value,unit,transaction,position,index,transactionTime,commitTime';

export function registerQuery(program: Command): void {
  const command = program
    .command('query')
    .description('final readings of a device, ascending by source time')
    .requiredOption('--device <device>', 'a did:key or a key file')
    .option('--from <time>', 'source time from which on, RFC 3339 or unix seconds', parseTimeOption)
    .option('--to <time>', 'source time before which', parseTimeOption)
    .addOption(
      new Option('--format <format>', 'json = JSON lines').choices(['csv', 'json', 'senml']).default(undefined, 'csv'),
    )
    .option('--limit <n>', 'readings at most', integerFrom(1, Number.MAX_SAFE_INTEGER))
    .action(run);
  withExamples(
    withNodes(command),
    'tangle query --device rig-7.key --limit 10',
    'tangle query --device did:key:z6Mk... --from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z --format senml',
  );
}

async function run(options: QueryOptions, command: Command): Promise<void> {
  const output = outputOf(command);
  const format = options.format ?? (output.json ? 'json' : 'csv');
  if (output.json && format !== 'json') throw usageError('conflicting-option', `--json and --format ${format}`);
  const { from, to, limit = Number.MAX_SAFE_INTEGER } = options;
  if (from !== undefined && to !== undefined && from > to) {
    throw usageError('invalid-argument', '--to is before --from');
  }
  const id = await deviceIdFrom(options.device);
  using reader = await openReader(options);
  const readings = reader.readings(id, {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    pageSize: Math.min(limit, PAGE_ITEMS_MAX),
  });
  await WRITERS[format](take(readings, limit), output);
}

const WRITERS: Readonly<Record<Format, (readings: AsyncIterable<ReadingInfo>, output: Output) => Promise<void>>> = {
  async csv(readings, output) {
    await output.line(CSV_HEADER);
    for await (const reading of readings) await output.line(csvLine(reading));
  },
  async json(readings, output) {
    const { readingToJson } = await import('../render.js');
    for await (const reading of readings) await output.line(JSON.stringify(readingToJson(reading)));
  },
  /** One pack of resolved records, a line each (RFC 8428 section 4.6). */
  async senml(readings, output) {
    const { toSenmlJson } = await import('@tangle/telemetry');
    let separator = '[';
    for await (const { reading } of readings) {
      await output.raw(`${separator}${JSON.stringify(toSenmlJson([reading])[0])}`);
      separator = ',\n';
    }
    await output.raw(separator === '[' ? '[]\n' : ']\n');
  },
};

async function* take<Item>(items: AsyncIterable<Item>, limit: number): AsyncGenerator<Item, void, undefined> {
  let left = limit;
  for await (const item of items) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}

function csvLine({ reading, transaction, position, index, transactionTimeMs, commitTimeMs }: ReadingInfo): string {
  const { name, value, unit = '', timeMs } = reading;
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : String(value);
  const cells = [formatTime(timeMs), name, text, unit, transaction, String(position), String(index)];
  return [...cells, formatTime(transactionTimeMs), formatTime(commitTimeMs)].map(quote).join(',');
}

/** RFC 4180 section 2. */
function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
