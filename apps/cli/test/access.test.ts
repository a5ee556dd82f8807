/** Networks that ask who comes: certificates of their own, tokens, and what commands say without them. */
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonHere, tangleHere } from './support/in-process.js';
import {
  cleanUp,
  freePorts,
  startCluster,
  tangle,
  temporaryDirectory,
  type TestCluster,
  until,
} from './support/tangle.js';

let directory: string;
let net: string;
let tokens: string;
let cluster: TestCluster;
/** Options that every command of a trusted user has. */
let secure: readonly string[];

beforeAll(async () => {
  directory = await temporaryDirectory();
  net = path.join(directory, 'net');
  tokens = path.join(net, 'tokens.json');
  const basePort = await freePorts(4);
  const size = ['--validators', '2', '--base-port', String(basePort)];
  await jsonHere('init', net, ...size, '--tls', '--tls-host', 'ledger.example,10.0.0.5', '--tokens');
  cluster = await startCluster(net, 2, basePort);
  secure = ['--node', cluster.nodes.join(','), '--ca', path.join(net, 'ca.crt')];
}, 60_000);

afterAll(async () => {
  await cluster?.stop();
  await cleanUp();
});

async function newToken(name: string, scope: string): Promise<readonly string[]> {
  const file = path.join(directory, `${name}.token`);
  await jsonHere('token', 'create', tokens, '--name', name, '--scope', scope, '--out', file);
  return ['--token-file', file];
}

/** A token works within a second. */
async function untilKnown(token: readonly string[]): Promise<void> {
  const works = async (): Promise<boolean> => (await tangleHere('device', 'list', ...secure, ...token)).code === 0;
  await until(works, () => 'the token is known');
}

describe('a network inside TLS that asks for tokens', () => {
  test('has certificates for the names it was made with, and secret keys that nobody else reads', async () => {
    const certificate = new X509Certificate(await readFile(path.join(net, 'node-1', 'tls.crt')));
    const names = ['DNS:localhost', 'IP Address:127.0.0.1', 'DNS:ledger.example', 'IP Address:10.0.0.5'];
    for (const name of names) expect(certificate.subjectAltName).toContain(name);
    for (const file of ['ca.key', 'tokens.json', 'node-0/tls.key', 'node-1/tls.key']) {
      expect([file, (await stat(path.join(net, file))).mode & 0o777]).toEqual([file, 0o600]);
    }
    expect(cluster.nodes[0]).toMatch(/^https:\/\/127\.0\.0\.1:/);
  });

  test('is used as any other with its authority and a token', async () => {
    const admin = await newToken('ops', 'read,admin');
    const rig = await newToken('rig', 'read,submit');
    await untilKnown(rig);
    const key = path.join(directory, 'rig.key');
    await jsonHere('keygen', '--out', key);
    await jsonHere('device', 'register', key, '--admin', path.join(net, 'admin.key'), ...secure, ...admin);
    const rows = path.join(directory, 'rows.csv');
    await writeFile(rows, 'time,t\n2026-01-01T00:00:00Z,1\n2026-01-01T00:00:01Z,2\n');
    const [sent] = await jsonHere('submit', rows, '--key', key, ...secure, ...rig);
    expect(sent).toMatchObject({ accepted: 2 });
    const refused = await tangleHere(
      'device',
      'register',
      key,
      '--admin',
      path.join(net, 'admin.key'),
      ...secure,
      ...rig,
    );
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('insufficient-scope')]);
  });

  test('tells who comes without a token, with one that is nobody’s, or without its authority', async () => {
    const key = path.join(directory, 'other.key');
    await jsonHere('keygen', '--out', key);
    const register = ['device', 'register', key, '--admin', path.join(net, 'admin.key')];
    expect(await tangleHere(...register, ...secure)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('token-missing'),
    });
    const wrong = path.join(directory, 'wrong.token');
    await writeFile(wrong, `tangle_0123456789abcdef_${'A'.repeat(43)}\n`, { mode: 0o600 });
    const withWrong = await tangleHere(...register, ...secure, '--token-file', wrong);
    expect(withWrong).toMatchObject({ code: 1, stderr: expect.stringContaining('token-invalid') });
    const untrusting = await tangleHere('device', 'list', '--node', cluster.nodes.join(','));
    expect(untrusting).toMatchObject({ code: 4, stderr: expect.stringContaining('certificate') });
  });

  test('is checked by doctor, which finds its authority beside it', async () => {
    const { code, stdout } = await tangle(['doctor', '--data', net, '--json']);
    expect(stdout).toContain('"check":"reachable"');
    expect(stdout).not.toMatch(/"check":"reachable"[^}]*"status":"failed"/);
    expect([code, code === 0 || stdout]).toEqual([0, true]);
  });
});

describe('tangle token', () => {
  test('shows a token once, lists it without its secret, and revokes it', async () => {
    const file = path.join(directory, 'own.json');
    const [made] = await jsonHere(
      'token',
      'create',
      file,
      '--name',
      'prometheus',
      '--scope',
      'read',
      '--expires',
      '30d',
    );
    const token = String(made?.['token']);
    expect(token).toMatch(/^tangle_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    const daysLeft = (Date.parse(String(made?.['expiresAt'])) - Date.now()) / 86_400_000;
    expect(Math.round(daysLeft)).toBe(30);
    await jsonHere('token', 'create', file, '--name', 'for-good', '--expires', 'never');
    const listed = await tangleHere('token', 'list', file, '--json');
    expect(listed.json).toMatchObject([
      { name: 'prometheus', scopes: ['read'] },
      { name: 'for-good', scopes: ['read', 'submit'], expiresAt: null },
    ]);
    expect(listed.stdout).not.toContain(token.slice(24));
    await jsonHere('token', 'revoke', file, String(made?.['id']));
    expect((await jsonHere('token', 'list', file)).map(({ name }) => name)).toEqual(['for-good']);
    expect(await tangleHere('token', 'revoke', file, String(made?.['id']))).toMatchObject({ code: 1 });
  });

  test.each([
    ['--scope', 'root'],
    ['--scope', ''],
    ['--expires', '0d'],
    ['--expires', 'tomorrow'],
    ['--expires', '2001-01-01T00:00:00Z'],
    ['--name', ''],
  ])('refuses %s %j', async (option, value) => {
    const file = path.join(directory, 'refused.json');
    expect((await tangleHere('token', 'create', file, '--name', 'x', option, value)).code).toBe(2);
  });

  test('keeps from argv: a token comes from a file that others cannot read, or from the environment', async () => {
    const file = path.join(directory, 'open.token');
    await writeFile(file, 'tangle_x');
    await chmod(file, 0o644);
    const { code, stderr } = await tangleHere('device', 'list', ...secure, '--token-file', file);
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining('key-file-too-open')]);
    expect((await tangle(['device', 'list', ...secure, '--token', 'x'])).code).toBe(2);
    const wrong = await tangle(['device', 'list', ...secure], { env: { TANGLE_TOKEN: 'nobodys' } });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('token-invalid') });
  });
});
