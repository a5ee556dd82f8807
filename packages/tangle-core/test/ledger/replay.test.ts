/**
 * Same log in, same state out (PROTOCOL 7): under random transactions a live ledger, one replayed from the start, one
 * restored from its entries in between and one rebuilt from what was handed to the store must never differ.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StateChange, Transaction } from '../../src/model/index.js';
import { Ledger, stateDigestOf } from '../../src/ledger/index.js';
import { DEVICE_ROLES, encodeRegistryPayload, PAYLOAD_TYPE } from '../../src/model/index.js';
import {
  admin,
  codeOf,
  crypto,
  genesisOf,
  operator,
  pump,
  secondAdmin,
  stranger,
  transaction,
  valve,
} from './fixtures.js';

const parties = [admin, secondAdmin, operator, pump, valve, stranger] as const;
const genesis = genesisOf(admin, secondAdmin);

const anyParty = fc.constantFrom(...parties);
/** Few enough numbers that many are used twice, with jumps that move the window. */
const sequences = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: 40n }) },
  { weight: 2, arbitrary: fc.bigInt({ min: 1_000n, max: 1_100n }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 2_500n, 2n ** 64n - 1_000n, 2n ** 64n - 1n) },
);
const registryPayloads = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  {
    weight: 6,
    arbitrary: fc
      .record({ role: fc.constantFrom(...DEVICE_ROLES), ratePerSecond: fc.nat(100), target: anyParty })
      .map(({ role, ratePerSecond, target }) =>
        encodeRegistryPayload({ action: 'register', suite: 1, key: target.key, role, ratePerSecond }),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ action: fc.constantFrom('revoke', 'quarantine', 'release'), target: anyParty })
      .map(({ action, target }) => encodeRegistryPayload({ action, suite: 1, key: target.key })),
  },
);
const payloads = fc.oneof(
  fc.record({
    payloadType: fc.constantFrom(PAYLOAD_TYPE.telemetry, 77),
    payload: fc.uint8Array({ maxLength: 1, max: 1 }),
  }),
  fc.record({ payloadType: fc.constant<number>(PAYLOAD_TYPE.registry), payload: registryPayloads }),
);
const transactions: fc.Arbitrary<Transaction> = fc
  .record({ from: anyParty, sequence: sequences, timestampMs: fc.nat(1), body: payloads })
  .map(({ from, sequence, timestampMs, body }) => transaction(from, { sequence, timestampMs, ...body }));

interface LogStep {
  readonly next: Transaction;
  /** What happens after it. */
  readonly afterwards: 'nothing' | 'digest' | 'store' | 'restart';
}
const logs: fc.Arbitrary<LogStep[]> = fc.array(
  fc.record({
    next: transactions,
    afterwards: fc.constantFrom(
      'nothing' as const,
      'nothing' as const,
      'digest' as const,
      'store' as const,
      'restart' as const,
    ),
  }),
  { minLength: 1, maxLength: 80, size: 'max' },
);

/** The store's view: what a plain key-value store holds after all drained batches. */
class PlainStore {
  readonly #values = new Map<string, Uint8Array>();

  write(changes: readonly StateChange[]): void {
    for (const { key, value } of changes) {
      if (value === null) this.#values.delete(key);
      else this.#values.set(key, value);
    }
  }

  entries(): StateChange[] {
    return [...this.#values].map(([key, value]) => ({ key, value }));
  }
}

test('live, replayed and restored ledgers have the same outcomes, entries and digests', () => {
  fc.assert(
    fc.property(logs, (log) => {
      const live = new Ledger(genesis, crypto);
      const store = new PlainStore();
      let restarted = new Ledger(genesis, crypto);
      const digests: [string, string | undefined][] = [];
      const executions = log.map(({ next, afterwards }) => {
        const execution = live.apply(next);
        expect(restarted.apply(next)).toEqual(execution);
        if (afterwards === 'digest') digests.push([live.stateDigest(), stateDigestOf(crypto, live.entries())]);
        if (afterwards === 'store' || afterwards === 'restart') store.write(restarted.drainChanges());
        if (afterwards === 'restart') restarted = Ledger.fromEntries(genesis, crypto, store.entries());
        return execution;
      });
      for (const [incremental, fromScratch] of digests) expect(incremental).toBe(fromScratch);
      const replayed = new Ledger(genesis, crypto);
      expect(log.map(({ next }) => replayed.apply(next))).toEqual(executions);
      store.write(restarted.drainChanges());
      const rebuilt = Ledger.fromEntries(genesis, crypto, store.entries());
      for (const other of [restarted, replayed, rebuilt]) {
        expect(other.stateDigest()).toBe(live.stateDigest());
        expect(other.entries()).toEqual(live.entries());
        expect(other.devices(null, 100)).toEqual(live.devices(null, 100));
      }
    }),
    { numRuns: 30 },
  );
});

test('a naive ledger that remembers everything gives the same sequence verdicts, evidence and issuer indexes', () => {
  fc.assert(
    fc.property(fc.array(transactions, { maxLength: 150, size: 'max' }), (log) => {
      const ledger = new Ledger(genesis, crypto);
      const seen = new Map<string, { count: number; contents: Map<bigint, string> }>();
      for (const next of log) {
        const issuer = seen.get(next.issuer) ?? { count: 0, contents: new Map<bigint, string>() };
        seen.set(next.issuer, issuer);
        issuer.count += 1;
        const status = ledger.device(next.issuer)?.status;
        const { outcome, evidence, issuerIndex } = ledger.apply(next);
        expect(issuerIndex).toBe(issuer.count);
        const content = `${next.timestampMs} ${next.payloadType} ${next.payload.join(',')}`;
        const used = issuer.contents.get(next.sequence);
        const tooOld = [...issuer.contents.keys()].some((number) => next.sequence + 1_024n <= number);
        const early =
          status !== 'active'
            ? (status ?? 'unknown-device')
            : tooOld
              ? 'sequence-too-old'
              : used === undefined
                ? null
                : 'sequence-used';
        const possible = early === null ? ['accepted', 'not-authorised', 'malformed-payload'] : [early];
        expect(possible).toContain(codeOf(outcome));
        if (early === null) issuer.contents.set(next.sequence, content);
        expect(evidence).toBe(early === 'sequence-used' && used !== content);
      }
    }),
    { numRuns: 50 },
  );
});
