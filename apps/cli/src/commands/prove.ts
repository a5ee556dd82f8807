/** `tangle prove`: a file that proves a transaction, one sample of a batch, or all a device did in a span of time. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Reader } from '@tangle/sdk';
import { deviceIdFrom } from '../connect.js';
import { exists } from '../data-directory.js';
import { codeOf, usageError } from '../failure.js';
import {
  DATA_DIRECTORY_DEFAULT,
  integerFrom,
  outputOf,
  parseTimeOption,
  parseTransactionId,
  withExamples,
  withNodes,
  type NodeOptions,
} from '../options.js';

interface ProveOptions extends NodeOptions {
  readonly out: string;
  readonly reading?: number;
  readonly blobs?: string;
  readonly rawEntry?: string;
  readonly device?: string;
  readonly from?: number;
  readonly to?: number;
  readonly wait: number;
}

const READING_INDEX_MAX = 65_535;
const WAIT_SECONDS_DEFAULT = 10;
const WAIT_SECONDS_MAX = 3_600;
const POLL_MS = 100;
/** Answers of a node that will change by themselves. */
const NOT_YET: ReadonlySet<string | undefined> = new Set(['not-final', 'not-certified', 'nothing-certified']);

export function registerProve(program: Command): void {
  const command = program
    .command('prove')
    .description('write a proof file that anyone checks with the genesis alone; it is checked before it is written')
    .argument('[id]', 'transaction: 64 lower-case hex digits', parseTransactionId)
    .requiredOption('--out <file>', 'where the proof goes')
    .option('--reading <k>', 'of an anchored batch, sample K alone, from 0', integerFrom(0, READING_INDEX_MAX))
    .option('--blobs <dir>', 'where the data of batches is kept')
    .option('--raw-entry <file>', "also the bytes of the log's entry, for other people's tools")
    .option('--device <device>', 'instead of ID: everything of this device in a span, and that nothing is left out')
    .option('--from <time>', 'commit time, from <= t < to (default: the beginning)', parseTimeOption)
    .option('--to <time>', 'commit time (default: now)', parseTimeOption)
    .option(
      '--wait <seconds>',
      'for a transaction that is not certified yet',
      integerFrom(0, WAIT_SECONDS_MAX),
      WAIT_SECONDS_DEFAULT,
    )
    .action(run);
  withExamples(
    withNodes(command),
    'tangle prove 3f0c...e1 --out reading.tlog-proof',
    'tangle prove 3f0c...e1 --reading 12345 --blobs ./blobs --out sample.tlog-proof',
    'tangle prove --device rig-7.key --from 2026-03-01T00:00:00Z --to 2026-04-01T00:00:00Z --out march.tangle-range',
  );
}

async function run(id: string | undefined, options: ProveOptions, command: Command): Promise<void> {
  checkOptions(id, options);
  const genesis = await genesisFileOf(options.genesis);
  const [{ openReader }, { reportOf }, { verdictToJson }] = await Promise.all([
    import('../connect.js'),
    import('@tangle/audit'),
    import('../render-verdict.js'),
  ]);
  using reader = await openReader({ ...options, genesis });
  const { text, verdict } = id === undefined ? await proveRange(reader, options) : await proveOne(reader, id, options);
  if (options.rawEntry !== undefined && verdict.kind === 'proof') {
    const { rawEntryOf } = await import('../raw-entry.js');
    await writeFile(options.rawEntry, rawEntryOf(verdict.proof));
  }
  await writeFile(options.out, text, { flush: true });
  const report = reportOf(verdict);
  const output = outputOf(command);
  const bytes = Buffer.byteLength(text);
  await output.result(
    { out: options.out, bytes, ...verdictToJson(verdict, report) },
    `${options.out} (${bytes} bytes): ${report.headline}`,
  );
  output.note(`check it: tangle verify ${options.out} --genesis ${genesis}`);
}

function checkOptions(id: string | undefined, { device, reading, blobs, rawEntry, from, to }: ProveOptions): void {
  if ((id === undefined) === (device === undefined)) {
    throw usageError('missing-argument', 'either the ID of a transaction, or --device');
  }
  if (device !== undefined && (reading !== undefined || rawEntry !== undefined)) {
    throw usageError('conflicting-option', '--device with --reading or --raw-entry: those are of one transaction');
  }
  if (id !== undefined && (from !== undefined || to !== undefined)) {
    throw usageError('conflicting-option', 'an ID with --from or --to: those are of a --device');
  }
  if (reading !== undefined && blobs === undefined) {
    throw usageError('missing-option', '--reading needs --blobs DIR: the ledger holds the root of a batch alone');
  }
}

async function proveOne(reader: Reader, id: string, { reading, blobs, wait }: ProveOptions) {
  const { directoryBlobStore } = await import('@tangle/sdk/node');
  const wanted =
    reading === undefined || blobs === undefined ? {} : { reading, blobs: directoryBlobStore(path.resolve(blobs)) };
  return patiently(wait, () => reader.proof(id, wanted));
}

async function proveRange(reader: Reader, { device = '', from = 0, to = Date.now(), wait }: ProveOptions) {
  const id = await deviceIdFrom(device);
  return patiently(wait, () => reader.rangeBundle(id, { from, to }));
}

/** Tries again while the nodes say that it is too early. */
async function patiently<Value>(seconds: number, attempt: () => Promise<Value>): Promise<Value> {
  const deadlineMs = performance.now() + seconds * 1_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!NOT_YET.has(codeOf(error)) || performance.now() >= deadlineMs) throw error;
      await sleep(POLL_MS);
    }
  }
}

/** A proof is judged by the committee: its keys are in the file, not in the hash. */
async function genesisFileOf(genesis: string | undefined): Promise<string> {
  if (genesis !== undefined) return genesis;
  const file = path.join(DATA_DIRECTORY_DEFAULT, 'genesis.json');
  if (await exists(file)) return file;
  throw usageError('genesis-needed', `--genesis FILE: a proof is checked before it is written (no ${file} here)`);
}
