/**
 * C2SP tlog-checkpoint: origin, size and root of the log in three lines of text. We write no extension lines (PROTOCOL
 * 11): cosigners would sign them, auditors could not check them. Signatures are for note.ts.
 */
import type { Refusal } from '../codec/reasons.js';
import type { Result } from '../result.js';
import { invariant } from '../assert.js';
import { excerpt } from '../codec/reasons.js';
import { fail, ok } from '../result.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { HASH_BYTES } from './merkle.js';
import { isPlainText, parseDecimal, U64_MAX } from './text.js';

export interface Checkpoint {
  /** Which log: for a network's own see `networkKeys`. */
  readonly origin: string;
  /** Leaves, any u64. */
  readonly size: bigint;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** A checkpoint as read: others may write extension lines. */
export interface ParsedCheckpoint extends Checkpoint {
  readonly extensions: readonly string[];
}

export type CheckpointReason = Refusal<'malformed'>;

/** The text that log and cosigners sign. Throws InvariantError on fields that no checkpoint can hold. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root } = checkpoint;
  invariant(origin !== '' && isPlainText(origin) && !origin.includes('\n'), 'an origin is one line of plain text');
  invariant(size >= 0n && size <= U64_MAX, `${size} is no size of a log`);
  invariant(root.length === HASH_BYTES, `a root has ${HASH_BYTES} bytes, not ${root.length}`);
  return `${origin}\n${size}\n${encodeBase64(root)}\n`;
}

/** The text of a note to a checkpoint; one byte-form only. Refuses with `malformed`. */
export function parseCheckpoint(text: string): Result<ParsedCheckpoint, CheckpointReason> {
  if (!text.endsWith('\n') || !isPlainText(text)) {
    return refuse('checkpoint', 'another text', 'lines of plain text, each with its line feed');
  }
  const [origin = '', sizeText = '', rootText = '', ...extensions] = text.slice(0, -1).split('\n');
  if (origin === '') return refuse('origin', 'an empty line', 'the name of the log');
  const size = parseDecimal(sizeText);
  if (size === null) return refuse('size', excerpt(sizeText), 'a decimal without leading zeros, at most 2^64 - 1');
  const root = decodeBase64(rootText);
  if (root?.length !== HASH_BYTES) return refuse('root', excerpt(rootText), 'canonical base 64 of 32 bytes');
  if (extensions.includes('')) return refuse('extension lines', 'an empty line', 'lines that are not empty');
  return ok({ origin, size, root, extensions });
}

function refuse(field: string, found: string, allowed: string): Result<never, CheckpointReason> {
  return fail({ code: 'malformed', field, found, allowed });
}
