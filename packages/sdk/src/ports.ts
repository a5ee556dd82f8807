/** What the SDK borrows from where it runs; the defaults work in Node, Deno, Bun and browsers. */

/** Clocks and timers. */
export interface Clock {
  /** Wall clock, unix ms, an integer. */
  wallMs(): number;
  /** Monotonic milliseconds. */
  monotonicMs(): number;
  /** Calls back once, not before `delayMs`; the answer cancels it. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** Cryptographically random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

/** `fetch` as the platform has it. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

export const systemRandom: RandomBytes = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));

/** Resolves after `delayMs`, or at once where `signal` is or gets aborted. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      release();
      resolve();
    };
    const cancel = clock.schedule(delayMs, done);
    const release = onAbort(signal, done);
  });
}

const abortCallbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once when `signal`, not aborted yet, is; the answer takes it back. However many wait, the signal has one
 * listener: a device closes dozens of requests at once, and Node warns of a leak from eleven listeners on.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const known = abortCallbacks.get(signal);
  const callbacks = known ?? new Set();
  callbacks.add(callback);
  if (known === undefined) {
    abortCallbacks.set(signal, callbacks);
    const callAll = (): void => {
      for (const call of callbacks) call();
    };
    signal.addEventListener('abort', callAll, { once: true });
  }
  return () => {
    callbacks.delete(callback);
  };
}

/** A uniform number in [0, 1) for jitter. */
export function fraction(random: RandomBytes): number {
  const bytes = random(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}
