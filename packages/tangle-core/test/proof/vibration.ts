/** A made-up vibration stream: four accelerometers at 20,000 samples a second, always the same. */
import type { Samples } from '../../src/proof/index.js';
import { TEST_GENESIS_MS } from '../../src/testing/index.js';

export function vibration(count: number): Samples {
  const channels = ['a1', 'a2', 'a3', 'a4'].map((name) => ({ name, unit: 'm/s2' }));
  const values = Float64Array.from({ length: count * 4 }, (_, place) => Math.round(Math.sin(place) * 1e6) / 1e5);
  const timing = { kind: 'regular', firstTimeMs: TEST_GENESIS_MS, ratePerSecond: 20_000 } as const;
  return { stream: 'gearbox/', timing, channels, values };
}
