/** Outcomes of execution: every code provoked, their order of precedence, what uses a number, what is evidence. */
import { describe, expect, test } from 'vitest';
import { PAYLOAD_TYPE } from '../../src/model/index.js';
import { admin, Bench, operator, parentA, pump, staffedBench, stranger, transaction, valve } from './fixtures.js';

const GARBAGE = Uint8Array.of(0xff);
const REGISTRY = { payloadType: PAYLOAD_TYPE.registry, payload: GARBAGE };

describe('every rejection code', () => {
  test('a key that was never registered is an unknown device', () => {
    expect(staffedBench().send(stranger, 1n)).toBe('unknown-device');
  });

  test('a revoked device is rejected from its revocation on, and what came before stays accepted', () => {
    const bench = staffedBench();
    expect(bench.send(pump, 1n)).toBe('accepted');
    expect(bench.change(admin, 'revoke', pump)).toBe('accepted');
    expect(bench.send(pump, 2n)).toBe('revoked');
    expect(bench.ledger.device(pump.issuer)).toMatchObject({ status: 'revoked', highestSequence: 1n, transactions: 2 });
  });

  test('a quarantined device is rejected until it is released', () => {
    const bench = staffedBench();
    bench.change(admin, 'quarantine', pump);
    expect(bench.send(pump, 1n)).toBe('quarantined');
    bench.change(admin, 'release', pump);
    expect(bench.send(pump, 1n)).toBe('accepted');
  });

  test('a number below the window is too old', () => {
    const bench = staffedBench();
    bench.send(pump, 5_000n);
    expect(bench.send(pump, 3_976n)).toBe('sequence-too-old');
    expect(bench.send(pump, 3_977n)).toBe('accepted');
  });

  test('a number is used once', () => {
    const bench = staffedBench();
    expect(bench.send(pump, 7n)).toBe('accepted');
    expect(bench.send(pump, 7n)).toBe('sequence-used');
  });

  test('a registry change by a device is not authorised', () => {
    expect(staffedBench().register(pump, stranger)).toBe('not-authorised');
  });

  test('a registry payload that cannot be read is malformed', () => {
    expect(staffedBench().sendPayload(admin, GARBAGE)).toBe('malformed-payload');
  });
});

describe('the first code that applies', () => {
  test('unknown-device, revoked and quarantined come before anything about the number', () => {
    const bench = staffedBench();
    for (const device of [pump, valve]) {
      bench.send(device, 5_000n);
    }
    bench.change(admin, 'revoke', pump);
    bench.change(admin, 'quarantine', valve);
    for (const sequence of [1n, 5_000n]) {
      expect(bench.send(stranger, sequence, REGISTRY)).toBe('unknown-device');
      expect(bench.send(pump, sequence, REGISTRY)).toBe('revoked');
      expect(bench.send(valve, sequence, REGISTRY)).toBe('quarantined');
    }
  });

  test('a device that is quarantined and then revoked is revoked', () => {
    const bench = staffedBench();
    bench.change(admin, 'quarantine', pump);
    bench.change(admin, 'revoke', pump);
    expect(bench.send(pump, 1n)).toBe('revoked');
  });

  test('the number is judged before the payload', () => {
    const bench = staffedBench();
    bench.send(pump, 5_000n);
    expect(bench.send(pump, 1n, REGISTRY)).toBe('sequence-too-old');
    expect(bench.send(pump, 5_000n, REGISTRY)).toBe('sequence-used');
  });

  test('not-authorised comes before malformed-payload for a device, which may change nothing', () => {
    expect(staffedBench().sendPayload(pump, GARBAGE)).toBe('not-authorised');
  });

  test('an operator whose payload cannot be read gets malformed-payload', () => {
    expect(staffedBench().sendPayload(operator, GARBAGE)).toBe('malformed-payload');
  });
});

describe('what uses a number', () => {
  test('a rejection after the sequence checks uses the number all the same', () => {
    const bench = staffedBench();
    expect(bench.send(pump, 1n, REGISTRY)).toBe('not-authorised');
    expect(bench.send(pump, 1n)).toBe('sequence-used');
    expect(bench.send(admin, 2_000_000n, REGISTRY)).toBe('malformed-payload');
    expect(bench.send(admin, 2_000_000n)).toBe('sequence-used');
  });

  test('a rejection before them does not: the number is still free after a release or a registration', () => {
    const bench = new Bench();
    expect(bench.send(pump, 1n)).toBe('unknown-device');
    bench.register(admin, pump);
    expect(bench.send(pump, 1n)).toBe('accepted');
    bench.change(admin, 'quarantine', pump);
    expect(bench.send(pump, 2n)).toBe('quarantined');
    bench.change(admin, 'release', pump);
    expect(bench.send(pump, 2n)).toBe('accepted');
  });

  test('numbers of one issuer are nobody else’s', () => {
    const bench = staffedBench();
    expect(bench.send(pump, 1n)).toBe('accepted');
    expect(bench.send(valve, 1n)).toBe('accepted');
  });
});

describe('payload types', () => {
  test.each([PAYLOAD_TYPE.telemetry, PAYLOAD_TYPE.anchor, PAYLOAD_TYPE.opaque, 0, 5, 65_535])(
    'type %i is accepted whatever it carries, and changes nothing but its issuer’s own entries',
    (payloadType) => {
      const bench = staffedBench();
      bench.ledger.drainChanges();
      expect(bench.send(pump, 1n, { payloadType, payload: GARBAGE })).toBe('accepted');
      expect(bench.ledger.drainChanges().map(({ key }) => key)).toEqual([`02${pump.issuer}`, `03${pump.issuer}00`]);
    },
  );
});

describe('issuer index', () => {
  test('it counts every final transaction of an issuer from 1, rejected and unregistered ones too', () => {
    const bench = staffedBench();
    const indexOf = (sequence: bigint) => bench.apply(transaction(stranger, { sequence })).issuerIndex;
    expect([indexOf(1n), indexOf(1n)]).toEqual([1, 2]);
    bench.register(admin, stranger);
    expect([indexOf(1n), indexOf(1n), indexOf(2n)]).toEqual([3, 4, 5]);
    expect(bench.ledger.device(stranger.issuer)?.transactions).toBe(5);
  });
});

describe('evidence of equivocation', () => {
  const first = { sequence: 9n, timestampMs: 1_000, payloadType: PAYLOAD_TYPE.telemetry, payload: Uint8Array.of(1) };

  test.each([
    ['payload', { ...first, payload: Uint8Array.of(2) }],
    ['length of payload', { ...first, payload: new Uint8Array(0) }],
    ['timestamp', { ...first, timestampMs: 1_001 }],
    ['payload type', { ...first, payloadType: PAYLOAD_TYPE.opaque }],
  ])('a used number with another %s is evidence, and flags the device without stopping it', (_, second) => {
    const bench = staffedBench();
    bench.apply(transaction(pump, first));
    expect(bench.apply(transaction(pump, second))).toEqual({
      outcome: { status: 'rejected', code: 'sequence-used' },
      issuerIndex: 2,
      evidence: true,
    });
    expect(bench.ledger.device(pump.issuer)?.equivocated).toBe(true);
    expect(bench.send(pump, 10n)).toBe('accepted');
  });

  test('the same content under other parents is a re-attachment, no evidence', () => {
    const bench = staffedBench();
    bench.apply(transaction(pump, first));
    const again = bench.apply(transaction(pump, { ...first, parents: [parentA, 'cc'.repeat(32) as typeof parentA] }));
    expect(again).toMatchObject({ outcome: { code: 'sequence-used' }, evidence: false });
    expect(bench.ledger.device(pump.issuer)?.equivocated).toBe(false);
  });

  test('re-attachments of a whole window of numbers are no evidence', () => {
    const bench = staffedBench();
    const readings = Array.from({ length: 1_024 }, (_, index) =>
      transaction(pump, { sequence: 5_000n + BigInt(index), timestampMs: index }),
    );
    for (const reading of readings) bench.apply(reading);
    for (const reading of readings) {
      expect(bench.apply(reading)).toMatchObject({ outcome: { code: 'sequence-used' }, evidence: false });
    }
  });

  test('every later transaction is compared with the one that used the number', () => {
    const bench = staffedBench();
    const other = { ...first, payload: Uint8Array.of(2) };
    const evidence = [first, other, first, other].map((fields) => bench.apply(transaction(pump, fields)).evidence);
    expect(evidence).toEqual([false, true, false, true]);
  });

  test('what was rejected after it had used its number is compared too', () => {
    const bench = staffedBench();
    const change = { ...first, payloadType: PAYLOAD_TYPE.registry, payload: GARBAGE };
    expect(bench.apply(transaction(pump, change)).outcome).toMatchObject({ code: 'not-authorised' });
    expect(bench.apply(transaction(pump, change)).evidence).toBe(false);
    expect(bench.apply(transaction(pump, first)).evidence).toBe(true);
  });

  test('it is found at the lower edge of the window and not below', () => {
    const bench = staffedBench();
    bench.apply(transaction(pump, first));
    const other = transaction(pump, { ...first, payload: Uint8Array.of(2) });
    bench.send(pump, 9n + 1_023n);
    expect(bench.apply(other)).toMatchObject({ outcome: { code: 'sequence-used' }, evidence: true });
    bench.send(pump, 9n + 1_024n);
    expect(bench.apply(other)).toMatchObject({ outcome: { code: 'sequence-too-old' }, evidence: false });
  });

  test('what a revoked or quarantined device sends is not looked at for evidence', () => {
    const bench = staffedBench();
    bench.apply(transaction(pump, first));
    bench.change(admin, 'quarantine', pump);
    const other = bench.apply(transaction(pump, { ...first, payload: Uint8Array.of(2) }));
    expect(other).toMatchObject({ outcome: { code: 'quarantined' }, evidence: false });
  });

  test('the flag outlives quarantine, release and a new registration', () => {
    const bench = staffedBench();
    bench.apply(transaction(pump, first));
    bench.apply(transaction(pump, { ...first, payload: Uint8Array.of(2) }));
    bench.change(admin, 'quarantine', pump);
    bench.change(admin, 'release', pump);
    bench.register(admin, pump);
    expect(bench.ledger.device(pump.issuer)).toMatchObject({ status: 'active', equivocated: true });
  });
});
