/** Finds the line of a file that a failed check is about, for the people who look for it. */
import type { Check, CheckFailure } from './checks.js';

/** What the checkpoint's own lines are called in reasons, in their order. */
const CHECKPOINT_FIELDS = ['origin', 'size', 'root', 'extension lines'];
/** What the first lines of a range bundle are called in reasons, in their order. */
const RANGE_HEAD_FIELDS = ['first line', 'device', 'from', 'to'];
/** Checks of what stands in the `extra` line of a proof. */
const EXTRA_CHECKS: ReadonlySet<Check> = new Set([
  'leaf-form',
  'record',
  'network',
  'transaction-form',
  'transaction-signature',
  'reading-form',
  'reading-path',
]);

/** Line from 1, or null where the failure is about none in particular. */
export function lineOfProof(text: string, failure: CheckFailure): number | null {
  const { check, reason } = failure;
  const lines = headOf(text);
  const indexLine = lines.findIndex((line) => line.startsWith('index '));
  if (EXTRA_CHECKS.has(check) || reason.field === 'extra') return lineOfPrefix(lines, 'extra ');
  if (reason.field === 'first line') return 1;
  if (reason.field === 'index') return indexLine < 0 ? null : indexLine + 1;
  if (check === 'path') return indexLine < 0 ? null : indexLine + 2;
  const hash = /^path\[([0-9]+)\]$/.exec(reason.field);
  if (hash !== null) return indexLine + 2 + Number(hash[1]);
  return lineOfCheckpoint(text, failure);
}

/** The same for a range bundle, whose reasons name the lines of its head themselves. */
export function lineOfRange(text: string, failure: CheckFailure): number | null {
  const { field } = failure.reason;
  const ofHead = RANGE_HEAD_FIELDS.indexOf(field);
  if (ofHead >= 0) return ofHead + 1;
  const line = /^line ([0-9]+)/.exec(field);
  if (line !== null) return Number(line[1]);
  const leaf = /^leaf ([0-9]+)/.exec(field);
  if (leaf !== null) return lineOfPrefix(headOf(text), `leaf ${leaf[1]} `);
  return lineOfCheckpoint(text, failure);
}

function lineOfCheckpoint(text: string, { check, reason }: CheckFailure): number | null {
  // A file without its form may be all lines: more than memory has room for.
  if (check === 'file-form') return null;
  const start = headOf(text).length + 2;
  const signature = /^signatures\[([0-9]+)\]/.exec(reason.field);
  if (signature !== null) {
    const checkpoint = text.split('\n').slice(start - 1);
    return start + checkpoint.lastIndexOf('', -2) + 1 + Number(signature[1]);
  }
  if (check === 'origin') return start;
  const field = CHECKPOINT_FIELDS.indexOf(reason.field);
  return check === 'checkpoint-form' && field >= 0 ? start + field : null;
}

/** The lines before the checkpoint. */
function headOf(text: string): string[] {
  const split = text.indexOf('\n\n');
  return (split < 0 ? text : text.slice(0, split)).split('\n');
}

function lineOfPrefix(lines: readonly string[], prefix: string): number | null {
  const place = lines.findIndex((line) => line.startsWith(prefix));
  return place < 0 ? null : place + 1;
}
