/** Against a real node inside TLS that asks for tokens and enforces rates. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { present } from '@tangle/core/assert';
import { startNode, type StartedNode } from '@tangle/node';
import { changeTokenFile, newToken, type Scope, tokenHash } from '@tangle/node/access';
import { initNetwork, type InitializedNetwork, loadConfig } from '@tangle/node/config';
import { markFirstStart } from '@tangle/node/store';
import { generateKey } from '@tangle/sdk';
import { Administrator, Device, Reader, readKeyFile, trustingFetch } from '@tangle/sdk/node';
import { codeOf } from './support/harness.js';

let directory: string;
let network: InitializedNetwork;
let node: StartedNode;
let connection: { readonly genesis: string; readonly nodes: readonly string[]; readonly caFile: string };
const random = (length: number) => new Uint8Array(randomBytes(length));

async function tokenFor(...scopes: readonly Scope[]): Promise<string> {
  const { id, text } = newToken(random);
  const times = { createdAt: new Date().toISOString(), expiresAt: null };
  const record = { id, name: 'test', scopes, sha256: tokenHash(text), ...times };
  await changeTokenFile(present(network.tokensFile, 'made with tokens'), (tokens) => [...tokens, record]);
  return text;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tangle-sdk-secure-'));
  network = await initNetwork({
    directory: join(directory, 'net'),
    validators: 1,
    timeMs: Date.now(),
    random,
    markFirstStart,
    tls: { hosts: [] },
    tokens: true,
  });
  const config = await loadConfig(present(network.nodes[0], 'one node').configFile);
  node = await startNode(
    {
      ...config,
      roundSpacingMs: 5,
      log: { ...config.log, level: 'fatal' },
      api: { ...config.api, port: 0, reading: 'closed' },
      peers: { ...config.peers, port: 0 },
    },
    { version: '0.1.0' },
  );
  const caFile = present(network.caFile, 'made with TLS');
  connection = { genesis: network.genesis.hash, nodes: [node.apiUrl], caFile };
});

afterAll(async () => {
  await node?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A token made a moment ago is known within a second. */
async function known<Value>(attempt: () => Promise<Value>): Promise<Value> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const isUnknown = error instanceof Error && 'code' in error && error.code === 'token-invalid';
      if (!isUnknown || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('a node inside TLS that asks for tokens', () => {
  it('is trusted by its own authority alone, and lets in whom it knows', async () => {
    expect(node.apiUrl).toMatch(/^https:/);
    const { genesis, nodes } = connection;
    const key = generateKey();
    const token = await tokenFor('read', 'submit');
    expect(await codeOf(Device.open({ genesis, nodes, key, token }))).toBe('node-unreachable');
    expect(await codeOf(Device.open({ ...connection, key }))).toBe('token-missing');
    const reader = await known(() => Reader.open({ ...connection, token }));
    expect((await reader.info()).genesisHash).toBe(genesis);
    reader.close();
  });

  it('holds a device to its provisioned rate, and the device sends what it has all the same', async () => {
    const adminToken = await tokenFor('read', 'admin');
    const adminKey = await readKeyFile(network.adminKeyFile);
    const administrator = await known(() => Administrator.open({ ...connection, key: adminKey, token: adminToken }));
    const key = generateKey();
    await administrator.register(key.id, { ratePerSecond: 2 });
    const token = await tokenFor('read', 'submit');
    const device = await known(() => Device.open({ ...connection, key, token }));
    const startMs = performance.now();
    // The bucket holds ten seconds of it: 20 go at once.
    const receipts = await Promise.all(
      Array.from({ length: 26 }, (_, index) => device.submit({ index }, { time: new Date() })),
    );
    const results = await Promise.all(receipts.map((receipt) => receipt.final()));
    expect(results.every(({ outcome }) => outcome.status === 'accepted')).toBe(true);
    // Six above the bucket come at two a second.
    expect(performance.now() - startMs).toBeGreaterThan(2_900);
    const metrics = await trustingFetch(await caText())(`${node.apiUrl}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await metrics.text()).toMatch(/tangle_api_refusals_total\{code="rate-limited"\} [1-9]/);
    await Promise.all([device.close(), administrator.close()]);
  });

  it('takes registry changes from administrators’ tokens only', async () => {
    const token = await tokenFor('read', 'submit');
    const key = await readKeyFile(network.adminKeyFile);
    const administrator = await known(() => Administrator.open({ ...connection, key, token }));
    expect(await codeOf(administrator.register(generateKey().id))).toBe('insufficient-scope');
    await administrator.close();
  });
});

async function caText(): Promise<string> {
  return readFile(connection.caFile, 'utf8');
}

describe('a fetch that trusts authorities of its own', () => {
  it('sends and reads bytes, follows no redirection, and ends with its signal', async () => {
    const fetch = trustingFetch(await caText());
    const response = await fetch(`${node.apiUrl}/livez`, {});
    expect([response.status, await response.json()]).toEqual([200, { status: 'live' }]);
    const refused = await fetch(`${node.apiUrl}/v1/transactions`, { method: 'POST', body: new Uint8Array(3) });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="tangle"']);
    await refused.body?.cancel();
    await expect(fetch(`${node.apiUrl}/livez`, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it('says so where the file of authorities is none', async () => {
    const caFile = join(directory, 'empty.crt');
    await writeFile(caFile, 'nothing');
    expect(await codeOf(Reader.open({ ...connection, caFile }))).toBe('node-unreachable');
  });
});
