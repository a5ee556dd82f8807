/** `tangle submit`: readings of a file into the ledger. */
import path from 'node:path';
import { Option, type Command } from 'commander';
import { connectionOf, outboxOf, readKey } from '../connect.js';
import { CliError, EXIT, usageError } from '../failure.js';
import { integerFrom, outputOf, parsePositive, withExamples, withNodes, type NodeOptions } from '../options.js';
import { abortedOnStop, exitCodeOf, interruptionOf } from '../signals.js';
import type { Format } from '../submit/source.js';
import type { Tally, WaitStage } from '../submit/tally.js';

interface SubmitOptions extends NodeOptions {
  readonly key: string;
  readonly outbox?: string;
  readonly stream?: string;
  readonly batch: number;
  readonly rate?: number;
  readonly wait: WaitStage;
  readonly anchor?: number;
  readonly blobs?: string;
  readonly sampleRate?: number;
  readonly skipBad?: boolean;
  readonly format?: Format;
}

const BATCH_ROWS_MAX = 10_000;
const ANCHOR_ROWS_MAX = 65_536;
/** Anchored batches that are named on stdout. */
const ANCHORS_SHOWN_MAX = 20;
/** Rejected transactions that are named on stderr. */
const REJECTIONS_SHOWN_MAX = 20;

export function registerSubmit(program: Command): void {
  const command = program
    .command('submit')
    .description('sign the rows of a CSV, JSON lines or SenML file and follow them until they are final')
    .argument('<file>', '.csv, .jsonl, .ndjson, .json or .senml (SenML); - = stdin')
    .requiredOption('--key <file>', "the device's key file; one process at a time")
    .option('--outbox <dir>', 'where what is not final is kept (default: beside the key file)')
    .option('--stream <name>', 'name under which rows are counted, to resume (default: from path and first lines)')
    .option('--batch <n>', 'rows a transaction', integerFrom(1, BATCH_ROWS_MAX), 1)
    .option('--anchor <n>', 'only the root of every n rows goes on the ledger', integerFrom(1, ANCHOR_ROWS_MAX))
    .option('--blobs <dir>', 'where the rows of --anchor are kept: without them nothing of them can be shown')
    .option('--sample-rate <hz>', 'rows of --anchor a second (default: each row has its own time)', parsePositive)
    .option('--rate <n>', 'transactions a second (default: as fast as they are taken)', parsePositive)
    .addOption(
      new Option('--wait <stage>', 'end when all are').choices(['submitted', 'final', 'certified']).default('final'),
    )
    .option('--skip-bad', 'report rows that cannot be read and go on; without it the first one ends the run')
    .addOption(new Option('--format <format>', 'instead of what the extension says').choices(['csv', 'jsonl', 'senml']))
    .addHelpText('after', FORMAT_HELP)
    .action(run);
  withExamples(
    withNodes(command),
    'tangle submit rig-7.csv --key rig-7.key',
    'tangle submit rig-7.csv --key rig-7.key --batch 50 --node http://127.0.0.1:7410,http://127.0.0.1:7412',
    'tangle submit vibration.csv --key gearbox.key --anchor 20000 --blobs ./blobs --sample-rate 20000',
    'tail -f log.jsonl | tangle submit - --format jsonl --key rig-7.key',
  );
}

const FORMAT_HELP = `
CSV has a header row. A column time or timestamp (RFC 3339 or unix seconds, no zone = UTC) is the source time, without
it that is the time of sending; each other column is one reading of that name, a number or else a string; an empty cell
is none. An integer beyond 2^53 - 1 in magnitude, or -0, is kept as a string: as a number it would change. JSON lines are
objects of the same form. Run again after an interruption, it goes on where it was.`;

async function run(file: string, options: SubmitOptions, command: Command): Promise<void> {
  const output = outputOf(command);
  checkOptions(options);
  const [{ formatOf, readRows, streamNameOf }, { submitRows }, { Device, directoryBlobStore }] = await Promise.all([
    import('../submit/source.js'),
    import('../submit/submit.js'),
    import('@tangle/sdk/node'),
  ]);
  const format = formatOf(file, options.format);
  if (options.stream !== undefined && (options.stream === '' || options.stream.length > 256)) {
    throw usageError('invalid-argument', '--stream is 1 to 256 characters');
  }
  const stream = options.stream ?? (await streamNameOf(file));
  const key = await readKey(options.key);
  const connection = await connectionOf(options);
  const outbox = options.outbox ?? outboxOf(options.key, connection.genesisHash);

  const stop = abortedOnStop();
  const startedAtMs = performance.now();
  const { access, genesis, nodes, maxPayload } = connection;
  const device = await Device.open({ ...access, genesis, nodes, key: key.signer, outbox });
  const { rate = null, wait, skipBad = false, sampleRate = null } = options;
  const anchor =
    options.blobs === undefined
      ? null
      : { blobs: directoryBlobStore(path.resolve(options.blobs)), samplesPerSecond: sampleRate };
  const batch = options.anchor ?? options.batch;
  const rows = readRows(file, format, () => Date.now());
  const plan = { file, rows, device, stream, batch, rate, wait, skipBad, maxPayload, anchor };
  const { tally, failure } = await submitRows(plan, output, stop);
  await device.close();
  const durationMs = Math.round(performance.now() - startedAtMs);
  await output.result(summaryOf(tally, { file, device: device.id, stream, durationMs }), textOf(tally, wait));
  for (const line of describeRejections(tally, file)) output.note(line);
  const interruption = interruptionOf(stop);
  if (interruption !== null) {
    const message = `interrupted with ${device.open} transactions not ${wait}; run it again to go on`;
    throw new CliError('interrupted', message, exitCodeOf(interruption));
  }
  if (failure !== null) throw failure;
  if (tally.rejections > 0) {
    const codes = Object.entries(tally.rejected).map(([code, count]) => `${count} ${code}`);
    throw new CliError('transaction-rejected', `the ledger rejected ${codes.join(', ')}`, EXIT.refused, {
      rejected: tally.rejected,
    });
  }
}

function checkOptions({ anchor, blobs, sampleRate }: SubmitOptions): void {
  if ((anchor === undefined) !== (blobs === undefined)) {
    throw usageError(
      'missing-option',
      '--anchor and --blobs go together: how many rows a batch, and where they are kept',
    );
  }
  if (sampleRate !== undefined && anchor === undefined) {
    throw usageError('missing-option', '--sample-rate is for --anchor');
  }
}

/** Which rows the ledger rejected, a line each. A later run counts them as sent: this is where they are named. */
export function describeRejections({ rejectedRows, rejections }: Tally, file: string): string[] {
  const lines = rejectedRows.slice(0, REJECTIONS_SHOWN_MAX).map(({ lines: range, code, id }) => {
    if (range === null) return `rejected: transaction ${id} of an earlier run: ${code}`;
    const [from, to] = range;
    return `rejected: ${file}:${from === to ? from : `${from}-${to}`}: ${code}`;
  });
  if (rejections > lines.length) lines.push(`rejected: ${rejections - lines.length} more transactions`);
  return lines;
}

function summaryOf(tally: Tally, place: object): object {
  const { rows, readings, resumed, empty, bad, transactions, submitted, accepted } = tally;
  const { rejected, rejectedRows, rejections, anchoredRows, latenciesMs } = tally;
  return {
    ...place,
    rows,
    readings,
    resumed,
    empty,
    bad,
    transactions,
    submitted,
    accepted,
    rejected,
    rejectedRows,
    // `rejectedRows` is bounded.
    rejectedTransactions: rejections,
    anchoredRows,
    latencyMs: latenciesMs,
  };
}

function textOf(tally: Tally, wait: WaitStage): string {
  const { rows, readings, resumed, empty, bad, transactions, submitted, accepted, rejections } = tally;
  const { anchoredRows, latenciesMs } = tally;
  const left = [
    resumed > 0 ? `${resumed} sent by an earlier run` : '',
    bad > 0 ? `${bad} bad` : '',
    empty > 0 ? `${empty} empty` : '',
  ].filter((part) => part !== '');
  const lines = [
    `rows             ${rows} (${readings} readings)${left.length === 0 ? '' : `; left out: ${left.join(', ')}`}`,
  ];
  if (wait === 'submitted') lines.push(`transactions     ${transactions} signed, ${submitted} held by a node`);
  else lines.push(`transactions     ${transactions} signed, ${accepted} accepted, ${rejections} rejected`);
  if (latenciesMs !== null) {
    const { p50, p99, max } = latenciesMs;
    lines.push(`${`submit to ${wait}`.padEnd(15)}  p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`);
  }
  for (const {
    lines: [from, to],
    id,
  } of anchoredRows.slice(0, ANCHORS_SHOWN_MAX)) {
    lines.push(`rows ${from}-${to} are anchored in ${id}`);
  }
  return lines.join('\n');
}
