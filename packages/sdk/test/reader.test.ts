import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '@tangle/sdk';
import { Reader } from '@tangle/sdk';
import type { FakeNode } from './support/fake-ledger.js';
import { FakeLedger, infoBody, transactionBody } from './support/fake-ledger.js';
import { genesis, genesisFile, problem } from './support/fake-network.js';
import { codeOf, eventually, key, LIMITS, onEnd, openDevice, startNode, TIME } from './support/harness.js';

async function openReader(nodes: readonly FakeNode[], limits = {}): Promise<Reader> {
  const reader = await Reader.open({
    genesis: genesisFile,
    nodes: nodes.map(({ url }) => url),
    limits: { ...LIMITS, ...limits },
  });
  onEnd(async () => {
    reader.close();
  });
  return reader;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe('a reader', () => {
  it('reads info, transactions and devices, and says null of what is not there', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const { id } = await device.submit({ a: 1 }, { time: TIME, wait: 'final' });
    const reader = await openReader([node]);
    expect(await reader.info()).toMatchObject({ network: genesis.network, maxPayload: 2_048 });
    expect(await reader.transaction(id)).toMatchObject({
      id,
      status: 'final',
      final: { position: 1 },
      transaction: { sequence: 1n },
    });
    expect(await reader.device(device.id)).toMatchObject({ highestSequence: 1n, role: 'device' });
    expect(await reader.transaction('0'.repeat(64))).toBeNull();
    expect(await reader.device((await openDevice([node])).id)).not.toBeNull();
    expect(await codeOf(reader.transaction('xyz'))).toBe('invalid-argument');
    expect(await codeOf(reader.device('did:web:x'))).toBe('invalid-argument');
  });

  it('pages through readings', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const rows = Array.from({ length: 7 }, (_, step) => ({ timeMs: Date.parse(TIME) + step, values: { a: step } }));
    await device.submitBatch(rows, { wait: 'final' });
    const reader = await openReader([node]);
    const readings = await collect(reader.readings(device.id, { from: TIME, pageSize: 3 }));
    expect(readings.map(({ reading }) => reading.value)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const pages = node.requests.filter(({ path }) => path.endsWith('/readings'));
    expect(pages.map(({ query }) => query.get('cursor'))).toEqual([null, '3', '6']);
    expect(pages[0]?.query.get('from')).toBe('2026-01-31T12:00:00.000Z');
  });

  it('takes no other bytes for a transaction, and asks an honest node instead', async () => {
    const ledger = new FakeLedger();
    const liar = await startNode(ledger);
    const honest = await startNode(ledger);
    const device = await openDevice([honest]);
    const first = await device.submit({ a: 1 }, { time: TIME, wait: 'final' });
    const second = await device.submit({ a: 2 }, { time: TIME, wait: 'final' });
    const other = ledger.transactions.get(second.id);
    if (other === undefined) throw new Error('not held');
    liar.override = ({ path }) =>
      path.startsWith('/v1/transactions/') ? { status: 200, body: { ...transactionBody(other), id: first.id } } : null;
    const alone = await openReader([liar]);
    await expect(alone.transaction(first.id)).rejects.toMatchObject({
      code: 'unexpected-response',
      node: liar.url,
      details: { field: 'bytes' },
    });
    const both = await openReader([liar, honest]);
    expect((await both.transaction(first.id))?.transaction.sequence).toBe(1n);
  });

  it.each<[string, (body: Record<string, unknown>) => unknown]>([
    ['genesisHash', (body) => ({ ...body, genesisHash: 'ABC' })],
    ['epoch', (body) => ({ ...body, epoch: '0' })],
    ['commit', (body) => ({ ...body, commit: null })],
    ['commit.time', (body) => ({ ...body, commit: { ...(body['commit'] as object), time: 'noon' } })],
    ['peers[0].name', (body) => ({ ...body, peers: [{ connected: true }] })],
    ['doubtful', (body) => ({ ...body, doubtful: undefined })],
  ])('names the field %s of an answer in another form', async (field, change) => {
    const node = await startNode();
    const reader = await openReader([node]);
    node.override = () => ({ status: 200, body: change(infoBody(node.ledger)) });
    await expect(reader.info()).rejects.toMatchObject({
      code: 'unexpected-response',
      details: { field },
      node: node.url,
    });
  });

  it.each<[string, string, FakeNode['override']]>([
    ['a page that is no JSON', 'unexpected-response', () => ({ status: 200, body: '<html>' })],
    [
      'a proxy error',
      'unexpected-response',
      () => ({ status: 502, body: 'bad gateway', headers: { 'content-type': 'text/plain' } }),
    ],
    ['an answer that is too long', 'unexpected-response', () => ({ status: 200, body: 'x'.repeat(5_000) })],
    ['a cut connection', 'node-unreachable', () => 'drop'],
    ['a refusal', 'not-authorised', () => problem(403, 'not-authorised')],
    ['a node that is stopping', 'stopping', () => problem(503, 'stopping', { 'retry-after': '0' })],
  ])('answers %s with %s', async (_, code, answer) => {
    const node = await startNode();
    const reader = await openReader([node], { responseBytesMax: 4_096 });
    node.override = answer;
    expect(await codeOf(reader.info())).toBe(code);
  });

  it('turns to the next node from one that is not ready, and says so where none is', async () => {
    const ledger = new FakeLedger();
    const nodes = [await startNode(ledger), await startNode(ledger)] as const;
    const [catchingUp, ready] = nodes;
    const device = await openDevice([ready]);
    const { id } = await device.submit({ a: 1 }, { time: TIME, wait: 'final' });
    const notReady = problem(503, 'not-ready', { 'retry-after': '0' });
    catchingUp.override = ({ path }) => (path === '/v1/info' ? null : notReady);
    for (const read of [
      async (reader: Reader) => (await reader.transaction(id))?.id,
      async (reader: Reader) => (await reader.device(device.id))?.id,
      async (reader: Reader) => (await collect(reader.readings(device.id)))[0]?.transaction,
    ]) {
      const before = catchingUp.requests.length;
      expect([id, device.id]).toContain(await read(await openReader(nodes)));
      expect(catchingUp.requests.slice(before).filter(({ path }) => path !== '/v1/info')).toHaveLength(1);
    }
    ready.override = catchingUp.override;
    expect(await codeOf((await openReader(nodes)).transaction(id))).toBe('not-ready');
  });

  it('gives up on a node that does not answer in time', async () => {
    const node = await startNode();
    const reader = await openReader([node], { requestTimeoutMs: 50 });
    let release: () => void = () => undefined;
    node.override = () =>
      new Promise((resolve) => {
        release = () => {
          resolve('drop');
        };
      });
    expect(await codeOf(reader.info())).toBe('node-timeout');
    release();
  });

  it('goes on with events after a cut, at another node too, without losing or repeating a final one', async () => {
    const ledger = new FakeLedger();
    const nodes = [await startNode(ledger), await startNode(ledger)];
    const device = await openDevice(nodes);
    const reader = await openReader(nodes);
    const seen: LedgerEvent[] = [];
    const watching = (async () => {
      for await (const event of reader.events({ kinds: ['final'] })) if (event.kind === 'final') seen.push(event);
    })();
    const streams = () => nodes.reduce((sum, node) => sum + node.streams, 0);
    await eventually('the stream of the reader', () => streams() >= 1);
    await device.submit({ a: 1 }, { time: TIME, wait: 'final' });
    await eventually('the first event', () => seen.length === 1);
    for (const node of nodes) node.cutStreams();
    await device.submit({ a: 2 }, { time: TIME, wait: 'final' });
    await eventually('the second event', () => seen.length === 2);
    expect(seen.map((event) => event.kind === 'final' && event.position)).toEqual([1, 3]);
    reader.close();
    await watching;
  });

  it('ends events when its signal is aborted', async () => {
    const node = await startNode();
    const reader = await openReader([node]);
    const controller = new AbortController();
    const kinds: string[] = [];
    for await (const event of reader.events({ signal: controller.signal, issuer: key.id })) {
      kinds.push(event.kind);
      controller.abort();
    }
    expect(kinds).toEqual(['start']);
    await eventually('the end of the stream', () => node.streams === 0);
  });
});
