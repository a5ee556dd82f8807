/** What a device does when nodes say that it is too much: it waits as long as they ask, and sends less at a time. */
import { describe, expect, it } from 'vitest';
import { FakeLedger } from './support/fake-ledger.js';
import { problem } from './support/fake-network.js';
import { codeOf, eventually, openDevice, startNode, TIME } from './support/harness.js';

describe('a device that is ahead of its rate', () => {
  it('waits as long as the node asks, asks no other node meanwhile, and loses nothing', async () => {
    const ledger = new FakeLedger();
    const [one, two] = [await startNode(ledger), await startNode(ledger)];
    const refused = new Set<string>();
    let firstRefusalMs = Infinity;
    let firstRetryMs = 0;
    one.override = ({ method, body }) => {
      if (method !== 'POST') return null;
      const content = Buffer.from(body).toString('hex');
      if (refused.has(content)) firstRetryMs ||= performance.now();
      if (firstRetryMs > 0 || ledger.transactions.size < 20) return null;
      refused.add(content);
      firstRefusalMs = Math.min(firstRefusalMs, performance.now());
      return problem(429, 'rate-limited', { 'retry-after': '1' });
    };
    const device = await openDevice([one, two]);
    const receipts = await Promise.all(Array.from({ length: 60 }, () => device.submit({ x: 1 }, { time: TIME })));
    await Promise.all(receipts.map((receipt) => receipt.final()));
    expect(ledger.order).toHaveLength(60);
    // What was in flight when the first one was refused, and nothing after it.
    expect(refused.size).toBeLessThanOrEqual(32);
    expect(firstRetryMs - firstRefusalMs).toBeGreaterThanOrEqual(990);
    expect(two.posts()).toHaveLength(0);
  });
});

describe('a node that is too busy', () => {
  it('is left alone for as long as it asks, and another one is asked meanwhile', async () => {
    const ledger = new FakeLedger();
    const [busy, idle] = [await startNode(ledger), await startNode(ledger)];
    busy.override = ({ method }) => (method === 'POST' ? problem(503, 'overloaded', { 'retry-after': '30' }) : null);
    const device = await openDevice([busy, idle], { limits: { inFlightMax: 1 } });
    for (let index = 0; index < 10; index++) await device.submit({ index }, { time: TIME, wait: 'final' });
    expect([busy.posts().length, idle.posts().length]).toEqual([1, 10]);
  });

  it('keeps nobody quiet for longer than the SDK lets it', async () => {
    const node = await startNode();
    let refusals = 0;
    node.override = ({ method }) => {
      if (method !== 'POST' || refusals++ > 0) return null;
      return problem(503, 'overloaded', { 'retry-after': '86400' });
    };
    const device = await openDevice([node], { limits: { retryAfterMsMax: 20 } });
    await device.submit({ x: 1 }, { time: TIME, wait: 'final' });
    expect(node.posts()).toHaveLength(2);
  });
});

describe('a token', () => {
  it('goes to every node with every request, and nowhere else', async () => {
    const node = await startNode();
    const device = await openDevice([node], { token: 'tangle_0123_secret' });
    await device.submit({ x: 1 }, { time: TIME, wait: 'final' });
    await eventually('the event stream is open', () => node.streams === 1);
    expect(node.requests.length).toBeGreaterThan(3);
    for (const { headers, path, query } of node.requests) {
      expect([path, headers['authorization']]).toEqual([path, 'Bearer tangle_0123_secret']);
      expect(`${path}?${query.toString()}`).not.toContain('secret');
    }
  });

  it('that cannot stand in a header is refused without being repeated', async () => {
    const node = await startNode();
    const opened = openDevice([node], { token: 'line\r\nbreak' });
    expect(await codeOf(opened)).toBe('invalid-argument');
    await expect(opened).rejects.not.toThrow(/break/);
  });

  it('that a node does not know is an error of the submission, which a later one tries again', async () => {
    const node = await startNode();
    let isKnown = false;
    node.override = ({ method }) => (method === 'POST' && !isKnown ? problem(401, 'token-expired') : null);
    const device = await openDevice([node]);
    const first = await device.submit({ x: 1 }, { time: TIME });
    expect(await codeOf(first.submitted())).toBe('token-expired');
    isKnown = true;
    const second = await device.submit({ x: 2 }, { time: TIME });
    await second.final();
    await eventually('both are final', () => node.ledger.order.length === 2);
  });
});
