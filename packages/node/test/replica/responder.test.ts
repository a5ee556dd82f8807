/** The responder: whole answers through links that are full now and then, and none for a link that is gone. */
import { expect, test } from 'vitest';
import { toHex } from '@tangle/core/codec';
import type { StatementId, TransactionId, VertexId } from '@tangle/core/ids';
import type { Commit } from '@tangle/core/model';
import { REPLICA_DEFAULTS } from '../../src/replica/limits.js';
import { encodeMessage, type PeerMessage } from '../../src/replica/messages.js';
import { MemoryDisk, MemoryStore } from '../../src/replica/memory-store.js';
import { Responder } from '../../src/replica/responder.js';

const PEER = 1;
const VERTEX_BYTES = 800;
const idOf = (number: number): VertexId => number.toString(16).padStart(64, '0') as VertexId;
const bytesOf = (id: VertexId): Uint8Array =>
  Uint8Array.from(id.repeat(13).slice(0, VERTEX_BYTES), (c) => c.charCodeAt(0));

/** One commit of as many transactions as asked for; and what a vertex is waits for, where a test wants it to. */
class StoreOfOneCommit extends MemoryStore {
  readonly #ids: readonly VertexId[];
  beforeVertex: Promise<void> = Promise.resolve();

  constructor(transactions: number) {
    super({ disk: new MemoryDisk({ firstStart: true }) });
    this.#ids = Array.from({ length: transactions }, (_, index) => idOf(index));
  }

  override async head() {
    return { index: 1, epoch: 0, round: 1, leader: null, timeMs: 0, digest: HASH, logSize: 0, appendingCommits: 0 };
  }

  override async commit(index: number): Promise<Commit> {
    const entry = {
      position: 0,
      issuer: '',
      issuerIndex: 1,
      outcome: { status: 'accepted' },
      evidence: false,
    } as const;
    const entries = this.#ids.map((id) => ({ ...entry, id: id as TransactionId }));
    const leader = 'e'.repeat(64) as StatementId;
    const rest = { epoch: 0, round: 1, leader, timeMs: 0, digest: HASH, stateDigest: null, recordPosition: null };
    return { index, entries, statements: [], ...rest };
  }

  override async vertex(id: VertexId): Promise<Uint8Array | undefined> {
    await this.beforeVertex;
    return this.#ids.includes(id) ? bytesOf(id) : undefined;
  }
}

const HASH = 'd'.repeat(64) as Commit['digest'];

/** A responder whose link takes so many bytes between two pauses. */
function responderOn(store: StoreOfOneCommit, linkBytes = Number.POSITIVE_INFINITY) {
  const sent: PeerMessage[] = [];
  const pauses: number[] = [];
  const failures: unknown[] = [];
  let room = linkBytes;
  const link = { onPause: (): void => void (room = linkBytes) };
  const responder = new Responder({
    store,
    limits: REPLICA_DEFAULTS,
    self: 0,
    send: (_, message) => {
      const { length } = encodeMessage(message);
      if (length > room) return false;
      room -= length;
      sent.push(message);
      return true;
    },
    pause: async (ms) => {
      pauses.push(ms);
      link.onPause();
    },
    epoch: () => 0,
    knowsOwnPast: () => true,
    failed: (error) => failures.push(error),
  });
  return { responder, sent, pauses, failures, link };
}

const verticesIn = (messages: readonly PeerMessage[]) =>
  messages.flatMap((message) => (message.kind === 'vertices' ? message.vertices : []));

test('a commit larger than the link takes at once passes whole, in order, and its end follows', async () => {
  const { responder, sent, pauses, failures } = responderOn(new StoreOfOneCommit(1_000), 100_000);
  responder.ask(PEER, { kind: 'commits-request', fromIndex: 1 });
  await expect.poll(() => sent.at(-1)?.kind).toBe('commits-end');
  expect(sent.at(-1)).toEqual({ kind: 'commits-end', nextIndex: 2, lastIndex: 1 });
  expect(verticesIn(sent).map((bytes) => toHex(bytes))).toEqual(
    Array.from({ length: 1_000 }, (_, index) => toHex(bytesOf(idOf(index)))),
  );
  expect(pauses.length).toBeGreaterThan(0);
  expect(failures).toEqual([]);
});

test('the pauses before a full link grow to a second, and end with the link', async () => {
  const { responder, sent, pauses, link } = responderOn(new StoreOfOneCommit(1_000), 10);
  let left = 8;
  link.onPause = () => {
    if (--left === 0) responder.peerDown(PEER);
  };
  responder.ask(PEER, { kind: 'commits-request', fromIndex: 1 });
  await expect.poll(() => left).toBe(0);
  expect(pauses).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
  expect(sent).toEqual([]);
});

test('a stopped responder waits for no link', async () => {
  const { responder, pauses, link } = responderOn(new StoreOfOneCommit(1_000), 10);
  link.onPause = () => responder.stop();
  responder.ask(PEER, { kind: 'commits-request', fromIndex: 1 });
  await expect.poll(() => pauses).toEqual([50]);
  expect(responder.ask(PEER, { kind: 'recall' })).toBe(false);
});

test('commits that are asked for again while their answer is on its way are sent once', async () => {
  const { responder, sent } = responderOn(new StoreOfOneCommit(10));
  for (let count = 0; count < 3; count++) responder.ask(PEER, { kind: 'commits-request', fromIndex: 1 });
  responder.ask(PEER, { kind: 'request', ids: [idOf(99)] });
  await expect.poll(() => sent.at(-1)).toEqual({ kind: 'not-held', ids: [idOf(99)] });
  expect(sent.map(({ kind }) => kind)).toEqual(['vertices', 'commits-end', 'not-held']);
});

test('a new link of a peer gets answers to its own questions and none to those of the old one', async () => {
  const store = new StoreOfOneCommit(0);
  const { responder, sent } = responderOn(store);
  let release: () => void = () => undefined;
  store.beforeVertex = new Promise((resolve) => (release = resolve));
  responder.ask(PEER, { kind: 'request', ids: [idOf(1)] });
  responder.peerDown(PEER);
  responder.ask(PEER, { kind: 'request', ids: [idOf(2)] });
  release();
  await expect.poll(() => sent.length).toBe(1);
  expect(sent).toEqual([{ kind: 'not-held', ids: [idOf(2)] }]);
});
