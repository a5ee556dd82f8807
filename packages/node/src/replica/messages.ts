/**
 * What nodes say to each other, and its bytes: one MessagePack array of integers and byte strings, nothing else
 * (PROTOCOL 13). What is signed or hashed travels inside as the canonical bytes of the core's own codec.
 */
import { Packr } from 'msgpackr';
import { fromHex, Reader, toHex, Writer } from '@tangle/core/codec';
import { ID_BYTES, SIGNATURE_BYTES, type Digest, type StatementId, type VertexId } from '@tangle/core/ids';
import { COSIGNATURE_BYTES, type Cosignature, type LogSignature } from '@tangle/core/log';
import { fail, ok, type Result } from '@tangle/core/result';
import { checkEnvelope } from './envelope.js';

/** One frame on a link, in bytes; the transport refuses more. */
export const FRAME_BYTES_MAX = 65_536;
/** What fits beside the envelope's own bytes. */
export const FRAME_CONTENT_BYTES_MAX = FRAME_BYTES_MAX - 1_024;

/** Cosignatures in one message: what fits a frame, and an envelope's fields. */
export const COSIGNATURES_PER_MESSAGE_MAX = 500;
const COSIGNATURE_RECORD_BYTES = 2 + 8 + ID_BYTES + COSIGNATURE_BYTES;

/** Type byte and length of a byte string in the envelope. */
const VERTEX_HEADER_BYTES = 5;

export type PeerMessage =
  /**
   * Transactions and statements, each its complete signed bytes, those cited before those citing; and tree heads of the log
   * that validators have cosigned (PROTOCOL 11), which travel along because both come of the same turns.
   */
  | {
      readonly kind: 'vertices';
      readonly vertices: readonly Uint8Array[];
      readonly cosignatures: readonly Cosignature[];
    }
  | { readonly kind: 'request'; readonly ids: readonly VertexId[] }
  | { readonly kind: 'not-held'; readonly ids: readonly VertexId[] }
  /** Anti-entropy (PROTOCOL 4): where the sender stands. */
  | {
      readonly kind: 'frontier';
      readonly commitIndex: number;
      readonly digest: Digest;
      /** Newest statement of each author. */
      readonly statements: readonly StatementId[];
      /** The oldest transactions that are not final there. */
      readonly open: readonly VertexId[];
    }
  /** Asks for whole commits, to catch up. */
  | { readonly kind: 'commits-request'; readonly fromIndex: number }
  /** Ends an answer to it: the next index to ask for, and the sender's last. */
  | { readonly kind: 'commits-end'; readonly nextIndex: number; readonly lastIndex: number }
  /** Asks for the newest statement of the receiver's own, and of mine (PROTOCOL 9, amnesia). */
  | { readonly kind: 'recall' }
  /** Half of the answer, first the answerer's own, then the asker's: two statements may not fit one frame. */
  | { readonly kind: 'recollection'; readonly of: 'answerer' | 'asker'; readonly statement: Uint8Array | null }
  /** To observers, who have no log key: a certified head, signed as the log (PROTOCOL 11). */
  | { readonly kind: 'log-signature'; readonly signed: LogSignature };

const CODE = {
  vertices: 1,
  request: 2,
  'not-held': 3,
  frontier: 4,
  'commits-request': 5,
  'commits-end': 6,
  recall: 7,
  'log-signature': 10,
} as const;
const RECOLLECTION_CODE = { answerer: 8, asker: 9 } as const;

const packr = new Packr({ useRecords: false, mapsAsObjects: false, useFloat32: 0 });
const NOTHING = new Uint8Array(0);

export function encodeMessage(message: PeerMessage): Uint8Array {
  return new Uint8Array(packr.pack(fieldsOf(message)));
}

function fieldsOf(message: PeerMessage): (number | Uint8Array)[] {
  const code = message.kind === 'recollection' ? RECOLLECTION_CODE[message.of] : CODE[message.kind];
  switch (message.kind) {
    case 'vertices':
      return [code, joinCosignatures(message.cosignatures), ...message.vertices];
    case 'request':
    case 'not-held':
      return [code, joinIds(message.ids)];
    case 'frontier':
      return [
        code,
        counter(message.commitIndex),
        fromHex(message.digest),
        joinIds(message.statements),
        joinIds(message.open),
      ];
    case 'commits-request':
      return [code, counter(message.fromIndex)];
    case 'commits-end':
      return [code, counter(message.nextIndex), counter(message.lastIndex)];
    case 'recall':
      return [code];
    case 'recollection':
      return [code, message.statement ?? NOTHING];
    case 'log-signature':
      return [code, joinLogSignature(message.signed)];
  }
}

/** Reads a peer's bytes. Any input gets a message or a reason in words; none throws. */
export function decodeMessage(bytes: Uint8Array): Result<PeerMessage, string> {
  const problem = checkEnvelope(bytes);
  if (problem !== null) return fail(problem);
  const fields = packr.unpack(bytes) as readonly (number | Uint8Array)[];
  const [code, ...rest] = fields;
  const byteStrings = rest.filter((field): field is Uint8Array => field instanceof Uint8Array);
  if (byteStrings.length !== rest.length) return fail('only the message kind is an integer');
  const [first = NOTHING, second = NOTHING, third = NOTHING, fourth = NOTHING] = byteStrings;
  const shaped = (count: number): boolean => byteStrings.length === count;
  switch (code) {
    case CODE.vertices: {
      const [joined, ...vertices] = byteStrings;
      const cosignatures = joined === undefined ? null : splitCosignatures(joined);
      if (cosignatures === null) return fail('vertices follow one string of cosignatures of 114 bytes each');
      return ok({ kind: 'vertices', vertices, cosignatures });
    }
    case CODE.request:
    case CODE['not-held']: {
      const ids = splitIds(first);
      if (!shaped(1) || ids === null) return fail('a list of ids is one string of 32 bytes each');
      return ok({ kind: code === CODE.request ? 'request' : 'not-held', ids });
    }
    case CODE.frontier: {
      const commitIndex = readCounter(first);
      const statements = splitIds(third);
      const open = splitIds(fourth);
      if (!shaped(4) || commitIndex === null || second.length !== ID_BYTES || statements === null || open === null) {
        return fail('a frontier is an index, a digest and two lists of ids');
      }
      return ok({
        kind: 'frontier',
        commitIndex,
        digest: toHex(second) as Digest,
        statements: statements as readonly VertexId[] as readonly StatementId[],
        open,
      });
    }
    case CODE['commits-request']: {
      const fromIndex = readCounter(first);
      if (!shaped(1) || fromIndex === null) return fail('a request for commits is one index');
      return ok({ kind: 'commits-request', fromIndex });
    }
    case CODE['commits-end']: {
      const nextIndex = readCounter(first);
      const lastIndex = readCounter(second);
      if (!shaped(2) || nextIndex === null || lastIndex === null) return fail('the end of commits is two indexes');
      return ok({ kind: 'commits-end', nextIndex, lastIndex });
    }
    case CODE.recall:
      return shaped(0) ? ok({ kind: 'recall' }) : fail('a recall carries nothing');
    case RECOLLECTION_CODE.answerer:
    case RECOLLECTION_CODE.asker:
      if (!shaped(1)) return fail('a recollection is one statement');
      return ok({
        kind: 'recollection',
        of: code === RECOLLECTION_CODE.answerer ? 'answerer' : 'asker',
        statement: first.length === 0 ? null : first,
      });
    case CODE['log-signature']: {
      const signed = splitLogSignature(first);
      if (!shaped(1) || signed === null) return fail('a log signature is one string of 106 bytes');
      return ok({ kind: 'log-signature', signed });
    }
    default:
      return fail(`message kind ${String(code)} is unknown`);
  }
}

const NONE: readonly Cosignature[] = [];

/** Puts vertices into as few messages as fit a frame each, in order; cosignatures go with the first. */
export class FrameBuilder {
  #frame: Uint8Array[] = [];
  #cosignatures: readonly Cosignature[];
  #room: number;
  #bytes = 0;

  /** @param cosignatures as many as fit one message at most. */
  constructor(cosignatures: readonly Cosignature[] = NONE) {
    this.#cosignatures = cosignatures;
    this.#room = FRAME_CONTENT_BYTES_MAX - cosignatures.length * COSIGNATURE_RECORD_BYTES;
  }

  /** Bytes of all vertices added. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The frame that this vertex did not fit any more, or null. */
  add(vertex: Uint8Array): PeerMessage | null {
    const size = vertex.length + VERTEX_HEADER_BYTES;
    const full = size > this.#room ? this.flush() : null;
    this.#frame.push(vertex);
    this.#room -= size;
    this.#bytes += vertex.length;
    return full;
  }

  /** The frame of what is left, or null. */
  flush(): PeerMessage | null {
    if (this.#frame.length === 0 && this.#cosignatures.length === 0) return null;
    const vertices = this.#frame;
    const cosignatures = this.#cosignatures;
    this.#frame = [];
    this.#cosignatures = NONE;
    this.#room = FRAME_CONTENT_BYTES_MAX;
    return { kind: 'vertices', vertices, cosignatures };
  }
}

/** As few messages as hold all of them, vertices in order. */
export function framesOf(vertices: readonly Uint8Array[], cosignatures: readonly Cosignature[] = NONE): PeerMessage[] {
  const frames: (PeerMessage | null)[] = [];
  let last = 0;
  for (; cosignatures.length - last > COSIGNATURES_PER_MESSAGE_MAX; last += COSIGNATURES_PER_MESSAGE_MAX) {
    frames.push(new FrameBuilder(cosignatures.slice(last, last + COSIGNATURES_PER_MESSAGE_MAX)).flush());
  }
  const builder = new FrameBuilder(cosignatures.slice(last));
  for (const vertex of vertices) frames.push(builder.add(vertex));
  frames.push(builder.flush());
  return frames.filter((frame) => frame !== null);
}

/** Each: u16 validator || u64 size || 32 root || 72 signature line. */
function joinCosignatures(cosignatures: readonly Cosignature[]): Uint8Array {
  if (cosignatures.length === 0) return NOTHING;
  const writer = new Writer(cosignatures.length * COSIGNATURE_RECORD_BYTES);
  for (const { validator, size, root, signature } of cosignatures) {
    writer.u16(validator).u64(size).hex(root).bytes(signature);
  }
  return writer.finish();
}

function splitCosignatures(bytes: Uint8Array): readonly Cosignature[] | null {
  if (bytes.length === 0) return NONE;
  if (bytes.length % COSIGNATURE_RECORD_BYTES !== 0) return null;
  const reader = new Reader(bytes);
  const cosignatures: Cosignature[] = [];
  for (let count = bytes.length / COSIGNATURE_RECORD_BYTES; count > 0; count--) {
    cosignatures.push({
      validator: reader.u16('validator'),
      size: reader.safeU64('size'),
      root: reader.hex(ID_BYTES, 'root') as Digest,
      // Kept for long; a view would keep its whole frame.
      signature: Uint8Array.from(reader.bytes(COSIGNATURE_BYTES, 'signature')),
    });
  }
  return reader.finish() === null ? cosignatures : null;
}

/** u16 validator || u64 size || 32 root || 64 signature. */
function joinLogSignature({ validator, size, root, signature }: LogSignature): Uint8Array {
  const writer = new Writer(2 + 8 + ID_BYTES + SIGNATURE_BYTES);
  return writer.u16(validator).u64(size).hex(root).bytes(signature).finish();
}

function splitLogSignature(bytes: Uint8Array): LogSignature | null {
  const reader = new Reader(bytes);
  const signed = {
    validator: reader.u16('validator'),
    size: reader.safeU64('size'),
    root: reader.hex(ID_BYTES, 'root') as Digest,
    signature: Uint8Array.from(reader.bytes(SIGNATURE_BYTES, 'signature')),
  };
  return reader.finish() === null ? signed : null;
}

function joinIds(ids: readonly VertexId[]): Uint8Array {
  const joined = new Uint8Array(ids.length * ID_BYTES);
  ids.forEach((id, index) => joined.set(fromHex(id), index * ID_BYTES));
  return joined;
}

function splitIds(bytes: Uint8Array): VertexId[] | null {
  if (bytes.length % ID_BYTES !== 0) return null;
  const ids: VertexId[] = [];
  for (let start = 0; start < bytes.length; start += ID_BYTES) {
    ids.push(toHex(bytes.subarray(start, start + ID_BYTES)) as VertexId);
  }
  return ids;
}

/** Counters travel as 8 bytes, so that no float ever stands for an integer. */
function counter(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

function readCounter(bytes: Uint8Array): number | null {
  if (bytes.length !== 8) return null;
  const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null;
}
