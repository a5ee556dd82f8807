import { once } from 'node:events';
import type { Harness } from './harness.js';
import type { LedgerEvent } from '../../src/api/index.js';
import { describe, expect, it } from 'vitest';
import { EventReader, eventually, openEvents, rawConnection, startApi } from './harness.js';
import { deviceOf, signerOf } from './memory-ledger-node.js';

const SENSOR = signerOf(7);
const OTHER = signerOf(8);

/** Submits and commits `count` transactions of a device, each in a commit of its own. */
async function commitSome({ node, post }: Harness, count: number, from = 1, signer = SENSOR): Promise<void> {
  for (let sequence = from; sequence < from + count; sequence++) {
    await post(node.sign(signer, BigInt(sequence)).bytes);
    node.commitPending();
  }
}

describe('the event stream', () => {
  it('begins where the log ends and tells what happens, a final event with its position as id', async () => {
    const harness = await startApi();
    await commitSome(harness, 1);
    const events = await openEvents(harness.url);
    const { bytes, id } = harness.node.sign(SENSOR, 2n);
    await harness.post(bytes);
    const commit = harness.node.commitPending();
    expect(await events.take(3)).toEqual([
      { event: 'witnessed', id: null, data: { id } },
      {
        event: 'final',
        id: '3',
        data: {
          id,
          issuer: deviceOf(SENSOR),
          position: 3,
          commitIndex: 2,
          commitTime: '2026-01-31T12:00:02.000Z',
          outcome: { status: 'rejected', code: 'unknown-device' },
        },
      },
      {
        event: 'commit',
        id: null,
        data: { index: 2, digest: commit.digest, time: '2026-01-31T12:00:02.000Z', transactions: 1 },
      },
    ]);
  });

  it('filters by issuer, transaction and kind', async () => {
    const harness = await startApi();
    const { node, url, post } = harness;
    const mine = await openEvents(url, `?issuer=${deviceOf(SENSOR)}`);
    const [first, second] = [node.sign(SENSOR, 1n), node.sign(OTHER, 1n)];
    const watched = await openEvents(url, `?id=${second.id}&id=${'0'.repeat(64)}`);
    const commits = await openEvents(url, '?kinds=commit');
    await post(first.bytes);
    await post(second.bytes);
    node.commitPending();
    node.commitPending();
    expect((await mine.take(1)).map(({ data }) => data['id'])).toEqual([first.id]);
    expect((await watched.take(2)).map(({ event, data }) => [event, data['id']])).toEqual([
      ['witnessed', second.id],
      ['final', second.id],
    ]);
    expect((await commits.take(2)).map(({ data }) => data['index'])).toEqual([1, 2]);
  });

  it.each(['header', 'query'])('resumes after the position of the %s, over several pages of the store', async (way) => {
    const harness = await startApi({ limits: { replayPageEvents: 3 } });
    await commitSome(harness, 10);
    const events =
      way === 'header'
        ? await openEvents(harness.url, '?kinds=final', { 'last-event-id': '5' })
        : await openEvents(harness.url, '?kinds=final&lastEventId=5');
    await commitSome(harness, 2, 11);
    expect((await events.take(9)).map(({ id }) => Number(id))).toEqual([7, 9, 11, 13, 15, 17, 19, 21, 23]);
  });

  it('loses and repeats nothing when events happen while it reads the store', async () => {
    const harness = await startApi({ limits: { replayPageEvents: 2, queuedEventsMax: 4 } });
    const { node } = harness;
    await commitSome(harness, 6);
    const read = node.finalEventsAfter.bind(node);
    let commits = 0;
    // Around each read, more becomes final than the queue holds.
    node.finalEventsAfter = async (position, limit) => {
      if (commits < 10) {
        await commitSome(harness, 3, 7 + commits);
        commits += 3;
      }
      const page = await read(position, limit);
      if (commits < 20) {
        await commitSome(harness, 1, 7 + commits);
        commits += 1;
      }
      return page;
    };
    const events = await openEvents(harness.url, '?kinds=final&lastEventId=0');
    const total = 6 + 20;
    const seen = await events.take(total);
    expect(seen.map(({ event, id }) => [event, Number(id)])).toEqual(
      Array.from({ length: total }, (_, index) => ['final', 2 * index + 1]),
    );
  });

  it('goes on without loss over any number of reconnections', async () => {
    const harness = await startApi();
    const seen: number[] = [];
    let lastEventId = '0';
    for (let connection = 0; connection < 5; connection++) {
      await commitSome(harness, 2, 1 + connection * 3);
      const events = await openEvents(harness.url, '?kinds=final', { 'last-event-id': lastEventId });
      await commitSome(harness, 1, 3 + connection * 3);
      // The last one is left unread and comes again.
      for (const { id } of await events.take(2)) {
        lastEventId = id ?? '';
        seen.push(Number(id));
      }
      await events.cancel();
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => 2 * index + 1));
  });

  it('repeats nothing to a client that saw more on another node', async () => {
    const harness = await startApi();
    await commitSome(harness, 1);
    const events = await openEvents(harness.url, '?kinds=final&lastEventId=5');
    await commitSome(harness, 3, 2);
    expect((await events.take(1)).map(({ id }) => id)).toEqual(['7']);
  });

  it('tells a slow reader which range it missed, and goes on', async () => {
    const harness = await startApi({ limits: { queuedEventsMax: 16 } });
    const { node, port, url } = harness;
    const socket = await rawConnection(port);
    socket.write('GET /v1/events?kinds=final HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'readable');
    // Reads no more: the events fill the buffers of the kernel, then the queue.
    let position = 1;
    const emit = () => node.emit(finalEvent(position++));
    const gaps = async () =>
      /^tangle_api_event_gaps_total (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1] !== '0';
    while (!(await gaps())) {
      for (let count = 0; count < 2_000; count++) {
        emit();
        if (count % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const events = new EventReader(new Response(socketBody(socket)));
    expect(await events.next()).toMatchObject({ event: 'start' });
    let last = 0;
    let gap = await events.next();
    while (gap?.event === 'final') {
      expect(Number(gap.id)).toBe(last + 1);
      last += 1;
      gap = await events.next();
    }
    expect(gap).toMatchObject({ event: 'gap', id: null, data: { afterPosition: last } });
    const { toPosition, droppedEvents } = gap?.data ?? {};
    expect(droppedEvents).toBe(Number(toPosition) - last);
    expect(await events.next()).toMatchObject({ event: 'final', id: String(Number(toPosition) + 1) });
  });

  it('sends a comment while nothing happens, and ends when the node stops', async () => {
    const harness = await startApi({ limits: { heartbeatMs: 5 } });
    const events = await openEvents(harness.url);
    const ended = events.next();
    await eventually(() => events.comments >= 2, 'two heartbeats');
    await harness.stop();
    expect(await ended).toBeNull();
    expect(harness.node.listeners).toBe(0);
  });
});

describe('the export', () => {
  it('writes one JSON object a line, u64 and bytes as text', async () => {
    const harness = await startApi();
    await commitSome(harness, 3);
    const response = await fetch(`${harness.url}/v1/export`);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toEqual({ kind: 'genesis', hash: harness.node.genesis.hash });
    expect(lines[1]).toMatchObject({ kind: 'transaction', sequence: '1', bytes: expect.stringMatching(/^[\w-]+$/) });
  });

  it('reads no further than its reader, and lets go of the store when the reader leaves', async () => {
    const { node, port } = await startApi();
    let lines = 0;
    let released = false;
    node.extraExportLines = async function* () {
      try {
        for (;;) {
          lines += 1;
          yield { padding: 'x'.repeat(10_000) };
        }
      } finally {
        released = true;
      }
    };
    const socket = await rawConnection(port);
    socket.write('GET /v1/export HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'readable');
    let before = -1;
    let stable = 0;
    // Full buffers: the count stands still over many turns of the event loop.
    await eventually(async () => {
      stable = lines === before ? stable + 1 : 0;
      before = lines;
      return stable > 20;
    }, 'the export pauses');
    expect(lines).toBeLessThan(10_000);
    expect(released).toBe(false);
    socket.destroy();
    await eventually(() => released, 'the store is let go');
  });

  it('is cut off, not ended, when the store fails in the middle', async () => {
    const { node, url } = await startApi();
    node.extraExportLines = async function* () {
      yield { padding: 'x'.repeat(20_000) };
      throw new Error('bad block');
    };
    await expect(fetch(`${url}/v1/export`).then((response) => response.text())).rejects.toThrow('terminated');
  });

  it('is cut off when the node stops', async () => {
    const { node, url, stop } = await startApi();
    node.extraExportLines = async function* () {
      for (;;) {
        yield { padding: 'x'.repeat(20_000) };
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const response = await fetch(`${url}/v1/export`);
    const body = response.text();
    await Promise.all([stop(), expect(body).rejects.toThrow('terminated')]);
  });
});

function finalEvent(position: number): LedgerEvent {
  return {
    kind: 'final',
    id: position.toString(16).padStart(64, '0') as (LedgerEvent & { kind: 'final' })['id'],
    issuer: deviceOf(SENSOR),
    position,
    commitIndex: 1,
    commitTimeMs: 0,
    outcome: { status: 'accepted' },
  };
}

/** The chunked body of the answer on a socket; reading from it is what makes the socket flow. */
function socketBody(socket: AsyncIterable<Buffer>): ReadableStream<Uint8Array> {
  const chunks = dechunk(socket);
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function* dechunk(socket: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array, void, void> {
  let buffered = Buffer.alloc(0);
  let isHead = true;
  for await (const data of socket) {
    buffered = Buffer.concat([buffered, data]);
    if (isHead) {
      const end = buffered.indexOf('\r\n\r\n');
      if (end < 0) continue;
      buffered = buffered.subarray(end + 4);
      isHead = false;
    }
    for (;;) {
      const end = buffered.indexOf('\r\n');
      if (end < 0) break;
      const size = Number.parseInt(buffered.toString('latin1', 0, end), 16);
      if (buffered.length < end + 2 + size + 2) break;
      yield new Uint8Array(buffered.subarray(end + 2, end + 2 + size));
      buffered = buffered.subarray(end + 2 + size + 2);
    }
  }
}
