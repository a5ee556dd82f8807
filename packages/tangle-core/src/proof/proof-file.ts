/**
 * C2SP tlog-proof v1: an index, a Merkle path and a signed checkpoint in one text file, and in our `extra` line the
 * leaf that they prove (extra.ts). One byte-form only: what reads differently in another tool is refused. Whether it
 * holds is for verify.ts.
 */
import type { Refusal } from '../codec/reasons.js';
import type { Result } from '../result.js';
import { invariant } from '../assert.js';
import { excerpt } from '../codec/reasons.js';
import { decodeBase64, encodeBase64 } from '../log/base64.js';
import { HASH_BYTES } from '../log/merkle.js';
import { NOTE_LENGTH_MAX } from '../log/note.js';
import { isPlainText, parseDecimal } from '../log/text.js';
import { fail, ok } from '../result.js';

/** Name of a file that holds one proof. */
export const PROOF_FILE_EXTENSION = '.tlog-proof';
/** Hashes of the longest path: a tree of u64 leaves is 64 levels high. */
export const PATH_HASHES_MAX = 64;
/** Characters of a whole proof file: a note, and more than the largest leaf and the longest path take. */
export const PROOF_LENGTH_MAX = NOTE_LENGTH_MAX + 400_000;

/** The first line of every proof file. */
export const PROOF_HEADER = 'c2sp.org/tlog-proof@v1';

export interface ProofFile {
  /** Bytes of the `extra` line; null where there is none. Not authenticated by the format itself. */
  readonly extra: Uint8Array | null;
  /** Position of the leaf, any u64. */
  readonly index: bigint;
  /** 32 bytes each, the leaf's sibling first. */
  readonly path: readonly Uint8Array[];
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string;
}

export type ProofFileReason = Refusal<'malformed' | 'too-large'>;

/** Text to the parts of a proof, by form alone; the checkpoint stays text. */
export function parseProofFile(text: string): Result<ProofFile, ProofFileReason> {
  if (text.length > PROOF_LENGTH_MAX) {
    return refuse('too-large', 'file', `${text.length} characters`, `at most ${PROOF_LENGTH_MAX}`);
  }
  if (!isPlainText(text)) return refuse('malformed', 'file', 'a control character', 'UTF-8 without control characters');
  // No line of the head is empty, so the first empty line ends it; the checkpoint has one of its own.
  const split = text.indexOf('\n\n');
  if (split < 0) return refuse('malformed', 'file', 'no empty line', 'an empty line before the checkpoint');
  const [header = '', ...lines] = text.slice(0, split).split('\n');
  if (header !== PROOF_HEADER) return refuse('malformed', 'first line', excerpt(header), PROOF_HEADER);
  const extraText = lines[0]?.startsWith('extra ') ? lines.shift()?.slice('extra '.length) : undefined;
  const extra = extraText === undefined ? null : decodeBase64(extraText);
  if (extraText !== undefined && (extra === null || extra.length === 0)) {
    return refuse('malformed', 'extra', excerpt(extraText), 'canonical base 64');
  }
  const indexLine = lines.shift() ?? '';
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : null;
  if (index === null) {
    return refuse('malformed', 'index', excerpt(indexLine), 'index and a decimal without leading zeros');
  }
  if (lines.length > PATH_HASHES_MAX) {
    return refuse('malformed', 'path', `${lines.length} hashes`, `at most ${PATH_HASHES_MAX}`);
  }
  const path: Uint8Array[] = [];
  for (const [place, line] of lines.entries()) {
    const hash = decodeBase64(line);
    if (hash?.length !== HASH_BYTES) {
      return refuse('malformed', `path[${place}]`, excerpt(line), 'canonical base 64 of 32 bytes');
    }
    path.push(hash);
  }
  return ok({ extra, index, path, checkpoint: text.slice(split + 2) });
}

/** The file's text. Throws InvariantError on parts that no proof file can hold. */
export function formatProofFile(file: ProofFile): string {
  const { extra, index, path, checkpoint } = file;
  invariant(index >= 0n, `${index} is no index`);
  invariant(path.length <= PATH_HASHES_MAX, `a path of ${path.length} hashes`);
  invariant(
    path.every(({ length }) => length === HASH_BYTES),
    `a path consists of hashes of ${HASH_BYTES} bytes`,
  );
  invariant(extra === null || extra.length > 0, 'an extra line holds something');
  const lines = [
    PROOF_HEADER,
    ...(extra === null ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...path.map(encodeBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

function refuse(
  code: ProofFileReason['code'],
  field: string,
  found: string | number,
  allowed: string,
): Result<never, ProofFileReason> {
  return fail({ code, field, found, allowed });
}
