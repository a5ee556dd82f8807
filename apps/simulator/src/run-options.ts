/** What one run is like, everything decided: what reports print, and what a world is made of. Times in milliseconds. */
import type { ValidatorIndex } from '@tangle/core/ids';
import type { ReplicaLimits } from '@tangle/node/replica';
import type { DiskOptions } from './disk.js';
import type { NetworkOptions } from './network.js';

/** A span of virtual time in which something is wrong. */
interface FaultSpan {
  readonly atMs: number;
  readonly forMs: number;
}

export type Fault = FaultSpan &
  (
    | {
        readonly kind: /** A process ends at any instant and starts again. */
          | 'crash'
          /** A write fails, written or not; the process stops and starts again. */
          | 'disk-failure'
          /** The disk is lost; the machine starts again with an empty one, which does not claim to be new. */
          | 'wipe'
          /** A record of the disk reads back altered. Whoever reads it stops, and starts again on an empty disk. */
          | 'rot'
          /** The wall clock stands still, then is right again. */
          | 'clock-freeze';
        readonly node: ValidatorIndex;
      }
    /** The disk is replaced by a copy that is so much older, by somebody who says so (PROTOCOL 9). */
    | { readonly kind: 'restore'; readonly node: ValidatorIndex; readonly ageMs: number }
    /** The wall clock is set forward, or back, then right again. */
    | { readonly kind: 'clock-jump'; readonly node: ValidatorIndex; readonly byMs: number }
    /** Links between the sets are cut. */
    | { readonly kind: 'partition'; readonly sets: readonly (readonly ValidatorIndex[])[] }
    /** What the first say does not reach the second; the other direction is whole. */
    | { readonly kind: 'one-way'; readonly from: readonly ValidatorIndex[]; readonly to: readonly ValidatorIndex[] }
    /** One direction of a link holds everything back, then lets it all go. */
    | { readonly kind: 'clog'; readonly from: ValidatorIndex; readonly to: ValidatorIndex }
    /** One direction of a link takes so many times longer. */
    | { readonly kind: 'slow'; readonly from: ValidatorIndex; readonly to: ValidatorIndex; readonly factor: number }
  );

export type FaultKind = Fault['kind'];

/** A validator that lies, for the whole run. Those of more than the tolerated weight f change what a run must hold: see run.ts. */
export interface ByzantineValidator {
  readonly node: ValidatorIndex;
  /** One of `adversaries/index.ts`. */
  readonly strategy: string;
}

/** Devices send at another rate for a while: a burst, or silence. */
export interface LoadSpan {
  readonly atMs: number;
  readonly forMs: number;
  /** Of all devices together. */
  readonly readingsPerSecond: number;
}

/** One transaction after the quiet: it has to become final, and the network to rest again. */
export interface Wake {
  /** Where it is submitted: any honest node that is up. */
  readonly node: ValidatorIndex;
  /** Machines that are down meanwhile. */
  readonly down: readonly ValidatorIndex[];
}

export interface RunOptions {
  readonly name: string;
  /** One weight for each node. */
  readonly weights: readonly number[];
  /** Tips of a statement at most: the genesis parameter. */
  readonly maxTips: number;
  readonly devices: number;
  /** Beside the honest ones, with a share of the load. */
  readonly hostileDevices: number;
  /** Changes of the registry in the middle of the run, mistakes among them. */
  readonly registryChanges: number;
  /** Of all devices together, outside the spans of `load`. */
  readonly readingsPerSecond: number;
  readonly load: readonly LoadSpan[];
  readonly arrival: 'poisson' | 'fixed';
  /** Devices send for this long; then the weather turns fine. */
  readonly durationMs: number;
  /** Bound for everything to be final everywhere after that. */
  readonly finalWithinMs: number;
  /** How long the idle network is watched then. */
  readonly quietMs: number;
  readonly wakes: readonly Wake[];
  readonly signatures: 'modelled' | 'real';
  readonly network: NetworkOptions;
  readonly disk: DiskOptions;
  /** Bounds of each machine's clock error, either way. */
  readonly clocks: { readonly offsetMsMax: number; readonly driftPpmMax: number };
  /** What differs from the defaults, for each node; none for those beyond the list. */
  readonly limits: readonly Partial<ReplicaLimits>[];
  readonly faults: readonly Fault[];
  readonly byzantine: readonly ByzantineValidator[];
}
