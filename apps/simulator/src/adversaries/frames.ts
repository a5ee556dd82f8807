/** Messages as strategies look at them: opened once, though the replica hands the same bytes to every peer. */
import { KIND_STATEMENT, statementIdOf, transactionIdOf } from '@tangle/core/codec';
import type { Crypto } from '@tangle/core/crypto';
import type { VertexId } from '@tangle/core/ids';
import { decodeMessage, encodeMessage, type PeerMessage } from '@tangle/node/replica';

/** Statements may take half a frame each, transactions a few hundred bytes. */
const TRANSACTIONS_PER_FRAME = 64;

const opened = new WeakMap<Uint8Array, PeerMessage | null>();

/** The message, or null where nobody can read it. */
export function open(bytes: Uint8Array): PeerMessage | null {
  const known = opened.get(bytes);
  if (known !== undefined) return known;
  const decoded = decodeMessage(bytes);
  const message = decoded.ok ? decoded.value : null;
  opened.set(bytes, message);
  return message;
}

/** Signed vertices of a message; none where it carries something else. */
export function verticesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const message = open(bytes);
  return message?.kind === 'vertices' ? message.vertices : [];
}

export function isStatement(vertex: Uint8Array): boolean {
  return vertex[1] === KIND_STATEMENT;
}

export function idOf(vertex: Uint8Array, crypto: Crypto): VertexId {
  return isStatement(vertex) ? statementIdOf(vertex, crypto) : transactionIdOf(vertex, crypto);
}

/** Frames that carry these vertices, in order, none too large. */
export function framesOf(vertices: readonly Uint8Array[]): Uint8Array[] {
  const frames: Uint8Array[][] = [];
  for (const vertex of vertices) {
    const last = frames.at(-1);
    const hasRoom = last !== undefined && last.length < TRANSACTIONS_PER_FRAME && !isStatement(vertex);
    if (hasRoom) last.push(vertex);
    else frames.push([vertex]);
  }
  return frames.map((frame) => encodeMessage({ kind: 'vertices', vertices: frame, cosignatures: [] }));
}
