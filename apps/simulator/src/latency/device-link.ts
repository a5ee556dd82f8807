/** How long a device's bytes take to its gateway, one way. The figures are assumptions: nobody measured them for us. */
import type { Random } from '../prng.js';

export const DEVICE_LINK_NAMES = ['lan', 'lte', 'nb-iot', 'none'] as const;
export type DeviceLinkName = (typeof DEVICE_LINK_NAMES)[number];

interface Spread {
  /** No delay is shorter. */
  readonly leastMs: number;
  /** Of an exponential part on top. */
  readonly meanMs: number;
  readonly mostMs: number;
}

const SPREADS: { readonly [Name in DeviceLinkName]: Spread } = {
  lan: { leastMs: 0.5, meanMs: 0.5, mostMs: 5 },
  lte: { leastMs: 15, meanMs: 10, mostMs: 80 },
  // Half-duplex radio with a duty cycle and repetitions.
  'nb-iot': { leastMs: 500, meanMs: 1_000, mostMs: 10_000 },
  none: { leastMs: 0, meanMs: 0, mostMs: 0 },
};

export function uplinkMs(name: DeviceLinkName, random: Random): number {
  const { leastMs, meanMs, mostMs } = SPREADS[name];
  return Math.min(mostMs, leastMs + random.exponential(meanMs));
}

/** The shortest that `uplinkMs` ever gives. */
export function uplinkLeastMs(name: DeviceLinkName): number {
  return SPREADS[name].leastMs;
}
