/** `tangle verify`: checks a proof with the genesis alone. No network, no node, no store. */
import { copyFile, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { AuditReport } from '@tangle/audit';
import { CliError, EXIT, usageError } from '../failure.js';
import { outputOf, withExamples } from '../options.js';
import { plain, table } from '../output.js';

interface VerifyOptions {
  readonly genesis?: string;
  readonly page?: string;
}

export function registerVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('check a proof file or range bundle with the genesis alone: offline, no node is asked')
    .argument('[file]', '.tlog-proof or .tangle-range')
    .option('--genesis <file>', "the network's genesis file: all that is trusted")
    .option('--page <out>', 'instead write the page that checks proofs in a browser, as one .html file')
    .action(run);
  withExamples(
    command,
    'tangle verify reading.tlog-proof --genesis genesis.json',
    'tangle verify march.tangle-range --genesis genesis.json --json',
    'tangle verify --page tangle-verifier.html',
  );
}

async function run(file: string | undefined, { genesis, page }: VerifyOptions, command: Command): Promise<void> {
  if (page !== undefined) {
    if (file !== undefined) throw usageError('conflicting-option', 'a FILE and --page');
    return writePage(page, command);
  }
  if (file === undefined) throw usageError('missing-argument', 'name the FILE to check, or --page');
  if (genesis === undefined) throw usageError('missing-option', '--genesis FILE: what else should be trusted?');
  const [{ judge, reportOf }, { sodiumCrypto }, { verdictToJson }] = await Promise.all([
    import('@tangle/audit'),
    import('@tangle/node'),
    import('../render-verdict.js'),
  ]);
  const [bytes, genesisBytes] = await Promise.all([readBounded(file), readBounded(genesis)]);
  const verdict = judge({ file: bytes, genesis: genesisBytes }, sodiumCrypto);
  const report = reportOf(verdict);
  await outputOf(command).result({ file, genesis, ...verdictToJson(verdict, report) }, reportText(report));
  if (verdict.ok) return;
  const { check, reason, line } = verdict.failed;
  throw new CliError('verification-failed', `${file}: ${check}: ${report.explanation}`, EXIT.verification, {
    check,
    reason,
    line,
  });
}

/** A report for a terminal. What stands in it may come from a stranger's file. */
export function reportText({ headline, explanation, facts, table: rows, checks, limits }: AuditReport): string {
  const sections = [`${plain(headline)}\n${plain(explanation)}`];
  if (rows !== null) sections.push(indented(table([rows.columns, ...rows.rows].map((row) => row.map(plain)))));
  if (facts.length > 0) sections.push(indented(table(facts.map(({ label, value }) => [label, plain(value)]))));
  const lines = checks.map(({ title, status, detail }) => [
    status === 'passed' ? 'ok' : 'FAILED',
    title,
    plain(detail),
  ]);
  sections.push(`Checks:\n${indented(table(lines))}`);
  if (limits.length > 0) sections.push(`It does not say:\n${indented(limits.join('\n'))}`);
  return sections.join('\n\n');
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

/** Throws `file-too-large`, or what the system says. */
async function readBounded(file: string): Promise<Uint8Array> {
  const { FILE_BYTES_MAX } = await import('@tangle/audit');
  const { size } = await stat(file);
  if (size > FILE_BYTES_MAX) {
    throw new CliError('file-too-large', `${file} has ${size} bytes; a proof or genesis has at most ${FILE_BYTES_MAX}`);
  }
  return readFile(file);
}

/** Throws `not-built` where the page was never made. */
async function writePage(out: string, command: Command): Promise<void> {
  const { PAGE_URL } = await import('@tangle/verifier');
  const page = fileURLToPath(PAGE_URL);
  await copyFile(page, out);
  await outputOf(command).result({ page: out }, out);
}
