/** The registry: who may change what, revocation, the last administrator, and what is left as it is. */
import { fromHex } from '../../src/codec/index.js';
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/assert.js';
import { toHex } from '../../src/codec/index.js';
import {
  admin,
  Bench,
  crypto,
  genesis,
  genesisOf,
  operator,
  party,
  pump,
  secondAdmin,
  secondOperator,
  SMALL_ORDER_KEY,
  staffedBench,
  stranger,
  valve,
} from './fixtures.js';
import { Ledger, stateDigestOf } from '../../src/ledger/index.js';

describe('genesis', () => {
  test('its administrators are registered from the start, and are the first changes', () => {
    const { ledger } = new Bench(genesisOf(admin, secondAdmin));
    for (const { issuer } of [admin, secondAdmin]) {
      expect(ledger.device(issuer)).toEqual({
        issuer,
        role: 'administrator',
        status: 'active',
        ratePerSecond: 0,
        highestSequence: null,
        transactions: 0,
        equivocated: false,
      });
    }
    const keys = [admin, secondAdmin].map(({ issuer }) => `01${issuer}`).sort();
    expect(ledger.drainChanges().map(({ key }) => key)).toEqual(keys);
    expect(ledger.drainChanges()).toEqual([]);
  });

  test('anyone else is not registered', () => {
    expect(new Bench().ledger.device(pump.issuer)).toBeUndefined();
    expect(new Bench().ledger.rateOf(pump.issuer)).toBeUndefined();
  });
});

describe('administrators', () => {
  test.each(['device', 'operator', 'administrator'] as const)('they register a %s', (role) => {
    const bench = new Bench();
    expect(bench.register(admin, stranger, role, 25)).toBe('accepted');
    expect(bench.ledger.device(stranger.issuer)).toMatchObject({ role, status: 'active', ratePerSecond: 25 });
    expect(bench.ledger.rateOf(stranger.issuer)).toBe(25);
  });

  test('they revoke, quarantine and release every role, one another too', () => {
    const bench = staffedBench();
    for (const target of [pump, operator, secondAdmin]) {
      expect(bench.change(admin, 'quarantine', target)).toBe('accepted');
      expect(bench.ledger.device(target.issuer)?.status).toBe('quarantined');
      expect(bench.change(admin, 'release', target)).toBe('accepted');
      expect(bench.ledger.device(target.issuer)?.status).toBe('active');
      expect(bench.change(admin, 'revoke', target)).toBe('accepted');
      expect(bench.ledger.device(target.issuer)?.status).toBe('revoked');
    }
  });

  test('one who was registered later may do what the first may, from there on', () => {
    const bench = new Bench();
    expect(bench.register(secondAdmin, pump)).toBe('unknown-device');
    bench.register(admin, secondAdmin, 'administrator');
    expect(bench.register(secondAdmin, pump)).toBe('accepted');
    expect(bench.change(secondAdmin, 'revoke', admin)).toBe('accepted');
    expect(bench.register(admin, valve)).toBe('revoked');
  });

  test('a role change works from its place in the order', () => {
    const bench = staffedBench();
    expect(bench.register(admin, operator, 'device')).toBe('accepted');
    expect(bench.register(operator, stranger)).toBe('not-authorised');
    expect(bench.register(admin, pump, 'operator')).toBe('accepted');
    expect(bench.register(pump, stranger)).toBe('accepted');
  });
});

describe('operators', () => {
  test('they register devices and revoke them', () => {
    const bench = staffedBench();
    expect(bench.register(operator, stranger)).toBe('accepted');
    expect(bench.change(operator, 'revoke', stranger)).toBe('accepted');
    expect(bench.send(stranger, 1n)).toBe('revoked');
  });

  test.each(['operator', 'administrator'] as const)('they cannot register a new key, or a device, as %s', (role) => {
    const bench = staffedBench();
    expect(bench.register(operator, stranger, role)).toBe('not-authorised');
    expect(bench.register(operator, pump, role)).toBe('not-authorised');
    expect(bench.register(operator, operator, role)).toBe('not-authorised');
  });

  test.each([
    ['an administrator', admin],
    ['another operator', secondOperator],
    ['themselves', operator],
  ])('they can neither revoke %s nor make a device of that key', (_, target) => {
    const bench = staffedBench();
    expect(bench.change(operator, 'revoke', target)).toBe('not-authorised');
    expect(bench.register(operator, target)).toBe('not-authorised');
    expect(bench.ledger.device(target.issuer)?.status).toBe('active');
  });

  test.each(['quarantine', 'release'] as const)('they cannot %s a device', (action) => {
    const bench = staffedBench();
    expect(bench.change(operator, action, pump)).toBe('not-authorised');
    expect(bench.change(operator, action, stranger)).toBe('not-authorised');
  });

  test('they may change the rate of a device, a quarantined one stays quarantined', () => {
    const bench = staffedBench();
    bench.change(admin, 'quarantine', pump);
    expect(bench.register(operator, pump, 'device', 99)).toBe('accepted');
    expect(bench.ledger.device(pump.issuer)).toMatchObject({ status: 'quarantined', ratePerSecond: 99 });
  });
});

describe('devices', () => {
  test('they may change nothing, themselves included', () => {
    const bench = staffedBench();
    expect(bench.register(pump, pump)).toBe('not-authorised');
    for (const action of ['revoke', 'quarantine', 'release'] as const) {
      expect(bench.change(pump, action, pump)).toBe('not-authorised');
    }
  });
});

describe('a revoked key', () => {
  test('stays revoked for ever: nobody registers, quarantines or releases it', () => {
    const bench = staffedBench();
    bench.change(admin, 'revoke', pump);
    for (const issuer of [admin, operator]) {
      expect(bench.register(issuer, pump)).toBe('not-authorised');
      expect(bench.change(issuer, 'quarantine', pump)).toBe('not-authorised');
      expect(bench.change(issuer, 'release', pump)).toBe('not-authorised');
    }
    expect(bench.ledger.device(pump.issuer)?.status).toBe('revoked');
  });

  test('can be revoked again, without effect', () => {
    const bench = staffedBench();
    bench.change(admin, 'revoke', pump);
    const before = bench.ledger.device(pump.issuer);
    expect(bench.change(operator, 'revoke', pump)).toBe('accepted');
    expect(bench.ledger.device(pump.issuer)).toEqual(before);
  });
});

describe('the last active administrator', () => {
  test('cannot be revoked, quarantined or given another role', () => {
    const bench = new Bench();
    expect(bench.change(admin, 'revoke', admin)).toBe('not-authorised');
    expect(bench.change(admin, 'quarantine', admin)).toBe('not-authorised');
    expect(bench.register(admin, admin, 'device')).toBe('not-authorised');
    expect(bench.register(admin, admin, 'operator')).toBe('not-authorised');
    expect(bench.ledger.device(admin.issuer)).toMatchObject({ role: 'administrator', status: 'active' });
  });

  test('may change its own rate', () => {
    const bench = new Bench();
    expect(bench.register(admin, admin, 'administrator', 5)).toBe('accepted');
    expect(bench.ledger.rateOf(admin.issuer)).toBe(5);
  });

  test.each(['revoke', 'quarantine'] as const)('is whoever is left after a %s of the others', (action) => {
    const bench = staffedBench();
    expect(bench.change(admin, action, secondAdmin)).toBe('accepted');
    expect(bench.change(admin, 'revoke', admin)).toBe('not-authorised');
  });

  test('may go once another one is active again', () => {
    const bench = staffedBench();
    bench.change(admin, 'quarantine', secondAdmin);
    bench.change(admin, 'release', secondAdmin);
    expect(bench.change(admin, 'revoke', admin)).toBe('accepted');
    expect(bench.change(secondAdmin, 'revoke', secondAdmin)).toBe('not-authorised');
  });

  test('is still known after a restore', () => {
    const bench = staffedBench();
    bench.change(admin, 'revoke', secondAdmin);
    const restored = Ledger.fromEntries(genesis, crypto, bench.ledger.entries());
    const next = bench.change(admin, 'revoke', admin);
    expect(next).toBe('not-authorised');
    const last = bench.applied.at(-1);
    if (last === undefined) throw new Error('nothing was applied');
    expect(restored.apply(last).outcome).toEqual({ status: 'rejected', code: 'not-authorised' });
  });
});

describe('keys', () => {
  test.each([
    ['of small order', SMALL_ORDER_KEY],
    ['that is not canonical', new Uint8Array(32).fill(0xff)],
    ['that is no point', Uint8Array.of(2, ...new Uint8Array(31))],
  ])('one %s cannot be registered', (_, key) => {
    const bench = staffedBench();
    expect(bench.register(admin, { key })).toBe('malformed-payload');
    expect(bench.register(operator, { key }, 'operator')).toBe('not-authorised');
    expect(bench.ledger.device(`01${toHex(key)}`)).toBeUndefined();
  });

  test.each(['revoke', 'quarantine', 'release'] as const)('an unregistered one is nothing to %s', (action) => {
    const bench = staffedBench();
    expect(bench.change(admin, action, stranger)).toBe('malformed-payload');
    expect(bench.ledger.device(stranger.issuer)).toBeUndefined();
  });
});

describe('idempotent changes', () => {
  test('quarantining twice and releasing what is active are accepted and change nothing', () => {
    const bench = staffedBench();
    expect(bench.change(admin, 'release', pump)).toBe('accepted');
    expect(bench.ledger.device(pump.issuer)?.status).toBe('active');
    bench.change(admin, 'quarantine', pump);
    expect(bench.change(admin, 'quarantine', pump)).toBe('accepted');
    expect(bench.ledger.device(pump.issuer)?.status).toBe('quarantined');
  });
});

describe('lists', () => {
  test('devices page in ascending key order, whatever the order they were registered in', () => {
    const bench = staffedBench();
    for (let seed = 20; seed < 30; seed++) bench.register(admin, party(seed));
    const all = bench.ledger.devices(null, 100).map(({ issuer }) => issuer);
    expect(all).toEqual([...all].sort());
    expect(all.length).toBe(16);
    const paged: string[] = [];
    for (let page = bench.ledger.devices(null, 3); page.length > 0;) {
      paged.push(...page.map(({ issuer }) => issuer));
      page = bench.ledger.devices(paged.at(-1) ?? null, 3);
    }
    expect(paged).toEqual(all);
  });

  test('a page may start after a key that is not registered', () => {
    const { ledger } = staffedBench();
    const all = ledger.devices(null, 100);
    expect(ledger.devices('00', 100)).toEqual(all);
    expect(ledger.devices('01ff', 100)).toEqual(all.filter(({ issuer }) => issuer > '01ff'));
    expect(ledger.devices('02', 100)).toEqual([]);
  });

  test('a page of no devices is a bug of the caller', () => {
    expect(() => staffedBench().ledger.devices(null, 0)).toThrow('a page of 0 devices');
  });
});

describe('restoring from entries', () => {
  test('the restored ledger has the same digest and entries and nothing to store', () => {
    const { ledger } = staffedBench();
    const restored = Ledger.fromEntries(genesis, crypto, [...ledger.entries()].reverse());
    expect(restored.stateDigest()).toBe(ledger.stateDigest());
    expect(restored.entries()).toEqual(ledger.entries());
    expect(restored.drainChanges()).toEqual([]);
    expect(stateDigestOf(crypto, ledger.entries())).toBe(ledger.stateDigest());
  });

  test('no entries at all mean a new network', () => {
    const restored = Ledger.fromEntries(genesis, crypto, []);
    expect(restored.stateDigest()).toBe(new Ledger(genesis, crypto).stateDigest());
    expect(restored.drainChanges().length).toBe(1);
  });

  test('it is not the genesis that decides who is registered then', () => {
    const { ledger } = staffedBench();
    const restored = Ledger.fromEntries(genesisOf(stranger), crypto, ledger.entries());
    expect(restored.device(stranger.issuer)).toBeUndefined();
    expect(restored.stateDigest()).toBe(ledger.stateDigest());
  });

  test.each([
    ['a key of no known kind', { key: `04${pump.issuer}`, value: fromHex('00') }],
    ['a key of another length', { key: `01${pump.issuer}00`, value: fromHex('010100000000') }],
    ['a removed value', { key: `01${pump.issuer}`, value: null }],
    ['a registry record of unknown role', { key: `01${pump.issuer}`, value: fromHex('040100000000') }],
    ['a registry record that is too long', { key: `01${pump.issuer}`, value: fromHex('01010000000000') }],
    ['an issuer record cut short', { key: `02${pump.issuer}`, value: fromHex('0000000000000001') }],
    ['an issuer record with unknown flags', { key: `02${pump.issuer}`, value: fromHex('000000000000000102') }],
    ['content digests cut short', { key: `03${pump.issuer}00`, value: fromHex('00') }],
  ])('%s stops it', (_, entry) => {
    expect(() => Ledger.fromEntries(genesis, crypto, [entry])).toThrow(InvariantError);
  });

  test('a key that comes twice stops it', () => {
    const [entry] = new Ledger(genesis, crypto).entries();
    if (entry === undefined) throw new Error('a new ledger has an administrator');
    expect(() => Ledger.fromEntries(genesis, crypto, [entry, entry])).toThrow('not an entry of the state');
  });
});
