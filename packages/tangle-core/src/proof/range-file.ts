/**
 * A range bundle: every entry of a device in a span of commit time, in one text file. Lines, one byte-form only, in the
 * manner of the C2SP formats; the leaves share their hashes (multi-proof.ts). Whether it holds is for verify-range.ts.
 *
 *   tangle-ledger/range-bundle@v1
 *   device <did:key>
 *   from <unix ms>
 *   to <unix ms>
 *   leaf <position> <base 64>     ascending: the records that bracket the span, and the device's entries
 *   hash <base 64>                what the leaves leave out of the tree, from left to right
 *   (empty line)
 *   <the signed checkpoint>
 */
import type { Refusal } from '../codec/reasons.js';
import type { DeviceId, UnixMs } from '../ids.js';
import type { Result } from '../result.js';
import { excerpt } from '../codec/reasons.js';
import { TIMESTAMP_MS_MAX } from '../ids.js';
import { decodeBase64, encodeBase64 } from '../log/base64.js';
import { HASH_BYTES } from '../log/merkle.js';
import { isPlainText, parseDecimal } from '../log/text.js';
import { parseDeviceId } from '../model/did-key.js';
import { fail, ok } from '../result.js';

/** Name of a file that holds one range bundle. */
export const RANGE_FILE_EXTENSION = '.tangle-range';
/** Characters of a whole bundle: a day of one reading a second fits. */
export const RANGE_LENGTH_MAX = 128 * 1024 * 1024;
/** Leaves of a bundle: each is verified, and its transaction's signature with it. */
export const RANGE_LEAVES_MAX = 131_072;

/** The first line of every range bundle. */
export const RANGE_HEADER = 'tangle-ledger/range-bundle@v1';

/** A leaf in its place. */
export interface PlacedLeaf {
  /** Index in the log. */
  readonly position: number;
  /** The leaf's bytes. */
  readonly leaf: Uint8Array;
}

export interface RangeFile {
  readonly device: DeviceId;
  /** The span of commit time, from <= t < to. */
  readonly fromMs: UnixMs;
  readonly toMs: UnixMs;
  /** Ascending positions. */
  readonly leaves: readonly PlacedLeaf[];
  /** 32 bytes each. */
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string;
}

export type RangeFileReason = Refusal<'malformed' | 'too-large'>;

/** Lines before the leaves. */
const HEAD_LINES = 4;

/** Text to the parts of a bundle, by form alone; the checkpoint stays text. */
export function parseRangeFile(text: string): Result<RangeFile, RangeFileReason> {
  if (text.length > RANGE_LENGTH_MAX) {
    return refuse('too-large', 'file', `${text.length} characters`, `at most ${RANGE_LENGTH_MAX}`);
  }
  if (!isPlainText(text)) return refuse('malformed', 'file', 'a control character', 'UTF-8 without control characters');
  const split = text.indexOf('\n\n');
  if (split < 0) return refuse('malformed', 'file', 'no empty line', 'an empty line before the checkpoint');
  const lines = linesOf(text, split);
  const next = (): string => lines.next().value ?? '';
  const header = next();
  if (header !== RANGE_HEADER) return refuse('malformed', 'first line', excerpt(header), RANGE_HEADER);
  const deviceLine = next();
  const device = parseDeviceId(valueOf(deviceLine, 'device') ?? deviceLine, 'device');
  if (!device.ok) return device;
  const fromLine = next();
  const fromMs = parseTime(valueOf(fromLine, 'from'));
  if (fromMs === null) return refuse('malformed', 'from', excerpt(fromLine), TIME_ALLOWED);
  const toLine = next();
  const toMs = parseTime(valueOf(toLine, 'to'));
  if (toMs === null) return refuse('malformed', 'to', excerpt(toLine), TIME_ALLOWED);

  const leaves: PlacedLeaf[] = [];
  const hashes: Uint8Array[] = [];
  let lineNumber = HEAD_LINES;
  for (const line of lines) {
    const field = `line ${++lineNumber}`;
    const hash = decodeBase64(valueOf(line, 'hash') ?? '');
    const leaf = parseLeaf(valueOf(line, 'leaf'));
    if (hash?.length === HASH_BYTES) {
      hashes.push(hash);
      continue;
    }
    if (leaf === null || hashes.length > 0) {
      return refuse('malformed', field, excerpt(line), 'leaf, position and base 64, or after those hash and base 64');
    }
    if (leaf.position <= (leaves.at(-1)?.position ?? -1)) {
      return refuse('malformed', field, `position ${leaf.position}`, 'above that of the leaf before');
    }
    if (leaves.length >= RANGE_LEAVES_MAX) return refuse('too-large', field, 'a leaf', `at most ${RANGE_LEAVES_MAX}`);
    leaves.push(leaf);
  }
  return ok({ device: device.value.deviceId, fromMs, toMs, leaves, hashes, checkpoint: text.slice(split + 2) });
}

/** The bundle's text. */
export function formatRangeFile({ device, fromMs, toMs, leaves, hashes, checkpoint }: RangeFile): string {
  const lines = [
    RANGE_HEADER,
    `device ${device}`,
    `from ${fromMs}`,
    `to ${toMs}`,
    ...leaves.map(({ position, leaf }) => `leaf ${position} ${encodeBase64(leaf)}`),
    ...hashes.map((hash) => `hash ${encodeBase64(hash)}`),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

const TIME_ALLOWED = 'unix milliseconds as a decimal without leading zeros';

/** One after the other: a stranger's file may have more lines than memory has room for. */
function* linesOf(text: string, end: number): Generator<string, undefined> {
  for (let start = 0; start <= end;) {
    const feed = Math.min(end, text.indexOf('\n', start));
    yield text.slice(start, feed);
    start = feed + 1;
  }
}

function valueOf(line: string, name: string): string | null {
  return line.startsWith(`${name} `) ? line.slice(name.length + 1) : null;
}

function parseTime(text: string | null): UnixMs | null {
  const value = text === null ? null : parseDecimal(text, BigInt(TIMESTAMP_MS_MAX) + 1n);
  return value === null ? null : Number(value);
}

function parseLeaf(text: string | null): PlacedLeaf | null {
  if (text === null) return null;
  const [positionText = '', base64 = '', ...more] = text.split(' ');
  const position = parseDecimal(positionText, BigInt(Number.MAX_SAFE_INTEGER));
  const leaf = decodeBase64(base64);
  if (position === null || leaf === null || leaf.length === 0 || more.length > 0) return null;
  return { position: Number(position), leaf };
}

function refuse(
  code: RangeFileReason['code'],
  field: string,
  found: string,
  allowed: string,
): { readonly ok: false; readonly reason: RangeFileReason } {
  return fail({ code, field, found, allowed });
}
