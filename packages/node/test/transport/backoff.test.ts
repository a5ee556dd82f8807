import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/transport/backoff.js';

describe('the delay before dialling again', () => {
  it('doubles to its cap and starts over after a reset', () => {
    const backoff = new Backoff(100, 5_000, () => 1 - Number.EPSILON);
    const delays = Array.from({ length: 8 }, () => backoff.nextMs());
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    backoff.reset();
    expect(backoff.nextMs()).toBe(100);
  });

  it('is never below half of its step, nor anything but a number after ten thousand failures', () => {
    const backoff = new Backoff(100, 5_000, () => 0);
    const delays = Array.from({ length: 10_000 }, () => backoff.nextMs());
    expect(delays.slice(0, 3)).toEqual([50, 100, 200]);
    expect(delays.at(-1)).toBe(2_500);
  });
});
