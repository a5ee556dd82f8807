import { describe, expect, it } from 'vitest';
import type { Scope } from '../../src/access/index.js';
import { Admission, DeviceRates, FairShare } from '../../src/admission/index.js';
import type { CheckedTransaction, Commit } from '@tangle/core/model';
import type { DeviceRecord } from '@tangle/core/ledger';
import type { TransactionId } from '@tangle/core/ids';
import { nobleSigner } from '@tangle/core/crypto';
import { toHex } from '@tangle/core/codec';
import { PAYLOAD_TYPE } from '@tangle/core/model';

const SUBMIT: ReadonlySet<Scope> = new Set<Scope>(['submit']);
const issuerOf = (byte: number) => `01${toHex(nobleSigner(new Uint8Array(32).fill(byte)).publicKey)}`;
const idOf = (number: number) => number.toString(16).padStart(64, '0') as TransactionId;

describe('the rate of a device', () => {
  it('lets ten seconds of it through at once, then one at a time', () => {
    const rates = new DeviceRates();
    const taken = Array.from({ length: 25 }, () => rates.take('a', 2, 0));
    expect(taken.filter((waitMs) => waitMs === 0).length).toBe(20);
    expect(taken.at(-1)).toBe(500);
    expect(rates.take('a', 2, 499)).toBe(1);
    expect([rates.take('a', 2, 500), rates.take('a', 2, 500)]).toEqual([0, 500]);
  });

  it('below one in ten seconds still lets one through', () => {
    const rates = new DeviceRates();
    expect([rates.take('a', 0.01, 0), rates.take('a', 0.01, 0)]).toEqual([0, 100_000]);
  });

  it('over a long time admits what it says, however often a device tries', () => {
    const rates = new DeviceRates();
    let admitted = 0;
    for (let nowMs = 0; nowMs < 600_000; nowMs += 7) if (rates.take('a', 5, nowMs) === 0) admitted += 1;
    expect(admitted).toBeGreaterThanOrEqual(5 * 600);
    expect(admitted).toBeLessThanOrEqual(5 * 600 + 50);
  });

  it('of one device is not used up by another, and as many are remembered as the limit says', () => {
    const rates = new DeviceRates();
    for (let device = 0; device < 70_000; device++) expect(rates.take(String(device), 1, 0)).toBe(0);
    expect(rates.size).toBe(65_536);
  });

  it('that was lowered lowers what was saved up', () => {
    const rates = new DeviceRates();
    rates.take('a', 100, 0);
    const taken = Array.from({ length: 50 }, () => rates.take('a', 1, 10));
    expect(taken.filter((waitMs) => waitMs === 0).length).toBe(10);
  });
});

describe('the share of a device', () => {
  it('is what is still free, so that those who flood leave room for who comes later', () => {
    const share = new FairShare();
    const places = 1_000;
    const floods = (device: string, number: number) => {
      if (!share.isWithin(device, places - share.size)) return false;
      share.add(idOf(number), device);
      return true;
    };
    let number = 0;
    while (floods('one', number++));
    expect(share.held('one')).toBe(500);
    for (let round = 0; round < 1_000; round++) for (const device of ['one', 'two', 'three']) floods(device, number++);
    expect(places - share.size).toBeGreaterThan(0);
    expect(floods('honest', number++)).toBe(true);
    for (let done = 0; done < number; done++) share.remove(idOf(done));
    expect([share.size, share.held('one'), share.held('honest')]).toEqual([0, 0, 0]);
  });

  it('stands in nobody’s way where nothing is free at all: then the node is overloaded', () => {
    expect(new FairShare().isWithin('a', 0)).toBe(true);
  });
});

describe('admission', () => {
  const transactionOf = (number: number, issuer = issuerOf(1), payloadType: number = PAYLOAD_TYPE.opaque) =>
    ({ id: idOf(number), issuer, payloadType, payload: new Uint8Array(), timestampMs: 0 }) as CheckedTransaction;
  const recordOf = (issuer: string, ratePerSecond: number): DeviceRecord =>
    ({ issuer, role: 'device', status: 'active', ratePerSecond }) as DeviceRecord;
  const admission = (ratePerSecond: number, open = { count: 0 }, ratePerSecondDefault = 0) =>
    new Admission({
      device: (issuer) => recordOf(issuer, ratePerSecond),
      openCount: () => open.count,
      openMax: 100,
      ratePerSecondDefault,
      monotonicMs: () => 0,
    });

  it('says when a device beyond its rate may come again', () => {
    const gate = admission(1);
    for (let number = 0; number < 10; number++) {
      expect(gate.admit(transactionOf(number), SUBMIT)).toBeNull();
      gate.conclude(transactionOf(number), 'accepted');
    }
    expect(gate.admit(transactionOf(10), SUBMIT)).toMatchObject({ code: 'rate-limited', retryAfterMs: 1_000 });
  });

  it('takes no token for what the node could not take', () => {
    const gate = admission(1);
    for (let number = 0; number < 100; number++) {
      expect(gate.admit(transactionOf(number), SUBMIT)).toBeNull();
      gate.conclude(transactionOf(number), 'overloaded');
    }
    expect(gate.gauges['admittedOpenTransactions']).toBe(0);
  });

  it('uses the node’s own rate where none is provisioned, and none where that is 0', () => {
    const refusals = (gate: Admission) =>
      Array.from({ length: 50 }, (_, number) => {
        const refused = gate.admit(transactionOf(number), SUBMIT);
        if (refused === null) gate.conclude(transactionOf(number), 'overloaded');
        else return refused.code;
        gate.admit(transactionOf(number), SUBMIT);
        gate.conclude(transactionOf(number), 'parent-unknown');
        return null;
      }).filter((code) => code !== null);
    expect(refusals(admission(0)).length).toBe(0);
    expect(refusals(admission(0, { count: 0 }, 2)).length).toBeGreaterThan(0);
  });

  it('keeps half of a node for those who have not come yet, and gives places back as transactions become final', () => {
    const open = { count: 0 };
    const gate = admission(0, open);
    let number = 0;
    const send = (issuer: string) => {
      const transaction = transactionOf(number++, issuer);
      const refused = gate.admit(transaction, SUBMIT);
      if (refused !== null) return refused.code;
      gate.conclude(transaction, 'accepted');
      open.count += 1;
      return null;
    };
    const flood = Array.from({ length: 200 }, () => send(issuerOf(1)));
    expect(flood.filter((code) => code === null).length).toBe(50);
    expect(flood.at(-1)).toBe('share-exceeded');
    expect(send(issuerOf(2))).toBeNull();
    const entries = Array.from({ length: 51 }, (_, index) => ({ id: idOf(index) }));
    open.count = 0;
    gate.committed({ entries } as unknown as Commit);
    expect(send(issuerOf(1))).toBeNull();
  });

  it('asks for the scope of the payload’s type', () => {
    const gate = admission(0);
    const registry = transactionOf(1, issuerOf(1), PAYLOAD_TYPE.registry);
    expect(gate.admit(registry, SUBMIT)).toMatchObject({ code: 'insufficient-scope' });
    expect(gate.admit(transactionOf(2), new Set<Scope>(['admin']))).toMatchObject({ code: 'insufficient-scope' });
    expect(gate.admit(registry, new Set<Scope>(['admin']))).toBeNull();
  });
});
