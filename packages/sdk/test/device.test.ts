import { nobleCrypto } from '@tangle/core/crypto';
import { decodeTransaction } from '@tangle/core/codec';
import { unpackReadings } from '@tangle/telemetry';
import { describe, expect, it } from 'vitest';
import { Administrator, Device, keyFromSecret } from '@tangle/sdk';
import { deviceBody, FakeLedger } from './support/fake-ledger.js';
import { COMMIT_TIME, genesis, genesisFile, problem } from './support/fake-network.js';
import { codeOf, eventually, key, LIMITS, onEnd, openDevice, startNode, TIME } from './support/harness.js';

const decode = (bytes: Uint8Array) => {
  const decoded = decodeTransaction(bytes, nobleCrypto);
  if (!decoded.ok) throw new Error(decoded.reason.code);
  return decoded.value;
};

describe('a device', () => {
  it('signs values as SenML and follows them to their place in the order', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const receipt = await device.submit(
      { temperature: 41.7, state: 'on' },
      { time: TIME, baseName: 'rig:', units: { temperature: 'Cel' } },
    );
    await receipt.submitted();
    const result = await receipt.final();
    expect(result).toEqual({
      id: receipt.id,
      outcome: { status: 'accepted' },
      position: 1,
      commitIndex: 1,
      commitTimeMs: Date.parse(COMMIT_TIME),
    });
    expect(receipt.sequence).toBe(1n);
    expect(receipt.status).toBe('final');
    const held = node.ledger.transactions.get(receipt.id);
    expect(unpackReadings(held?.transaction.payload ?? new Uint8Array())).toEqual({
      ok: true,
      value: [
        { name: 'rig:temperature', unit: 'Cel', value: 41.7, timeMs: Date.parse(TIME) },
        { name: 'rig:state', value: 'on', timeMs: Date.parse(TIME) },
      ],
    });
  });

  it('puts many rows into one transaction', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    const rows = [1, 2, 3].map((step) => ({ timeMs: Date.parse(TIME) + step * 1_000, values: { pressure: step } }));
    const receipt = await device.submitBatch(rows, { wait: 'final' });
    expect(receipt.status).toBe('final');
    expect(node.ledger.order).toHaveLength(1);
  });

  it('numbers its transactions in the order of the calls, and asks for tips far less often than it submits', async () => {
    const node = await startNode();
    const device = await openDevice([node], { limits: { tipsCount: 64, tipsAgeMsMax: 60_000 } });
    const receipts = await Promise.all(
      Array.from({ length: 200 }, (_, index) => device.submit({ index }, { time: TIME })),
    );
    expect(receipts.map((receipt) => receipt.sequence)).toEqual(receipts.map((_, index) => BigInt(index + 1)));
    await device.drain();
    expect(node.ledger.order).toHaveLength(200);
    expect(node.requests.filter(({ path }) => path === '/v1/tips').length).toBeLessThan(50);
  });

  it('goes on above the highest number of the ledger', async () => {
    const node = await startNode();
    const first = await openDevice([node]);
    await first.submit({ a: 1 }, { time: TIME, wait: 'final' });
    await first.close();
    const second = await openDevice([node]);
    expect((await second.submit({ a: 2 }, { time: TIME })).sequence).toBe(2n);
  });

  it('opens with the hash of the genesis, and takes the payload limit from the node', async () => {
    const node = await startNode();
    const device = await openDevice([node], { genesis: genesis.hash });
    await device.submit({ a: 1 }, { time: TIME, wait: 'final' });
    expect(await codeOf(device.submitPayload(4, new Uint8Array(2_049)))).toBe('payload-too-large');
  });

  it('says of a rejected transaction that it is rejected: a result of final(), an error of accepted()', async () => {
    const node = await startNode();
    node.ledger.autoFinal = false;
    const device = await openDevice([node]);
    const receipt = await device.submit({ a: 1 }, { time: TIME, wait: 'submitted' });
    node.ledger.finalise({ status: 'rejected', code: 'unknown-device' });
    expect((await receipt.final()).outcome).toEqual({ status: 'rejected', code: 'unknown-device' });
    await expect(receipt.accepted()).rejects.toMatchObject({
      code: 'transaction-rejected',
      details: { rejection: 'unknown-device' },
    });
  });

  it('learns that a statement covers its transaction before that is final', async () => {
    const node = await startNode();
    node.ledger.autoFinal = false;
    const device = await openDevice([node]);
    const receipt = await device.submit({ a: 1 }, { time: TIME, wait: 'submitted' });
    const witnessed = receipt.witnessed();
    node.ledger.witness();
    await witnessed;
    expect(receipt.status).toBe('witnessed');
  });

  it('keeps a bounded number of submissions in flight and makes submit wait', async () => {
    const node = await startNode();
    const device = await openDevice([node], { limits: { inFlightMax: 4 } });
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let waiting = 0;
    node.override = async ({ method }) => {
      if (method !== 'POST') return null;
      waiting += 1;
      await gate;
      return null;
    };
    let kept = 0;
    const submissions = Array.from({ length: 12 }, async (_, index) => {
      await device.submit({ index }, { time: TIME });
      kept += 1;
    });
    await eventually('four in flight', () => waiting === 4);
    expect(kept).toBe(4);
    expect(device.open).toBe(4);
    release();
    await Promise.all(submissions);
    await device.drain();
    expect(node.ledger.order).toHaveLength(12);
  });

  it('sends number s only when all numbers up to s - 1,024 are final', async () => {
    const node = await startNode();
    node.ledger.autoFinal = false;
    node.ledger.checksSignatures = false;
    const unsigned = { publicKey: key.publicKey, sign: () => new Uint8Array(64) };
    // No answer in time would mean out of reach, and then more is kept than may be sent.
    const limits = { inFlightMax: 64, tipsAgeMsMax: 60_000, requestTimeoutMs: 60_000 };
    const device = await openDevice([node], { key: unsigned, limits });
    let kept = 0;
    const submissions = Array.from({ length: 1_026 }, async (_, index) => {
      await device.submitPayload(4, Uint8Array.of(index & 0xff));
      kept += 1;
    });
    await eventually('1,024 numbers at the node', () => node.ledger.transactions.size === 1_024);
    expect(kept).toBe(1_024);
    expect(Math.max(...node.posts().map(({ body }) => Number(decode(body).sequence)))).toBe(1_024);
    node.ledger.autoFinal = true;
    node.ledger.finalise();
    await Promise.all(submissions);
    await device.drain();
    expect(node.ledger.order).toHaveLength(1_026);
  });

  it('sends the same bytes to another node when one fails', async () => {
    const ledger = new FakeLedger();
    const broken = await startNode(ledger);
    const sound = await startNode(ledger);
    const device = await openDevice([broken, sound]);
    broken.override = ({ method }) => (method === 'POST' ? 'drop' : null);
    const receipt = await device.submit({ a: 1 }, { time: TIME });
    await receipt.final();
    expect(broken.posts()[0]?.body).toEqual(sound.posts()[0]?.body);
    expect(receipt.node).toBe(sound.url);
    expect(ledger.order).toHaveLength(1);
  });

  it('waits as long as Retry-After says, and sends again', async () => {
    const node = await startNode();
    const pauses: number[] = [];
    const clock = {
      wallMs: () => Date.now(),
      monotonicMs: () => elapsedMs,
      schedule: (delayMs: number, callback: () => void) => {
        if (delayMs === 10_000 || delayMs >= 60_000) return () => undefined;
        pauses.push(delayMs);
        elapsedMs += delayMs;
        setImmediate(callback);
        return () => undefined;
      },
    };
    let elapsedMs = 0;
    const device = await openDevice([node], { clock });
    let refusals = 0;
    node.override = ({ method }) => {
      if (method !== 'POST' || refusals === 2) return null;
      refusals += 1;
      return refusals === 1
        ? problem(503, 'overloaded', { 'retry-after': '3' })
        : problem(429, 'rate-limited', { 'retry-after': '7' });
    };
    const receipt = await device.submit({ a: 1 }, { time: TIME });
    await receipt.final();
    expect(pauses.filter((delayMs) => delayMs >= 1_000)).toEqual([3_000, 7_000]);
  });

  it('gives a transaction new parents where no node knows the old ones, and the receipt follows either version', async () => {
    const ledger = new FakeLedger();
    const node = await startNode(ledger);
    const device = await openDevice([node]);
    const other = await openDevice([node], { key: keyFromSecret(new Uint8Array(32).fill(8)) });
    let refused: Uint8Array | null = null;
    node.override = ({ method, body }) => {
      if (method !== 'POST') return null;
      refused ??= body;
      return Buffer.compare(refused, body) === 0 ? problem(422, 'parent-unknown') : null;
    };
    const receipt = await device.submit({ a: 1 }, { time: TIME });
    const first = receipt.id;
    // Only now there are other tips than the genesis.
    node.ledger.autoFinal = false;
    const submitted = receipt.submitted();
    await Promise.all([other.submit({ b: 1 }, { time: TIME }), other.submit({ b: 2 }, { time: TIME })]);
    await submitted;
    expect(receipt.ids).toEqual([first, receipt.id]);
    const again = decode(node.posts().at(-1)?.body ?? new Uint8Array());
    const before = decode(refused ?? new Uint8Array());
    expect([again.sequence, again.timestampMs, again.payload, again.payloadType]).toEqual([
      before.sequence,
      before.timestampMs,
      before.payload,
      before.payloadType,
    ]);
    expect(again.parents).not.toEqual(before.parents);
    // The old version turns up after all and is first: the second one's rejection is not the outcome.
    node.override = () => null;
    ledger.transactions.delete(receipt.id);
    ledger.accept(before.bytes);
    ledger.accept(again.bytes);
    ledger.finalise();
    expect(await receipt.final()).toMatchObject({ id: first, outcome: { status: 'accepted' } });
    expect(receipt.id).toBe(first);
  });

  it('reports what every node refuses, keeps it, and sends it with the next submission', async () => {
    const ledger = new FakeLedger();
    const nodes = [await startNode(ledger), await startNode(ledger)];
    const device = await openDevice(nodes);
    for (const node of nodes) {
      node.override = ({ method }) => (method === 'POST' ? problem(403, 'unknown-device') : null);
    }
    const receipt = await device.submit({ a: 1 }, { time: TIME });
    await expect(receipt.final()).rejects.toMatchObject({ code: 'unknown-device', status: 403 });
    expect(await codeOf(device.drain())).toBe('unknown-device');
    expect(
      new Set(nodes.flatMap((node) => node.posts().map(({ body }) => Buffer.from(body).toString('hex')))).size,
    ).toBe(1);
    for (const node of nodes) node.override = () => null;
    const next = await device.submit({ a: 2 }, { time: TIME });
    await next.final();
    expect((await receipt.final()).outcome).toEqual({ status: 'accepted' });
    expect(ledger.order.map(({ transaction }) => transaction.sequence)).toEqual([1n, 2n]);
  });

  it('forgets what no node will ever take', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    node.override = ({ method }) => (method === 'POST' ? problem(422, 'bad-signature') : null);
    const receipt = await device.submit({ a: 1 }, { time: TIME });
    expect(await codeOf(receipt.submitted())).toBe('bad-signature');
    expect(device.open).toBe(0);
  });

  it('does not believe a node that answers another id', async () => {
    const ledger = new FakeLedger();
    // Else the news that it is final may overtake the answer to the submission.
    ledger.autoFinal = false;
    const liar = await startNode(ledger);
    const honest = await startNode(ledger);
    const device = await openDevice([liar, honest]);
    liar.override = ({ method }) => (method === 'POST' ? { status: 202, body: { id: '0'.repeat(64) } } : null);
    const receipt = await device.submit({ a: 1 }, { time: TIME, wait: 'submitted' });
    expect(receipt.node).toBe(honest.url);
    expect(liar.posts().length).toBeGreaterThan(0);
  });

  it('gets to another node what one that is not ready refuses, and comes back to it later', async () => {
    const ledger = new FakeLedger();
    ledger.autoFinal = false;
    const catchingUp = await startNode(ledger);
    const ready = await startNode(ledger);
    const notReady = problem(503, 'not-ready', { 'retry-after': '0' });
    catchingUp.override = ({ path }) => (path === '/v1/info' ? null : notReady);
    const device = await openDevice([catchingUp, ready], { limits: { tipsAgeMsMax: 1 } });
    const receipt = await device.submit({ a: 1 }, { time: TIME, wait: 'submitted' });
    expect(receipt.node).toBe(ready.url);
    catchingUp.override = () => null;
    ready.override = () => notReady;
    const next = await device.submit({ a: 2 }, { time: TIME, wait: 'submitted' });
    expect(next.node).toBe(catchingUp.url);
    ready.override = () => null;
    ledger.finalise();
    await device.drain();
    expect(ledger.order).toHaveLength(2);
  });

  it('resumes a cut event stream after the last position it saw', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    await device.submit({ a: 1 }, { time: TIME, wait: 'final' });
    await eventually('an event stream', () => node.streams === 1);
    node.ledger.autoFinal = false;
    await device.submit({ a: 2 }, { time: TIME, wait: 'submitted' });
    const before = node.requests.length;
    node.cutStreams();
    node.ledger.finalise();
    await device.drain();
    const resumed = node.requests.slice(before).find(({ path }) => path === '/v1/events');
    expect(resumed?.headers['last-event-id']).toBe('1');
  });

  it('asks for the status where an event was missed, and sends again what the node lost', async () => {
    const node = await startNode();
    node.ledger.autoFinal = false;
    const device = await openDevice([node], { limits: { statusPollMs: 5 } });
    node.override = ({ path }) => (path === '/v1/events' ? problem(503, 'too-many-subscriptions') : null);
    const receipt = await device.submit({ a: 1 }, { time: TIME, wait: 'submitted' });
    node.ledger.transactions.clear();
    await eventually('the same bytes again', () => node.posts().length === 2);
    node.ledger.finalise();
    expect((await receipt.final()).outcome.status).toBe('accepted');
  });

  it('rejects whoever waits when it is closed', async () => {
    const node = await startNode();
    node.ledger.autoFinal = false;
    const device = await openDevice([node]);
    const receipt = await device.submit({ a: 1 }, { time: TIME, wait: 'submitted' });
    const waiting = codeOf(receipt.final());
    await device.close();
    expect(await waiting).toBe('closed');
    expect(await codeOf(device.submit({ a: 2 }, { time: TIME }))).toBe('closed');
  });

  it('takes a source position once', async () => {
    const node = await startNode();
    const device = await openDevice([node]);
    expect(device.highWater('file.csv')).toBeNull();
    await device.submit({ a: 1 }, { time: TIME, source: { name: 'file.csv', position: 5 } });
    expect(device.highWater('file.csv')).toBe(5);
    expect(await codeOf(device.submit({ a: 1 }, { time: TIME, source: { name: 'file.csv', position: 5 } }))).toBe(
      'already-submitted',
    );
  });
});

describe('arguments that no device takes', () => {
  it.each([
    ['nodes', { nodes: [] }],
    ['nodes', { nodes: ['ftp://host'] }],
    ['genesis', { genesis: 'abc' }],
    ['limits.inFlightMax', { limits: { inFlightMax: 0 } }],
  ])('names %s', async (field, options) => {
    const open = Device.open({ key, genesis: genesisFile, nodes: ['http://127.0.0.1:1'], ...options });
    await expect(open).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining(field) });
  });

  it('names the field of a genesis that breaks a rule', async () => {
    const open = Device.open({ key, genesis: { ...genesisFile, validators: [] }, nodes: ['http://127.0.0.1:1'] });
    await expect(open).rejects.toMatchObject({ code: 'invalid-genesis', details: { field: 'validators' } });
  });

  it('refuses a node of another network', async () => {
    const node = await startNode();
    const open = Device.open({ key, genesis: '0'.repeat(64), nodes: [node.url], limits: LIMITS });
    await expect(open).rejects.toMatchObject({ code: 'genesis-mismatch', node: node.url });
  });

  it('names the reading that SenML cannot carry, the time, and the payload that is too large', async () => {
    const device = await openDevice([await startNode()]);
    expect(await codeOf(device.submit({ 'bad name': 1 }, { time: TIME }))).toBe('invalid-argument');
    expect(await codeOf(device.submit({ a: 1 }, { time: 'yesterday' }))).toBe('invalid-argument');
    expect(await codeOf(device.submit({ a: 'x'.repeat(3_000) }, { time: TIME }))).toBe('payload-too-large');
    expect(await codeOf(device.submitPayload(70_000, new Uint8Array()))).toBe('invalid-argument');
    expect(device.open).toBe(0);
  });

  it('says that no number is left after 2^64 - 1', async () => {
    const node = await startNode();
    const used = { highestSequence: String(2n ** 64n - 2n) };
    node.override = ({ path }) => {
      const id = /^\/v1\/devices\/(.+)$/.exec(path)?.[1];
      return id === undefined ? null : { status: 200, body: { ...deviceBody(id), ...used } };
    };
    const device = await openDevice([node]);
    expect((await device.submit({ a: 1 }, { time: TIME, wait: 'final' })).sequence).toBe(2n ** 64n - 1n);
    expect(await codeOf(device.submit({ a: 2 }, { time: TIME }))).toBe('sequence-exhausted');
    expect(device.open).toBe(0);
  });

  it('needs a node for its first number', async () => {
    const gone = await startNode();
    await gone.stop();
    const open = Device.open({ key, genesis: genesisFile, nodes: [gone.url], limits: LIMITS });
    await expect(open).rejects.toMatchObject({ code: 'node-unreachable', node: gone.url });
  });
});

describe('an administrator', () => {
  it('waits until its change is accepted, and throws where it is rejected', async () => {
    const node = await startNode();
    const administrator = await Administrator.open({ key, genesis: genesisFile, nodes: [node.url], limits: LIMITS });
    onEnd(() => administrator.close());
    expect(await administrator.register(key.id, { ratePerSecond: 10 })).toMatchObject({
      outcome: { status: 'accepted' },
    });
    node.ledger.autoFinal = false;
    const revoked = codeOf(administrator.revoke(key.id));
    await eventually('the change at the node', () => node.ledger.transactions.size === 2);
    node.ledger.finalise({ status: 'rejected', code: 'not-authorised' });
    expect(await revoked).toBe('transaction-rejected');
    expect(() => administrator.quarantine('did:key:nobody')).toThrow('device is');
  });
});
