/**
 * The bytes of a backup: a head that names the network, every record of the store as it stands there, and an end that
 * tells a whole backup from a part and from a damaged one. Integers are big-endian.
 *
 *   head     "tangle backup 1\n"  genesis hash (32)  u32 store format
 *   record   u32 key bytes, 1 or more  u32 value bytes  key  value
 *   end      u32 0  u64 records  SHA-256 of all before it (32)
 */
import type { Digest } from '@tangle/core/ids';
import { createHash, type Hash } from 'node:crypto';
import { StoreError } from './errors.js';

const MAGIC = Buffer.from('tangle backup 1\n', 'latin1');
const HASH_BYTES = 32;
const HEAD_BYTES = MAGIC.length + HASH_BYTES + 4;
const LENGTHS_BYTES = 8;
const END_BYTES = 4 + 8 + HASH_BYTES;
/** Bytes of a key or a value that a reader takes: of the largest commit there can be, some megabytes. */
export const BACKUP_FIELD_BYTES_MAX = 64 * 1_024 * 1_024;

export interface BackupHead {
  readonly genesisHash: Digest;
  readonly storeFormat: number;
}

export interface BackupRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What a whole backup says of itself. */
export interface BackupSummary extends BackupHead {
  readonly records: number;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** Makes the bytes of a backup, in the order of the calls. */
export class BackupWriter {
  readonly #hash = createHash('sha256');
  #records = 0;

  head({ genesisHash, storeFormat }: BackupHead): Buffer {
    return this.#hashed(Buffer.concat([MAGIC, Buffer.from(genesisHash, 'hex'), u32(storeFormat)]));
  }

  record({ key, value }: BackupRecord): Buffer {
    this.#records += 1;
    return this.#hashed(Buffer.concat([u32(key.length), u32(value.length), key, value]));
  }

  end(): Buffer {
    const count = Buffer.alloc(8);
    count.writeBigUInt64BE(BigInt(this.#records));
    const end = this.#hashed(Buffer.concat([u32(0), count]));
    return Buffer.concat([end, this.#hash.digest()]);
  }

  #hashed(bytes: Buffer): Buffer {
    this.#hash.update(bytes);
    return bytes;
  }
}

/** Reads the bytes of a backup as they come. Throws a StoreError `backup-damaged` where they are none. */
export class BackupParser {
  readonly #hash: Hash = createHash('sha256');
  #rest: Buffer = Buffer.alloc(0);
  #head: BackupHead | null = null;
  #summary: BackupSummary | null = null;
  #records = 0;
  #bytes = 0;

  /** Null until enough of it has come. */
  get head(): BackupHead | null {
    return this.#head;
  }

  /** The records that these bytes complete. */
  *push(chunk: Uint8Array): Generator<BackupRecord, void, undefined> {
    this.#bytes += chunk.length;
    this.#rest = this.#rest.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#rest, chunk]);
    if (this.#head === null) {
      if (this.#rest.length < HEAD_BYTES) return;
      this.#head = parseHead(this.#take(HEAD_BYTES));
    }
    for (;;) {
      if (this.#summary !== null && this.#rest.length > 0) throw damaged('goes on after its end');
      if (this.#rest.length < LENGTHS_BYTES) return;
      const keyBytes = this.#rest.readUInt32BE(0);
      if (keyBytes === 0) {
        if (this.#rest.length < END_BYTES) return;
        this.#summary = this.#end(this.#head);
        continue;
      }
      const valueBytes = this.#rest.readUInt32BE(4);
      if (keyBytes > BACKUP_FIELD_BYTES_MAX || valueBytes > BACKUP_FIELD_BYTES_MAX) {
        throw damaged(`has a record of ${keyBytes} and ${valueBytes} bytes at byte ${this.#bytes - this.#rest.length}`);
      }
      if (this.#rest.length < LENGTHS_BYTES + keyBytes + valueBytes) return;
      const record = this.#take(LENGTHS_BYTES + keyBytes + valueBytes);
      this.#records += 1;
      yield {
        key: record.subarray(LENGTHS_BYTES, LENGTHS_BYTES + keyBytes),
        value: record.subarray(LENGTHS_BYTES + keyBytes),
      };
    }
  }

  /** After the last bytes: throws unless they were the end of a whole backup. */
  finish(): BackupSummary {
    if (this.#summary === null) throw damaged(`ends in the middle, after ${this.#bytes} bytes`);
    return this.#summary;
  }

  #end(head: BackupHead): BackupSummary {
    const records = Number(this.#take(END_BYTES - HASH_BYTES).readBigUInt64BE(4));
    const sha256 = this.#hash.digest('hex');
    const stated = this.#rest.toString('hex', 0, HASH_BYTES);
    this.#rest = this.#rest.subarray(HASH_BYTES);
    if (stated !== sha256) throw damaged('does not match its checksum');
    if (records !== this.#records) throw damaged(`has ${this.#records} records, not the ${records} that it names`);
    return { ...head, records, bytes: this.#bytes, sha256 };
  }

  #take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    this.#hash.update(taken);
    return taken;
  }
}

function parseHead(bytes: Buffer): BackupHead {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged('does not begin as one');
  const genesisHash = bytes.toString('hex', MAGIC.length, MAGIC.length + HASH_BYTES) as Digest;
  return { genesisHash, storeFormat: bytes.readUInt32BE(HEAD_BYTES - 4) };
}

function damaged(what: string): StoreError {
  return new StoreError('backup-damaged', `the backup ${what}`);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
