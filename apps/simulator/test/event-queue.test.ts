import { expect, test } from 'vitest';
import { EventQueue } from '../src/event-queue.js';
import { Random } from '../src/prng.js';

function drain(queue: EventQueue, untilUs: number): void {
  for (let action = queue.next(untilUs); action !== null; action = queue.next(untilUs)) action();
}

test('events come by time, and by insertion where times are equal', () => {
  const queue = new EventQueue();
  const random = new Random('queue');
  const expected = Array.from({ length: 1_000 }, (_, order) => ({ atUs: random.integer(0, 50), order }));
  const seen: typeof expected = [];
  for (const event of expected) queue.at(event.atUs, () => seen.push(event));
  drain(queue, 100);
  expect(seen).toEqual(expected.toSorted((left, right) => left.atUs - right.atUs || left.order - right.order));
  expect(queue.nowUs).toBe(100);
});

test('a cancelled event never comes, and time stops where it is told to', () => {
  const queue = new EventQueue();
  const seen: string[] = [];
  const cancel = queue.after(1, () => seen.push('cancelled'));
  queue.after(1, () => seen.push('due'));
  queue.after(2, () => seen.push('later'));
  cancel();
  drain(queue, 1_500);
  expect(seen).toEqual(['due']);
  expect(queue.nowUs).toBe(1_500);
  expect(() => queue.at(1_000, () => undefined)).toThrow('an event at 1000 us');
});
