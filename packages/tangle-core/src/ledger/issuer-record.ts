/**
 * What the state knows of an issuer, registered or not: u64 final transactions | u8 flags, and once it has used a
 * number, u64 highest number | 128 bytes bitmap of the replay window. An unregistered issuer costs 9 bytes.
 */
import { invariant } from '../assert.js';
import { Reader } from '../codec/reader.js';
import { Writer } from '../codec/writer.js';
import { BITMAP_BYTES, ReplayWindow } from './replay-window.js';

/** Working copy of one record; the ledger writes it back. */
export interface IssuerRecord {
  /** Final transactions so far, rejected ones too. */
  transactions: number;
  /** Two contents were final under one number. Never taken back. */
  equivocated: boolean;
  readonly window: ReplayWindow;
}

const FLAG_EQUIVOCATED = 1;
const HEAD_BYTES = 8 + 1;
const WINDOW_BYTES = 8 + BITMAP_BYTES;

export function newIssuerRecord(): IssuerRecord {
  return { transactions: 0, equivocated: false, window: new ReplayWindow() };
}

export function encodeIssuerRecord(record: IssuerRecord): Uint8Array {
  const { top, bitmap } = record.window;
  const writer = new Writer(top === null ? HEAD_BYTES : HEAD_BYTES + WINDOW_BYTES)
    .u64(record.transactions)
    .u8(record.equivocated ? FLAG_EQUIVOCATED : 0);
  return (top === null ? writer : writer.u64(top).bytes(bitmap)).finish();
}

/** Of our own state: bytes that are no record throw InvariantError. */
export function decodeIssuerRecord(bytes: Uint8Array): IssuerRecord {
  const reader = new Reader(bytes);
  const transactions = reader.safeU64('transactions');
  const flags = reader.u8('flags');
  const hasWindow = reader.remaining > 0;
  const top = hasWindow ? reader.u64('highest number') : null;
  const bitmap = hasWindow ? reader.bytes(BITMAP_BYTES, 'bitmap') : new Uint8Array(BITMAP_BYTES);
  invariant(reader.finish() === null && flags <= FLAG_EQUIVOCATED, 'an issuer record of the state cannot be read');
  const window = new ReplayWindow(top, bitmap);
  return { transactions, equivocated: flags === FLAG_EQUIVOCATED, window };
}
