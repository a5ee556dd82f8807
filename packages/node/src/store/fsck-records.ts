/** Every record by itself: is its key of a known key space, is the value what was written under it. */
import { decodeStatement, decodeTransaction, toHex } from '@tangle/core/codec';
import type { Crypto } from '@tangle/core/crypto';
import type { TransactionId } from '@tangle/core/ids';
import type { Genesis } from '@tangle/core/model';
import type { LedgerDatabase } from './checked-reader.js';
import type { Findings, FsckRemedy } from './fsck-report.js';
import { unseal } from './checksum.js';
import { idOfKey, indexOfCommitKey, KEY_BYTES_OF, KEY_SPACE, keySpaceOf, type KeySpace } from './keys.js';
import { decodeCertified, decodeCosignature, decodeLogHead, decodeTile } from './log-records.js';
import {
  decodeCommit,
  decodeCounter,
  decodeFinal,
  decodeFinished,
  decodeGuard,
  decodeHead,
  decodeHome,
  decodeId,
  decodeIdentity,
  decodeUnfinished,
} from './records.js';

/** Records that follow from the commits: whatever of them is bad is dropped and made again. */
const REBUILT: ReadonlySet<string> = new Set<KeySpace>([
  'log-head',
  'cosigned',
  'certified',
  'published',
  'reading',
  'issuer-position',
  'tile',
]);

export function remedyFor(keySpace: string): FsckRemedy {
  return REBUILT.has(keySpace) ? 'rebuild' : 'resync';
}

/** How many records of each key space there are. */
export type RecordCounts = ReadonlyMap<string, number>;

/** Walks the whole database. */
export async function checkRecords(
  database: LedgerDatabase,
  genesis: Genesis,
  crypto: Crypto,
  findings: Findings,
): Promise<RecordCounts> {
  const counts = new Map<string, number>();
  for await (const [key, stored] of database.iterator()) {
    const keySpace = keySpaceOf(key);
    counts.set(keySpace, (counts.get(keySpace) ?? 0) + 1);
    const what = flawOf(key, stored, genesis, crypto);
    if (what === null) continue;
    findings.add({ code: 'record-corrupt', keySpace, key: toHex(key), what, remedy: remedyFor(keySpace) });
  }
  return counts;
}

/** What is wrong with a record, in words; null where nothing is. */
export function flawOf(key: Uint8Array, stored: Uint8Array, genesis: Genesis, crypto: Crypto): string | null {
  const keySpace = keySpaceOf(key);
  if (!isKeySpace(keySpace)) return `its key begins with ${toHex(key, 0, 1)}, which is no key space`;
  const keyBytes = KEY_BYTES_OF[keySpace];
  if (keyBytes !== null && key.length !== keyBytes) return `its key has ${key.length} bytes, not ${keyBytes}`;
  if (keySpace === 'transaction' || keySpace === 'statement') {
    const decoded = keySpace === 'transaction' ? decodeTransaction(stored, crypto) : decodeStatement(stored, crypto);
    if (!decoded.ok || decoded.value.id !== idOfKey(key)) return 'its bytes do not hash to its id';
    return decoded.value.network === genesis.network ? null : 'it was signed for another network';
  }
  const value = unseal(key, stored);
  if (value === undefined) return 'it does not match its checksum';
  return DECODERS[keySpace](value, key, genesis) === undefined ? 'it cannot be decoded' : null;
}

type Decode = (value: Uint8Array, key: Uint8Array, genesis: Genesis) => unknown;

const nothing: Decode = (value) => (value.length === 0 ? true : undefined);
const certified: Decode = (value, _key, { committee }) => decodeCertified(value, committee);

const DECODERS: Readonly<Record<Exclude<KeySpace, 'transaction' | 'statement'>, Decode>> = {
  identity: decodeIdentity,
  head: decodeHead,
  guard: decodeGuard,
  'log-head': decodeLogHead,
  cosigned: decodeCosignature,
  certified,
  published: certified,
  journal: nothing,
  home: decodeHome,
  pending: decodeCounter,
  final: (value, key) => decodeFinal(idOfKey<TransactionId>(key), value),
  position: decodeId,
  unfinished: decodeUnfinished,
  finished: decodeFinished,
  'statement-by-round': nothing,
  'statement-by-author': nothing,
  commit: (value, key) => decodeCommit(indexOfCommitKey(key), value),
  state: (value) => value,
  reading: decodeId,
  'issuer-position': nothing,
  tile: decodeTile,
};

function isKeySpace(name: string): name is KeySpace {
  return Object.hasOwn(KEY_SPACE, name);
}
