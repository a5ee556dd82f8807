/**
 * A look over MessagePack bytes before anything is decoded: only an array of flat maps of scalars passes, and every
 * length it announces is there. What a hostile payload can make the decoder allocate is bounded by its own size.
 */
import { refuse, type TelemetryResult } from './failure.js';
import { READINGS_MAX } from './reading.js';

/** Fields of one record: the fifteen of SenML and room for extensions. */
export const RECORD_FIELDS_MAX = 64;

export interface ScannedPack {
  readonly records: number;
  /** Fields announced by all records together; a decoder that finds fewer has dropped repeated ones. */
  readonly fields: number;
}

/** Bytes that follow the first one of a scalar of fixed size, by that byte. */
const FIXED_BYTES: ReadonlyMap<number, number> = new Map([
  [0xc2, 0],
  [0xc3, 0],
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
]);
/** Bytes of the length that follows, by first byte. */
const TEXT_LENGTH_BYTES: ReadonlyMap<number, number> = new Map([
  [0xd9, 1],
  [0xda, 2],
  [0xdb, 4],
]);
const BINARY_LENGTH_BYTES: ReadonlyMap<number, number> = new Map([
  [0xc4, 1],
  [0xc5, 2],
  [0xc6, 4],
]);

/** A refused read: the cursor stands on bytes that are missing or of a kind that has no place there. */
type Refusal = 'malformed' | 'nested' | 'bad-text';

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #strictText = new TextDecoder('utf-8', { fatal: true });
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  /** The number of items of an array (first bytes 0x90, 0xdc, 0xdd) or a map (0x80, 0xde, 0xdf), or undefined. */
  readCount(fixed: 0x80 | 0x90): number | undefined {
    const first = this.#bytes[this.#position];
    if (first === undefined) {
      return undefined;
    }
    this.#position += 1;
    if ((first & 0xf0) === fixed) {
      return first & 0x0f;
    }
    const wide = fixed === 0x90 ? 0xdc : 0xde;
    return first === wide ? this.#readLength(2) : first === wide + 1 ? this.#readLength(4) : undefined;
  }

  /** Steps over a key: an integer or text. */
  skipKey(): Refusal | undefined {
    const first = this.#bytes[this.#position] ?? 0xc1;
    const isInteger = first <= 0x7f || first >= 0xe0 || (first >= 0xcc && first <= 0xd3);
    const isText = (first >= 0xa0 && first <= 0xbf) || TEXT_LENGTH_BYTES.has(first);
    return isInteger || isText ? this.skipScalar() : 'malformed';
  }

  /** Steps over a number, boolean, text or binary data. */
  skipScalar(): Refusal | undefined {
    const first = this.#bytes[this.#position];
    if (first === undefined) {
      return 'malformed';
    }
    this.#position += 1;
    if (first <= 0x7f || first >= 0xe0) {
      return undefined;
    }
    if (first >= 0xa0 && first <= 0xbf) {
      return this.#skipText(first & 0x1f);
    }
    if (first <= 0x9f || (first >= 0xdc && first <= 0xdf)) {
      return 'nested';
    }
    const fixed = FIXED_BYTES.get(first);
    if (fixed !== undefined) {
      return this.#skip(fixed);
    }
    const textLengthBytes = TEXT_LENGTH_BYTES.get(first);
    if (textLengthBytes !== undefined) {
      return this.#skipText(this.#readLength(textLengthBytes));
    }
    const binaryLengthBytes = BINARY_LENGTH_BYTES.get(first);
    // What is left is nil, the unused 0xc1 and extension types: SenML has no place for them.
    return binaryLengthBytes === undefined ? 'malformed' : this.#skip(this.#readLength(binaryLengthBytes));
  }

  #readLength(lengthBytes: number): number | undefined {
    if (this.#position + lengthBytes > this.#bytes.length) {
      return undefined;
    }
    let length = 0;
    for (let index = 0; index < lengthBytes; index += 1) {
      length = length * 256 + (this.#bytes[this.#position + index] ?? 0);
    }
    this.#position += lengthBytes;
    return length;
  }

  #skip(length: number | undefined): Refusal | undefined {
    if (length === undefined || this.#position + length > this.#bytes.length) {
      return 'malformed';
    }
    this.#position += length;
    return undefined;
  }

  #skipText(length: number | undefined): Refusal | undefined {
    const start = this.#position;
    const refusal = this.#skip(length);
    if (refusal !== undefined) {
      return refusal;
    }
    const text = this.#bytes.subarray(start, this.#position);
    // The decoder would mend broken UTF-8 silently, and not in the same way on every platform.
    return text.every((byte) => byte < 0x80) || this.#isUtf8(text) ? undefined : 'bad-text';
  }

  #isUtf8(text: Uint8Array): boolean {
    try {
      this.#strictText.decode(text);
      return true;
    } catch {
      return false;
    }
  }
}

const MESSAGES: Readonly<Record<Refusal, string>> = {
  malformed: 'bytes are missing, or of a kind that has no place in a record',
  nested: 'a field holds an array or a map; fields hold single values',
  'bad-text': 'text is not UTF-8',
};

/** Checks shape and announced lengths of a whole pack in one pass, without allocating anything for its content. */
export function scanPack(bytes: Uint8Array): TelemetryResult<ScannedPack> {
  const cursor = new Cursor(bytes);
  const records = cursor.readCount(0x90);
  if (records === undefined) {
    return refuse('malformed', 'a pack is an array of records');
  }
  if (records > READINGS_MAX) {
    return refuse('too-many-readings', `${records} records announced; at most ${READINGS_MAX} are read`);
  }
  let fields = 0;
  for (let record = 0; record < records; record += 1) {
    const count = cursor.readCount(0x80);
    if (count === undefined || count > RECORD_FIELDS_MAX) {
      return refuse('malformed', `a record is a map of at most ${RECORD_FIELDS_MAX} fields`, record);
    }
    for (let field = 0; field < count; field += 1) {
      const refusal = cursor.skipKey() ?? cursor.skipScalar();
      if (refusal !== undefined) {
        return refuse(refusal, MESSAGES[refusal], record);
      }
    }
    fields += count;
  }
  if (!cursor.isAtEnd) {
    return refuse('malformed', 'bytes follow the pack');
  }
  return { ok: true, value: { records, fields } };
}
