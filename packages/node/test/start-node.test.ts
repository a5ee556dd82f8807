/** Taking a node down: every step, whatever becomes of those before it. */
import { expect, test } from 'vitest';
import { undoAll } from '../src/start-node.js';

test('a step that fails keeps none from being taken; the first error is told', async () => {
  const taken: string[] = [];
  const step = (name: string, error?: Error) => async (): Promise<void> => {
    taken.push(name);
    if (error !== undefined) throw error;
  };
  const steps = [step('api'), step('links', new Error('first')), step('replica', new Error('second')), step('store')];
  await expect(undoAll(steps)).rejects.toThrow('first');
  expect(taken).toEqual(['api', 'links', 'replica', 'store']);
});
