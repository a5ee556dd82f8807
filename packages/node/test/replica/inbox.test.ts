/** The inbox: fair across links, bounded for each, in order. */
import { describe, expect, test } from 'vitest';
import type { VertexId } from '@tangle/core/ids';
import { testDevice, testNetwork, testTransaction } from '@tangle/core/testing';
import { Inbox } from '../../src/replica/inbox.js';

const network = testNetwork({ weights: [1] });
const submission = () => ({
  transaction: testTransaction(network, testDevice('pump'), { sequence: 1 }),
  settle: () => undefined,
});
const event = (from: number, name: string) => ({ kind: 'cited' as const, from, ids: [name as VertexId] });

describe('the inbox', () => {
  test('gives every link its turn, whatever one of them sends', () => {
    const inbox = new Inbox(1_000_000);
    for (let index = 0; index < 100; index++) inbox.add(0, event(0, `flood ${index}`));
    inbox.add(1, event(1, 'honest'));
    const { events } = inbox.take(4);
    expect(events).toContainEqual(event(1, 'honest'));
  });

  test('leaves peers half of every turn, however much is submitted', () => {
    const inbox = new Inbox(1_000_000);
    for (let index = 0; index < 8; index++) inbox.add(1, event(1, `peer ${index}`));
    for (let index = 0; index < 8; index++) inbox.submit(submission());
    const { submissions, events } = inbox.take(8);
    expect([submissions.length, events.length]).toEqual([4, 4]);
  });

  test('gives submissions what the peers leave of a turn, and half of it at least', () => {
    const inbox = new Inbox(1_000_000);
    inbox.add(1, event(1, 'the only one'));
    for (let index = 0; index < 20; index++) inbox.submit(submission());
    const { submissions, events } = inbox.take(8);
    expect([submissions.length, events.length]).toEqual([7, 1]);
    expect(inbox.take(8).submissions.length).toBe(8);
    for (let index = 0; index < 20; index++) inbox.add(1, event(1, `flood ${index}`));
    expect(inbox.take(8).submissions.length).toBe(4);
  });

  test('keeps the order of a link', () => {
    const inbox = new Inbox(1_000_000);
    for (const name of ['first', 'second', 'third']) inbox.add(0, event(0, name));
    expect(inbox.take(2).events).toEqual([event(0, 'first'), event(0, 'second')]);
    expect(inbox.take(2).events).toEqual([event(0, 'third')]);
    expect(inbox.isEmpty).toBe(true);
  });

  test('drops what is over the share of a link and takes more once a turn has emptied it', () => {
    const inbox = new Inbox(100);
    expect(inbox.add(0, event(0, 'first'))).toBe(true);
    expect(inbox.add(0, event(0, 'over the share'))).toBe(false);
    expect(inbox.add(1, event(1, 'another link'))).toBe(true);
    inbox.take(10);
    expect(inbox.add(0, event(0, 'again'))).toBe(true);
  });
});
