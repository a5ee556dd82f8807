import { PAYLOAD_TYPE } from '@tangle/core/model';
import { packReadings } from '@tangle/telemetry';
import { describe, expect, it } from 'vitest';
import { startApi } from './harness.js';
import { ADMINISTRATOR, deviceOf, MAX_PAYLOAD, signerOf, START_MS } from './memory-ledger-node.js';

const SENSOR = signerOf(7);

/** Readings `first` to `last` of one sensor, a second apart. */
function readings(first: number, last: number): Uint8Array {
  return packReadings(
    Array.from({ length: last - first + 1 }, (_, index) => ({
      name: 'pump:temperature',
      unit: 'Cel',
      value: first + index,
      timeMs: START_MS + (first + index) * 1_000,
    })),
  );
}

describe('the node itself', () => {
  it('says which network it is on and how far it is', async () => {
    const { node, json, register } = await startApi();
    await register(SENSOR);
    const { certified, ...info } = await node.info();
    expect(certified).toBeNull();
    expect(await json('/v1/info')).toEqual({
      ...info,
      log: { size: info.logSize, certifiedSize: 0, certifiedRoot: null },
      commit: {
        index: 1,
        digest: 'd'.repeat(63) + '1',
        stateDigest: (await node.info()).commit.stateDigest,
        time: '2026-01-31T12:00:01.000Z',
      },
    });
  });

  it('is live, and ready only without a reason against it', async () => {
    const { node, url, json } = await startApi();
    expect(await json('/livez')).toEqual({ status: 'live' });
    expect(await json('/readyz')).toEqual({ status: 'ready' });
    node.reasons = ['connected weight 1 of 3'];
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('describes the routes in OpenAPI 3.1 with the schemas that validate', async () => {
    const { json } = await startApi();
    const document = await json('/v1/openapi.json');
    expect(document['openapi']).toBe('3.1.0');
    expect(Object.keys(document['paths'] as object).sort()).toEqual([
      '/checkpoint',
      '/tile/{*}',
      '/v1/backup',
      '/v1/devices',
      '/v1/devices/{did}',
      '/v1/devices/{did}/readings',
      '/v1/events',
      '/v1/export',
      '/v1/info',
      '/v1/log/consistency',
      '/v1/log/range',
      '/v1/tips',
      '/v1/transactions',
      '/v1/transactions/{id}',
      '/v1/transactions/{id}/proof',
    ]);
    expect(JSON.stringify(document)).toContain('did:key:z6Mk');
    expect(document['paths']).toMatchObject({
      '/v1/transactions': {
        post: {
          requestBody: { content: { 'application/octet-stream': {}, 'application/json': {} } },
          responses: { 202: {}, '4XX': { content: { 'application/problem+json': {} } } },
        },
      },
    });
  });

  it('shows its metrics under Prometheus names, with what the node counts pulled at the scrape', async () => {
    const { node, url, post } = await startApi();
    await post(node.sign(SENSOR, 1n).bytes);
    await post(new Uint8Array(3));
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toContain('tangle_pending_transactions 1\n');
    expect(text).toContain('# TYPE tangle_commits_total counter');
    expect(text).toContain('tangle_round_delay_seconds 0.25\n');
    expect(text).toContain('tangle_api_refusals_total{code="unsupported-version"} 1\n');
    expect(text).toContain(
      'tangle_http_request_duration_seconds_count{method="POST",route="/v1/transactions",status="202"} 1',
    );
    expect(text).toContain('process_resident_memory_bytes');
    node.commitPending();
    const later = await (await fetch(`${url}/metrics`)).text();
    expect(later).toContain('tangle_commits_total 1\n');
    expect(later).toContain('tangle_pending_transactions 0\n');
  });
});

describe('transactions', () => {
  it('hands out as many tips as asked for', async () => {
    const { node, json } = await startApi();
    const genesis = node.genesis.transactionId;
    expect(await json('/v1/tips')).toEqual({ tips: [genesis, genesis] });
    const { tips } = await json(`/v1/tips?count=64&issuer=${deviceOf(SENSOR)}`);
    expect(tips).toHaveLength(64);
  });

  it('takes raw bytes and base64url, and answers the same for the same bytes', async () => {
    const { node, url, post } = await startApi();
    const { bytes, id } = node.sign(SENSOR, 1n, new Uint8Array(MAX_PAYLOAD));
    const raw = await post(bytes);
    expect([raw.status, await raw.json()]).toEqual([202, { id }]);
    const wrapped = await fetch(`${url}/v1/transactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ transaction: Buffer.from(bytes).toString('base64url') }),
    });
    expect([wrapped.status, await wrapped.json()]).toEqual([202, { id }]);
    expect((await node.info()).pending).toBe(1);
  });

  it('shows a pending transaction without a place, and a final one with it', async () => {
    const { node, json, post, register } = await startApi();
    await register(SENSOR);
    const { bytes, id } = node.sign(SENSOR, 2n ** 64n - 1n, Uint8Array.of(255, 254));
    await post(bytes);
    const pending = {
      id,
      status: 'witnessed',
      approvalWeight: 1,
      totalWeight: 1,
      issuer: deviceOf(SENSOR),
      sequence: '18446744073709551615',
      timestamp: '2026-01-31T12:00:00.000Z',
      parents: [node.genesis.transactionId, node.genesis.transactionId],
      payloadType: PAYLOAD_TYPE.opaque,
      payload: { kind: 'bytes', base64url: '__4' },
      bytes: Buffer.from(bytes).toString('base64url'),
    };
    expect(await json(`/v1/transactions/${id}`)).toEqual(pending);
    node.commitPending();
    expect(await json(`/v1/transactions/${id}`)).toEqual({
      ...pending,
      status: 'final',
      position: 3,
      outcome: { status: 'accepted' },
      commitIndex: 2,
      commitTime: '2026-01-31T12:00:02.000Z',
      issuerIndex: 1,
      evidence: false,
    });
  });

  it('shows why a final transaction was rejected', async () => {
    const { node, json, post } = await startApi();
    const { bytes, id } = node.sign(SENSOR, 1n);
    await post(bytes);
    node.commitPending();
    expect((await json(`/v1/transactions/${id}`))['outcome']).toEqual({ status: 'rejected', code: 'unknown-device' });
  });

  it('decodes telemetry and registry payloads and shows what cannot be read as bytes', async () => {
    const { node, json, post, register } = await startApi();
    await register(SENSOR);
    const payloadOf = async (payload: Uint8Array, type: number, sequence: bigint) => {
      const { bytes, id } = node.sign(SENSOR, sequence, payload, type);
      await post(bytes);
      return (await json(`/v1/transactions/${id}`))['payload'];
    };
    expect(await payloadOf(readings(1, 1), PAYLOAD_TYPE.telemetry, 1n)).toEqual({
      kind: 'telemetry',
      senml: [{ n: 'pump:temperature', u: 'Cel', v: 1, t: START_MS / 1_000 + 1 }],
    });
    expect(await payloadOf(Uint8Array.of(1, 2), PAYLOAD_TYPE.telemetry, 2n)).toMatchObject({
      kind: 'bytes',
      base64url: 'AQI',
      error: expect.any(String),
    });
    expect(await payloadOf(Uint8Array.of(9), PAYLOAD_TYPE.registry, 3n)).toEqual({
      kind: 'bytes',
      base64url: 'CQ',
      error: 'malformed: version is 9, allowed: 1',
    });
    const registration = node.sign(ADMINISTRATOR, 0n);
    expect(registration.payloadType).toBe(PAYLOAD_TYPE.opaque);
    const [entry] = (await node.commit(1))?.entries ?? [];
    expect((await json(`/v1/transactions/${entry?.id}`))['payload']).toEqual({
      kind: 'registry',
      change: { action: 'register', role: 'device', ratePerSecond: 10, device: deviceOf(SENSOR) },
    });
  });
});

describe('devices', () => {
  it('lists devices page by page and shows one', async () => {
    const { json, register } = await startApi();
    for (const byte of [7, 8, 9]) await register(signerOf(byte));
    const seen: unknown[] = [];
    let cursor: unknown = '';
    for (let path = '/v1/devices?limit=3'; cursor !== null; path = `/v1/devices?limit=3&cursor=${String(cursor)}`) {
      const page = await json(path);
      seen.push(...(page['items'] as unknown[]));
      cursor = page['next'];
    }
    expect(seen).toHaveLength(4);
    const device = {
      id: deviceOf(SENSOR),
      role: 'device',
      status: 'active',
      ratePerSecond: 10,
      highestSequence: null,
      transactions: 0,
      equivocated: false,
    };
    expect(seen).toContainEqual(device);
    expect(await json(`/v1/devices/${deviceOf(SENSOR)}`)).toEqual(device);
  });

  it('pages through the readings of a device with from included and to left out', async () => {
    const { node, json, post, register } = await startApi();
    await register(SENSOR);
    await post(node.sign(SENSOR, 1n, readings(0, 4), PAYLOAD_TYPE.telemetry).bytes);
    await post(node.sign(SENSOR, 2n, readings(5, 9), PAYLOAD_TYPE.telemetry).bytes);
    node.commitPending();
    const path = `/v1/devices/${deviceOf(SENSOR)}/readings`;
    const range = `from=2026-01-31T12:00:02Z&to=2026-01-31T13:00:08.000%2B01:00`;
    const first = await json(`${path}?${range}&limit=4`);
    const second = await json(`${path}?${range}&limit=4&cursor=${String(first['next'])}`);
    expect(second['next']).toBeNull();
    const items = [...(first['items'] as object[]), ...(second['items'] as object[])];
    expect(items.map((item) => (item as { senml: { v: number } }).senml.v)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(items[0]).toEqual({
      name: 'pump:temperature',
      time: '2026-01-31T12:00:02.000Z',
      senml: { n: 'pump:temperature', u: 'Cel', v: 2, t: START_MS / 1_000 + 2 },
      transaction: expect.stringMatching(/^[0-9a-f]{64}$/),
      position: 3,
      index: 2,
      transactionTime: '2026-01-31T12:00:00.000Z',
      commitTime: '2026-01-31T12:00:02.000Z',
    });
    expect((await json(path))['items']).toHaveLength(10);
  });
});
