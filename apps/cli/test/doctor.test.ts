/** What the doctor makes of a node's metrics, and of certificates and tokens that run out. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { NodeConfig } from '@tangle/node/config';
import type { Check } from '../src/doctor/check.js';
import { checkExpiry } from '../src/doctor/expiry.js';
import { checkMetrics, samplesOf } from '../src/doctor/metrics.js';
import { cleanUp, temporaryDirectory } from './support/tangle.js';

afterAll(cleanUp);

const GIBIBYTE = 1_024 ** 3;
const DAY = 86_400;
const HEALTHY: Readonly<Record<string, number>> = {
  tangle_time_seconds: 2_000_000_000,
  tangle_disk_free_bytes: 500 * GIBIBYTE,
  tangle_disk_size_bytes: 1_000 * GIBIBYTE,
  tangle_disk_reserved: 0,
  tangle_store_bytes: 10 * GIBIBYTE,
  tangle_store_oldest_timestamp_seconds: 2_000_000_000 - 100 * DAY,
  tangle_certification_lag_leaves: 0,
  tangle_last_certified_timestamp_seconds: 2_000_000_000 - 5,
};

/** What is found where a node tells the healthy metrics, changed so. */
async function examine(changed: Readonly<Record<string, number>>, status = 200): Promise<Map<string, Check>> {
  const text = Object.entries({ ...HEALTHY, ...changed })
    .map(([name, value]) => `# HELP ${name} x\n# TYPE ${name} gauge\n${name} ${value}\n`)
    .join('\n');
  const server = createServer((_request, response) => response.writeHead(status).end(text));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const node = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new Map((await checkMetrics([node])).map((check) => [check.check, check]));
}

describe('of the metrics of a node the doctor', () => {
  it('says what is kept since when, what a day brings, and how long that goes well', async () => {
    const checks = await examine({});
    expect([...checks.values()].map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    expect(checks.get('growth')?.found).toBe(
      'keeps all since 2033-02-07T03:33:20.000Z, in 10.0 GiB: 102 MiB a day, room for 5000 days at that rate',
    );
  });

  it('warns where the disk is full within two weeks, and does not judge a day from an hour', async () => {
    const soon = await examine({ tangle_disk_free_bytes: GIBIBYTE, tangle_disk_size_bytes: 2 * GIBIBYTE });
    expect(soon.get('growth')).toMatchObject({ status: 'warning', found: expect.stringContaining('room for 10 days') });
    const young = await examine({ tangle_store_oldest_timestamp_seconds: 2_000_000_000 - 60 });
    expect(young.get('growth')).toMatchObject({ status: 'ok', found: expect.stringContaining('too young') });
  });

  it('warns of little room, and fails where the node refuses clients', async () => {
    expect((await examine({ tangle_disk_free_bytes: 50 * GIBIBYTE })).get('room')).toMatchObject({ status: 'warning' });
    expect((await examine({ tangle_disk_reserved: 1 })).get('room')).toMatchObject({ status: 'failed' });
  });

  it('warns where what is final has had no proof for a minute', async () => {
    const fresh = await examine({ tangle_certification_lag_leaves: 3 });
    expect(fresh.get('certified')).toMatchObject({ status: 'ok' });
    const stuck = { tangle_certification_lag_leaves: 3, tangle_last_certified_timestamp_seconds: 1_999_999_000 };
    expect((await examine(stuck)).get('certified')).toMatchObject({
      status: 'warning',
      found: '3 leaves of the log are not, for 1000 s',
    });
  });

  it('says so where it may not read them, or does not know them', async () => {
    expect((await examine({}, 401)).get('metrics')).toMatchObject({ status: 'warning', found: 'status 401' });
    const checks = await examine({ tangle_disk_free_bytes: Number.NaN });
    expect(checks.get('room')?.status).toBe('warning');
  });

  it('reads what has no labels', () => {
    const samples = samplesOf('# HELP a b\na 1\nb{c="d"} 2\n\ntangle_x 3e5\n');
    expect([...samples]).toEqual([
      ['a', 1],
      ['tangle_x', 300_000],
    ]);
  });
});

const EXPIRED = `-----BEGIN CERTIFICATE-----
MIHJMH0CAQEwBQYDK2VwMA8xDTALBgNVBAMMBHRlc3QwHhcNMjAwMTAxMDAwMDAw
WhcNMjEwMTAxMDAwMDAwWjAUMRIwEAYDVQQDDAlub2RlLnRlc3QwKjAFBgMrZXAD
IQA3xlZaCAS7jYmDh1GbeDenVbWca1ojo1v+dFW+Oc4eNTAFBgMrZXADQQAvep9Q
qgjVJOz3qvZ8n2JWdu3dbGA5oHbuJc16jTUvmwjZwmORe3oW8BzND4mtrpwh8LkX
z+NRBvGDLOD1s1cI
-----END CERTIFICATE-----
`;
const OF_A_CENTURY = `-----BEGIN CERTIFICATE-----
MIHLMH8CAQIwBQYDK2VwMA8xDTALBgNVBAMMBHRlc3QwIBcNMjAwMTAxMDAwMDAw
WhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCW5vZGUudGVzdDAqMAUGAytl
cAMhADfGVloIBLuNiYOHUZt4N6dVtZxrWiOjW/50Vb45zh41MAUGAytlcANBAK4X
cdSuXX84ruBI/dQUnXm/sxtUpdyTP8wfUGv5SEqmFc8j4QyndptG6vFZ0Om06tJC
2pcefFrtKJnPkiFNIwU=
-----END CERTIFICATE-----
`;

describe('of what runs out the doctor', () => {
  it('says until when a certificate is valid, and fails where it is none or expired', async () => {
    const directory = await temporaryDirectory();
    const statusOf = async (content: string): Promise<Pick<Check, 'status' | 'found'> | undefined> => {
      const certificateFile = path.join(directory, 'node.crt');
      await writeFile(certificateFile, content);
      const tls = { certificateFile, keyFile: '' };
      return (await checkExpiry({ api: { tls }, peers: { tls } } as NodeConfig))[0];
    };
    expect(await statusOf(OF_A_CENTURY)).toMatchObject({ status: 'ok', found: expect.stringContaining('2120-01-01') });
    expect(await statusOf(EXPIRED)).toMatchObject({ status: 'failed', found: expect.stringContaining('expired') });
    expect(await statusOf('nothing')).toMatchObject({ status: 'failed' });
  });

  it('names tokens that end, and says nothing where there are neither', async () => {
    const file = path.join(await temporaryDirectory(), 'tokens.json');
    const token = (name: string, expiresAt: string | null): object => ({
      id: '0'.repeat(16),
      name,
      scopes: ['read'],
      sha256: '0'.repeat(64),
      createdAt: '2020-01-01T00:00:00Z',
      expiresAt,
    });
    const soon = new Date(Date.now() + 5.5 * DAY * 1_000).toISOString();
    const tokens = [token('gone', '2021-01-01T00:00:00Z'), token('soon', soon), token('ever', null)];
    await writeFile(file, JSON.stringify({ kind: 'tangle-tokens', tokens }), { mode: 0o600 });
    const config = { api: { tokensFile: file }, peers: {} } as NodeConfig;
    const found = (await checkExpiry(config)).map(({ subject, status }) => [subject, status]);
    expect(found).toEqual([
      [`${file}: gone`, 'failed'],
      [`${file}: soon`, 'warning'],
    ]);
    await writeFile(file, '{', { mode: 0o600 });
    expect(await checkExpiry(config)).toMatchObject([{ status: 'failed' }]);
    expect(await checkExpiry({ api: {}, peers: {} } as NodeConfig)).toEqual([]);
  });
});
