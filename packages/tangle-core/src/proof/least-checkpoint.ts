/** A checkpoint with no more signature lines than a file needs: what cannot be missed cannot be changed unseen either. */
import type { Crypto } from '../crypto/crypto.js';
import type { Digest } from '../ids.js';
import type { NoteReason } from '../log/note.js';
import type { Cosignature, TreeHead } from '../log/tree-head.js';
import type { Genesis } from '../model/genesis.js';
import type { Result } from '../result.js';
import { cosignatureTime } from '../log/cosignature.js';
import { leastCosignatures } from '../log/least-cosignatures.js';
import { networkKeys } from '../log/network-keys.js';
import { formatNote, parseNote } from '../log/note.js';
import { ok } from '../result.js';

/**
 * The note with the first log signature and the fewest cosignatures that a proof needs. No signature is verified: lines
 * of unknown keys go, and what is too little stays too little.
 */
export function leastCheckpoint(text: string, genesis: Genesis, crypto: Crypto): Result<string, NoteReason> {
  const note = parseNote(text);
  if (!note.ok) return note;
  const { logKeys, cosignerKeys } = networkKeys(genesis, crypto);
  const isBy = (line: { readonly name: string; readonly keyId: string }, key: typeof line | undefined): boolean =>
    key?.name === line.name && key.keyId === line.keyId;
  const { signatures } = note.value;
  const logLine = signatures.filter((line) => logKeys.some((key) => isBy(line, key))).slice(0, 1);
  const cosignatures = cosignerKeys.flatMap((key, validator): Cosignature[] => {
    const line = signatures.find((candidate) => isBy(candidate, key));
    if (line === undefined || cosignatureTime(line.signature) === null) return [];
    return [{ ...ANY_HEAD, validator, signature: line.signature }];
  });
  if (logLine.length === 0 || cosignatures.length === 0) return ok(text);
  const least = leastCosignatures({ ...ANY_HEAD, cosignatures, time: 0n }, genesis.committee);
  const chosen = least.cosignatures.map(({ validator }) => cosignerKeys[validator]);
  const cosignatureLines = signatures.filter((line) => chosen.some((key) => isBy(line, key)));
  return ok(formatNote({ text: note.value.text, signatures: [...logLine, ...cosignatureLines] }));
}

/** All lines are about the one text of the note: its size and root play no part in the choice. */
const ANY_HEAD: TreeHead = { size: 0, root: '' as Digest };
