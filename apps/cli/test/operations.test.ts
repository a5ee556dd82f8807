/** What an operator relies on: nothing secret in the log, a stop that ends, exit codes that say what to do. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createPrivateKey } from 'node:crypto';
import { request } from 'node:https';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  cleanUp,
  freePorts,
  start,
  tangle,
  tangleJson,
  temporaryDirectory,
  until,
  type Running,
} from './support/tangle.js';

afterAll(cleanUp);

interface Made {
  readonly directory: string;
  readonly configFile: (index: number) => string;
  readonly urls: readonly string[];
}

async function init(validators: number, ...more: readonly string[]): Promise<Made> {
  const directory = path.join(await temporaryDirectory(), 'net');
  const basePort = await freePorts(2 * validators);
  await tangleJson('init', directory, '--validators', `${validators}`, '--base-port', `${basePort}`, ...more);
  return {
    directory,
    configFile: (index) => path.join(directory, `node-${index}`, 'config.json'),
    urls: Array.from(
      { length: validators },
      (_, index) => `${more.includes('--tls') ? 'https' : 'http'}://127.0.0.1:${basePort + 2 * index}`,
    ),
  };
}

function startNode(made: Made, index: number, ...more: readonly string[]): Running {
  return start(['node', '--config', made.configFile(index), '--json', ...more]);
}

async function ready(node: Running, ask: () => Promise<number>): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    if (node.process.exitCode !== null) throw new Error(node.stderr());
    return ask().then(
      (status) => status === 200,
      () => false,
    );
  };
  await until(isReady, node.stderr);
}

const readyz = (url: string) => async (): Promise<number> => (await fetch(`${url}/readyz`)).status;

/** The status of an answer over TLS, by the network's own authority. */
function askSecurely(ca: string, url: string, headers: Record<string, string> = {}, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, headers, method: body === undefined ? 'GET' : 'POST' }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    asked.once('error', reject).end(body);
  });
}

/** The bytes in every form in which a program is likely to write them. */
function formsOf(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret);
  const numbers = [...bytes.subarray(0, 12)];
  return [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    // Of base64 what does not depend on what comes before or after.
    ...[0, 1, 2].map((skipped) => bytes.subarray(skipped, skipped + 24).toString('base64')),
    ...[0, 1, 2].map((skipped) => bytes.subarray(skipped, skipped + 24).toString('base64url')),
    numbers.join(','),
    numbers.join(', '),
    numbers.map((byte, index) => `"${index}":${byte}`).join(','),
    bytes.subarray(0, 12).toString('hex').replaceAll(/../g, '$& ').trim(),
  ];
}

const seen = (text: string, secrets: ReadonlyMap<string, readonly string[]>): string[] =>
  [...secrets].filter(([, forms]) => forms.some((form) => text.includes(form))).map(([name]) => name);

describe('the log of a node', () => {
  it('at its most talkative shows no byte of a key or token', { timeout: 90_000 }, async () => {
    const made = await init(2, '--tls', '--tokens');
    const ca = await readFile(path.join(made.directory, 'ca.crt'), 'utf8');
    const secrets = new Map<string, string[]>();
    for (const index of [0, 1]) {
      const file = path.join(made.directory, `node-${index}`, 'keys.json');
      const keys = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
      for (const purpose of ['statement', 'cosigner', 'log']) {
        secrets.set(`${purpose} key of node-${index}`, formsOf(Buffer.from(keys[purpose] ?? '', 'hex')));
      }
    }
    for (const owner of ['ca.key', 'node-0/tls.key', 'node-1/tls.key']) {
      const pem = await readFile(path.join(made.directory, owner), 'utf8');
      const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
      const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-'));
      secrets.set(owner, [...formsOf(Buffer.from(d, 'base64url')), ...lines.slice(0, 1)]);
    }
    const tokenFile = path.join(made.directory, 'admin.token');
    const scopes = ['--name', 'operator', '--scope', 'read,submit,admin', '--out', tokenFile];
    await tangleJson('token', 'create', path.join(made.directory, 'tokens.json'), ...scopes);
    const token = (await readFile(tokenFile, 'utf8')).trim();
    // Also one that is no good: what somebody mistyped is nearly a secret.
    const wrong = `${token.slice(0, -8)}AAAAAAAA`;
    for (const [name, text] of [
      ['token', token],
      ['wrong token', wrong],
    ] as const) {
      secrets.set(name, [
        text,
        text.slice(-24, -8),
        Buffer.from(text).toString('base64'),
        Buffer.from(text).toString('hex'),
      ]);
    }
    expect([...secrets.values()].every((forms) => forms.every((form) => form.length >= 12))).toBe(true);

    const nodes = [0, 1].map((index) => startNode(made, index, '--set', 'log.level=trace'));
    const isReady = (index: number) => () => askSecurely(ca, `${made.urls[index]}/readyz`);
    await Promise.all(nodes.map((node, index) => ready(node, isReady(index))));
    const key = path.join(made.directory, 'rig.key');
    await tangleJson('keygen', '--out', key);
    const admin = ['--admin', path.join(made.directory, 'admin.key'), '--node', made.urls.join(',')];
    const access = ['--ca', path.join(made.directory, 'ca.crt'), '--token-file', tokenFile];
    await tangleJson('device', 'register', key, ...admin, ...access);
    for (const route of ['/v1/info', '/metrics', '/v1/none', '/v1/transactions/x', '/v1/devices?limit=x']) {
      for (const bearer of [token, wrong]) {
        const headers = { authorization: `Bearer ${bearer}`, cookie: `session=${bearer}` };
        await askSecurely(ca, (made.urls[0] ?? '') + route, headers);
      }
    }
    for (const body of ['{', '{}', JSON.stringify({ token }), 'x'.repeat(100_000)]) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      expect(await askSecurely(ca, `${made.urls[0]}/v1/transactions`, headers, body)).toBeGreaterThanOrEqual(400);
    }
    // One goes away and comes back: links end, and are made again.
    nodes[1]?.process.kill('SIGTERM');
    await nodes[1]?.finished;
    nodes[1] = startNode(made, 1, '--set', 'log.level=trace');
    await ready(nodes[1], isReady(1));
    for (const node of nodes) node.process.kill('SIGTERM');
    const ended = await Promise.all(nodes.map(({ finished }) => finished));
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);

    for (const { stdout, stderr } of ended) {
      expect(stderr).toContain('"the node runs"');
      expect(seen(stdout + stderr, secrets)).toEqual([]);
    }
    // The search finds what it looks for.
    for (const [name, forms] of secrets) {
      for (const form of forms) expect(seen(`{"x":"${form}"}`, secrets)).toContain(name);
    }
  });
});

describe('a node that is told to stop', () => {
  it('ends with code 0 although readers hang on to it', { timeout: 90_000 }, async () => {
    const made = await init(1);
    const url = made.urls[0] ?? '';
    const node = startNode(made, 0);
    await ready(node, readyz(url));
    const port = Number(new URL(url).port);
    const stream = await fetch(`${url}/v1/events`);
    const sockets = [
      'POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf',
      'GET /v1/in',
      '',
      'GET /v1/export HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ].map((begun) =>
      connect(port, '127.0.0.1', function (this: { write(text: string): void }) {
        this.write(begun);
      }).on('error', () => undefined),
    );
    await until(() => sockets.every(({ pending }) => !pending), node.stderr);
    node.process.kill('SIGTERM');
    // The deadline of the test support, 30 s, is twice that of the node.
    await until(
      () => node.process.exitCode !== null,
      () => 'the node does not stop',
    );
    expect((await node.finished).code).toBe(0);
    await stream.body?.cancel().catch(() => undefined);
    for (const socket of sockets) socket.destroy();
    const again = startNode(made, 0);
    await ready(again, readyz(url));
    expect(again.stderr()).not.toContain('made again');
    again.process.kill('SIGINT');
    expect((await again.finished).code).toBe(0);
  });
});

describe('the exit code of a node', () => {
  it('is 78 for what a restart cannot cure, and 2 for a command line', { timeout: 90_000 }, async () => {
    const made = await init(1);
    const config = made.configFile(0);
    expect(await tangle(['node', '--config', config, '--set', 'api.prot=1', '--json'])).toMatchObject({
      code: 78,
      json: [{ error: { code: 'config-invalid', exitCode: 78 } }],
    });
    const env = { TANGLE_CONFIG_API_PORT: 'http' };
    expect((await tangle(['node', '--config', config], { env })).code).toBe(78);
    expect((await tangle(['node', '--confg', config])).code).toBe(2);
    const genesis = path.join(made.directory, 'genesis.json');
    const text = await readFile(genesis, 'utf8');
    await writeFile(genesis, text.replace('tangle-local', 'tangle lokal'));
    expect((await tangle(['node', '--config', config])).code).toBe(78);
    await writeFile(genesis, text);
    await chmod(path.join(made.directory, 'node-0', 'keys.json'), 0o644);
    expect((await tangle(['node', '--config', config])).code).toBe(78);
  });
});

describe('config', () => {
  it('prints every field with its origin, and checks what a node would refuse', { timeout: 90_000 }, async () => {
    const made = await init(1);
    const config = made.configFile(0);
    const env = { TANGLE_CONFIG_LOG_LEVEL: 'debug' };
    const printed = await tangle(['config', 'print', '--config', config, '--set', 'roundSpacingMs=7', '--json'], {
      env,
    });
    expect(printed.json[0]?.['fields']).toEqual(
      expect.arrayContaining([
        { path: 'roundSpacingMs', value: 7, origin: 'flag', variable: 'TANGLE_CONFIG_ROUND_SPACING_MS' },
        { path: 'log.level', value: 'debug', origin: 'env', variable: 'TANGLE_CONFIG_LOG_LEVEL' },
        expect.objectContaining({ path: 'api.port', origin: 'file' }),
        expect.objectContaining({ path: 'limits.maxPending', origin: 'default' }),
      ]),
    );
    expect((await tangle(['config', 'print', '--config', config], { env })).stdout).toMatch(
      /^log\.level +debug +env TANGLE_CONFIG_LOG_LEVEL$/m,
    );
    expect((await tangle(['config', 'check', config, '--json'])).json).toMatchObject([{ ok: true, node: 'node-0' }]);
    await writeFile(config, (await readFile(config, 'utf8')).replace('"port"', '"prot"'));
    const refused = await tangle(['config', 'check', config]);
    expect(refused).toMatchObject({ code: 78 });
    expect(refused.stderr).toContain('did you mean port?');
  });
});
