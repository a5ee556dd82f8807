/** `tangle fsck`: checks the ledger of a stopped node, record by record and as a whole. */
import type { Command } from 'commander';
import type { FsckFinding, FsckReport } from '@tangle/node/store';
import { CliError, EXIT, usageError } from '../failure.js';
import { outputOf, withExamples } from '../options.js';
import { plain } from '../output.js';

interface FsckOptions {
  readonly genesis?: string;
  readonly repair?: boolean;
  readonly resync?: boolean;
}

/** Findings that are told to people; `--json` has more. */
const FINDINGS_SHOWN_MAX = 50;

export function registerFsck(program: Command): void {
  const command = program
    .command('fsck')
    .description('check the ledger of a stopped node: every record, hash, digest, root and tile')
    .argument('<dir>', "a node's directory (with config.json) or data directory")
    .option('--genesis <file>', "the network's genesis (default: what config.json names)")
    .option('--repair', 'drop bad records that follow from others: the next start makes them again')
    .option('--resync', 'set a ledger aside that only other nodes can mend: the next start fetches it from them')
    .action(run);
  withExamples(
    command,
    'tangle fsck net/node-0',
    'tangle fsck net/node-0 --repair --json',
    'tangle fsck net/node-0 --resync',
  );
}

async function run(directory: string, options: FsckOptions, command: Command): Promise<void> {
  const [{ locateDataDirectory }, { fsck, REMEDIES, setLedgerAside }, { loadGenesis }, { sodiumCrypto }] =
    await Promise.all([
      import('../data-directory.js'),
      import('@tangle/node/store'),
      import('@tangle/node/config'),
      import('@tangle/node'),
    ]);
  const { dataDirectory, genesisFile } = await locateDataDirectory(directory, options.genesis);
  const genesis = await loadGenesis(genesisFile);
  const { repair = false, resync = false } = options;
  if (resync && genesis.committee.size === 1) {
    throw usageError('no-peers', '--resync: this network has one validator, nobody to fetch from; see tangle restore');
  }
  const report = await fsck({ directory: dataDirectory, genesis, crypto: sodiumCrypto, repair });
  const left = repair ? report.findings.filter(({ remedy }) => remedy !== 'rebuild') : report.findings;
  const worst = left.find(({ remedy }) => remedy === 'resync') ?? left[0];
  const setAside = resync && worst?.remedy === 'resync' ? await setLedgerAside(dataDirectory) : null;

  const output = outputOf(command);
  const result = { directory: dataDirectory, ok: report.findingCount === 0, ...report, setAside };
  await output.result(result, summaryOf(report));
  for (const finding of report.findings.slice(0, FINDINGS_SHOWN_MAX)) output.note(describe(finding));
  if (report.findingCount > FINDINGS_SHOWN_MAX) {
    output.note(`and ${report.findingCount - FINDINGS_SHOWN_MAX} more; --json lists the first thousand`);
  }
  if (setAside !== null) {
    output.note(`the ledger was moved to ${setAside}: start the node, and it fetches everything from its peers`);
    return;
  }
  if (worst === undefined) return;
  const message = `${report.findingCount} findings in ${dataDirectory}. What to do: ${REMEDIES[worst.remedy]}`;
  throw new CliError('ledger-damaged', message, EXIT.verification, { findings: report.findingCount });
}

function summaryOf({ records, commits, leaves, findingCount, dropped }: FsckReport): string {
  const looked = `${records} records, ${commits} commits, ${leaves} leaves of the log`;
  if (findingCount === 0) return `nothing wrong: ${looked}`;
  return `${findingCount} findings${dropped === 0 ? '' : `, ${dropped} records dropped`}: ${looked}`;
}

function describe({ code, keySpace, key, what }: FsckFinding): string {
  const place = [keySpace ?? '', key ?? ''].filter((part) => part !== '').join(' ');
  return plain(`${code}${place === '' ? '' : ` (${place})`}: ${what}`);
}
