/** CPU time of nodes: one thing after the other, and no more at once than there are cores. */
import { expect, test } from 'vitest';
import { EventQueue } from '../../src/event-queue.js';
import { Processors } from '../../src/latency/processors.js';

/** When each piece of work, of a node and so long, is done. */
function doneUs(cores: number, pieces: readonly (readonly [node: number, us: number])[]): number[] {
  const queue = new EventQueue();
  const processors = new Processors(4, cores, queue);
  const done: number[] = [];
  pieces.forEach(([node, us], index) => processors.work(node, us, () => (done[index] = queue.nowUs)));
  for (let action = queue.next(1_000); action !== null; action = queue.next(1_000)) action();
  return done;
}

test('a node does one thing after the other, others at the same time', () => {
  expect(
    doneUs(0, [
      [0, 10],
      [0, 10],
      [1, 10],
    ]),
  ).toEqual([10, 20, 10]);
});

test('nodes share cores', () => {
  expect(
    doneUs(2, [
      [0, 10],
      [1, 10],
      [2, 10],
      [3, 5],
    ]),
  ).toEqual([10, 10, 20, 15]);
});

test('work of no length is done at once, unless the node is busy', () => {
  expect(
    doneUs(1, [
      [0, 0],
      [1, 10],
      [0, 0],
      [1, 0],
    ]),
  ).toEqual([0, 10, 0, 10]);
});
