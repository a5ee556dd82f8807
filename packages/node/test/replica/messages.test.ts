/** Peer messages: what is written is read, and whatever a peer sends gets a message or a reason, never an exception. */
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import type { Digest, StatementId, VertexId } from '@tangle/core/ids';
import { COSIGNATURE_BYTES, type Cosignature } from '@tangle/core/log';
import { checkEnvelope } from '../../src/replica/envelope.js';
import {
  decodeMessage,
  encodeMessage,
  FRAME_BYTES_MAX,
  framesOf,
  type PeerMessage,
} from '../../src/replica/messages.js';

const id = fc.stringMatching(/^[0-9a-f]{64}$/);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
const index = fc.nat(Number.MAX_SAFE_INTEGER);
const cosignature: fc.Arbitrary<Cosignature> = fc.record({
  validator: fc.nat(65_535),
  size: index,
  root: id as fc.Arbitrary<Digest>,
  signature: fc.uint8Array({ minLength: COSIGNATURE_BYTES, maxLength: COSIGNATURE_BYTES }),
});
const message: fc.Arbitrary<PeerMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('vertices' as const),
    vertices: fc.array(bytes, { maxLength: 40 }),
    cosignatures: fc.array(cosignature, { maxLength: 10 }),
  }),
  fc.record({
    kind: fc.constantFrom('request' as const, 'not-held' as const),
    ids: fc.array(id, { maxLength: 40 }) as fc.Arbitrary<VertexId[]>,
  }),
  fc.record({
    kind: fc.constant('frontier' as const),
    commitIndex: index,
    digest: id as fc.Arbitrary<Digest>,
    statements: fc.array(id, { maxLength: 10 }) as fc.Arbitrary<StatementId[]>,
    open: fc.array(id, { maxLength: 64 }) as fc.Arbitrary<VertexId[]>,
  }),
  fc.record({ kind: fc.constant('commits-request' as const), fromIndex: index }),
  fc.record({ kind: fc.constant('commits-end' as const), nextIndex: index, lastIndex: index }),
  fc.constant({ kind: 'recall' as const }),
  fc.record({
    kind: fc.constant('recollection' as const),
    of: fc.constantFrom('answerer' as const, 'asker' as const),
    statement: fc.option(bytes),
  }),
  fc.record({
    kind: fc.constant('log-signature' as const),
    signed: fc.record({
      validator: fc.nat(65_535),
      size: index,
      root: id as fc.Arbitrary<Digest>,
      signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    }),
  }),
);

describe('peer messages', () => {
  test('are read as they were written', () => {
    fc.assert(
      fc.property(message, (original) => {
        const decoded = decodeMessage(encodeMessage(original));
        expect(decoded).toEqual({ ok: true, value: original });
      }),
    );
  });

  test('of any bytes at all are answered with a message or a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (input) => {
        const decoded = decodeMessage(input);
        expect(decoded.ok || decoded.reason.length > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('with one byte changed, cut off or added are answered with a message or a reason', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.nat(255), (original, at, value) => {
        const written = encodeMessage(original);
        const changed = Uint8Array.from(written);
        changed[at % written.length] = value;
        for (const input of [changed, written.subarray(0, at % written.length), Uint8Array.of(...written, value)]) {
          const decoded = decodeMessage(input);
          expect(decoded.ok || decoded.reason.length > 0).toBe(true);
        }
      }),
    );
  });

  test('never hold more than a frame takes, and lose nothing in between', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(64_191), { maxLength: 30 }), (sizes) => {
        const vertices = sizes.map((size, seed) => new Uint8Array(size).fill(seed));
        const frames = framesOf(vertices);
        for (const frame of frames) expect(encodeMessage(frame).length).toBeLessThanOrEqual(FRAME_BYTES_MAX);
        // By identity: comparing megabytes value by value would take most of a minute.
        const framed = frames.flatMap((frame) => (frame.kind === 'vertices' ? frame.vertices : []));
        expect(framed.length === vertices.length && framed.every((item, at) => item === vertices[at])).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('an envelope', () => {
  const packr = new Packr({ useRecords: false });
  test.each([
    ['a map', { a: 1 }],
    ['a nested array', [1, [2]]],
    ['a text', [1, 'text']],
    ['a float', [1, 1.5]],
    ['a large integer', [1, 4_000_000_000]],
    ['a negative integer', [-1]],
    ['nothing at all', []],
    ['null', [1, null]],
    ['a date', [1, new Date(0)]],
  ])('with %s is refused before it is decoded', (_what, value) => {
    expect(checkEnvelope(packr.pack(value))).toMatch(/field|array|found/);
  });

  test('that promises more bytes than it has is refused', () => {
    expect(checkEnvelope(Uint8Array.of(0x92, 1, 0xc6, 0xff, 0xff, 0xff, 0xff))).toMatch(/field 1/);
    expect(checkEnvelope(Uint8Array.of(0xdc, 0xff, 0xff))).toMatch(/found 65535/);
  });
});
