/**
 * The last act: a proof of one reading, checked with the genesis alone, and then with one byte changed in each of its
 * parts. What a change is caught by is looked up in the verdict, not assumed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reader } from '@tangle/sdk';
import { judge, reportOf, type AuditReport } from '@tangle/audit';
import { present } from '@tangle/core/assert';
import { SIGNATURE_BYTES } from '@tangle/core/ids';
import { decodeBase64, encodeBase64 } from '@tangle/core/log';
import { decodeExtra } from '@tangle/core/proof';
import { sodiumCrypto } from '@tangle/node';
import { CliError, codeOf, EXIT } from '../failure.js';

export interface Proving {
  readonly file: string;
  readonly bytes: number;
  /** Of the proof as it was written. */
  readonly report: AuditReport;
  readonly changes: readonly Change[];
}

/** One byte changed in one part of the proof or of the genesis. */
export interface Change {
  readonly part: string;
  /** Name of the check that failed. */
  readonly check: string;
  readonly title: string;
  readonly explanation: string;
}

/** Where in a line of the proof a byte is changed. */
interface Target {
  readonly part: string;
  readonly line: (lines: readonly string[]) => number;
  /** How much of the line goes before its base 64. */
  readonly prefix: (line: string) => string;
  /** Which of its bytes is changed. */
  readonly at: (bytes: Uint8Array) => number;
}

const CERTIFIED_DEADLINE_MS = 10_000;
const POLL_MS = 20;

const TARGETS: readonly Target[] = [
  {
    part: 'the entry (the reading itself)',
    line: (lines) => lineOf(lines, 'extra '),
    prefix: () => 'extra ',
    at: lastOfPayload,
  },
  { part: 'the path to the root', line: (lines) => lineOf(lines, 'index ') + 1, prefix: () => '', at: middle },
  { part: 'the root in the checkpoint', line: (lines) => lines.indexOf('') + 3, prefix: () => '', at: middle },
  {
    part: 'the cosignature of a validator',
    line: (lines) => lines.length - 2,
    prefix: (line) => line.slice(0, line.lastIndexOf(' ') + 1),
    at: (bytes) => bytes.length - 1,
  },
];

/** Writes the proof of a final transaction and shows what it is worth. Throws `demo-check-failed`. */
export async function prove(id: string, reader: Reader, genesisFile: string, directory: string): Promise<Proving> {
  const file = path.join(directory, 'reading.tlog-proof');
  const { text } = await whenCertified(() => reader.proof(id));
  await writeFile(file, text);

  // From here on only the two files count.
  const [proof, genesis] = await Promise.all([readFile(file, 'utf8'), readFile(genesisFile, 'utf8')]);
  const report = reportOfFiles(proof, genesis);
  if (report.verdict !== 'proven') throw failed(`the proof of ${id} does not verify: ${report.explanation}`);
  const changes = [
    ...TARGETS.map((target) => changeOf(target.part, reportOfFiles(changed(proof, target), genesis))),
    changeOf('the genesis (a letter of its name)', reportOfFiles(proof, renamed(genesis))),
  ];
  return { file, bytes: Buffer.byteLength(proof), report, changes };
}

/** The last act in words. */
export function describeProving({ file, bytes, report, changes }: Proving, genesisFile: string): string[] {
  const width = Math.max(...changes.map(({ part }) => part.length));
  return [
    `\nA proof of this reading, ${bytes} bytes, checked with the genesis file alone; no node is asked:`,
    `  ${report.headline}`,
    `  ${report.explanation}`,
    'One byte changed in each part of the two files, and what does not hold any more:',
    ...changes.map(({ part, title }) => `  ${part.padEnd(width)}  not proven: ${title}`),
    `Check it yourself: npx tangle verify ${file} --genesis ${genesisFile}`,
  ];
}

function reportOfFiles(proof: string, genesis: string): AuditReport {
  const bytes = new TextEncoder();
  return reportOf(judge({ file: bytes.encode(proof), genesis: bytes.encode(genesis) }, sodiumCrypto));
}

function changeOf(part: string, { verdict, checks, explanation }: AuditReport): Change {
  const last = checks.at(-1);
  if (verdict !== 'refused' || last === undefined) throw failed(`a changed byte in ${part} was not noticed`);
  return { part, check: last.name, title: last.title, explanation };
}

/** The proof with one byte of a part changed, in the one form that its line has. */
function changed(proof: string, { line, prefix, at }: Target): string {
  const lines = proof.split('\n');
  const place = line(lines);
  const text = present(lines[place], 'a proof has the line');
  const head = prefix(text);
  const bytes = Uint8Array.from(present(decodeBase64(text.slice(head.length)), 'the line holds base 64'));
  const byte = at(bytes);
  bytes[byte] = (bytes[byte] ?? 0) ^ 1;
  lines[place] = head + encodeBase64(bytes);
  return lines.join('\n');
}

function middle(bytes: Uint8Array): number {
  return bytes.length >> 1;
}

/** Of an `extra` line: the last byte that the device signed. */
function lastOfPayload(bytes: Uint8Array): number {
  const extra = decodeExtra(bytes);
  if (!extra.ok) throw failed('the extra line of a good proof cannot be read');
  const { leaf } = extra.value;
  return leaf.byteOffset - bytes.byteOffset + leaf.length - SIGNATURE_BYTES - 1;
}

function lineOf(lines: readonly string[], start: string): number {
  return lines.findIndex((line) => line.startsWith(start));
}

function renamed(genesis: string): string {
  return genesis.replace(/("name": *")(.)/, (_, before: string, letter: string) => {
    return before + (letter === 'x' ? 'y' : 'x');
  });
}

async function whenCertified<Value>(attempt: () => Promise<Value>): Promise<Value> {
  const deadlineMs = performance.now() + CERTIFIED_DEADLINE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (codeOf(error) !== 'not-certified' || performance.now() > deadlineMs) throw error;
      await sleep(POLL_MS);
    }
  }
}

function failed(message: string): CliError {
  return new CliError('demo-check-failed', message, EXIT.failed);
}
