/** Every command against one real cluster of four processes. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonHere, tangleHere } from './support/in-process.js';
import {
  cleanUp,
  freePorts,
  isAlive,
  parseLines,
  start,
  startCluster,
  tangle,
  tangleJson,
  temporaryDirectory,
  until,
} from './support/tangle.js';
import type { Json, TestCluster } from './support/tangle.js';
import type { Check } from '../src/doctor/check.js';

const UNKNOWN_ID = 'ab'.repeat(32);

let directory: string;
let cluster: TestCluster;
let node: readonly string[];
let admin: readonly string[];

beforeAll(async () => {
  directory = await temporaryDirectory();
  cluster = await startCluster(path.join(directory, 'net'), 4, await freePorts(8));
  node = ['--node', cluster.nodes.join(',')];
  admin = ['--admin', cluster.adminKey, ...node];
}, 60_000);

afterAll(async () => {
  const { code, stderr } = await cluster.stop();
  await cleanUp();
  const left = cluster.pids.filter(isAlive);
  const isClean = code === 0 && left.length === 0;
  if (!isClean) throw new Error(`the cluster ended with ${code}, left ${left.join(', ')}: ${stderr}`);
}, 30_000);

interface Key {
  readonly file: string;
  readonly id: string;
}

async function newKey(name: string): Promise<Key> {
  const file = path.join(directory, `${name}.key`);
  const [made] = await jsonHere('keygen', '--out', file);
  return { file, id: String(made?.['id']) };
}

async function registeredKey(name: string): Promise<Key> {
  const key = await newKey(name);
  await jsonHere('device', 'register', key.file, ...admin);
  return key;
}

async function writeFileOf(name: string, text: string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, text);
  return file;
}

async function transactionsOf(key: Key): Promise<number> {
  const [device] = await jsonHere('device', 'show', key.id, ...node);
  return Number(device?.['transactions']);
}

function checksOf(report: Json | undefined): readonly Check[] {
  return report?.['checks'] as readonly Check[];
}

/** `count` rows, a second apart. */
function csv(count: number, from = 0): string {
  const row = (index: number): string => `${1_767_225_600 + index},${index}.5,${index % 2 === 0 ? 'run' : 'stop'}\n`;
  return `time,TS1,state\n${Array.from({ length: count }, (_, index) => row(from + index)).join('')}`;
}

describe('device', () => {
  it('goes from unknown to registered, quarantined, released and revoked', async () => {
    const key = await newKey('life');
    const show = (): Promise<Json[]> => jsonHere('device', 'show', key.id, ...node);

    const unknown = await tangleHere('device', 'show', key.file, ...node, '--json');
    expect(unknown).toMatchObject({ code: 1, json: [{ error: { code: 'device-not-found', exitCode: 1 } }] });
    const [registered] = await jsonHere('device', 'register', key.file, '--rate', '7', ...admin);
    expect(registered).toMatchObject({ device: key.id, action: 'register', outcome: { status: 'accepted' } });
    expect(await show()).toMatchObject([
      { id: key.id, role: 'device', status: 'active', ratePerSecond: 7, highestSequence: null },
    ]);
    await jsonHere('device', 'quarantine', key.id, ...admin);
    expect(await show()).toMatchObject([{ status: 'quarantined' }]);
    await jsonHere('device', 'release', key.id, ...admin);
    expect(await show()).toMatchObject([{ status: 'active' }]);
    await jsonHere('device', 'revoke', key.id, ...admin);
    expect(await show()).toMatchObject([{ status: 'revoked' }]);

    const list = await jsonHere('device', 'list', ...node);
    expect(list.map((device) => [device['id'], device['role']])).toEqual(expect.arrayContaining([[key.id, 'device']]));
    expect(list.filter((device) => device['role'] === 'administrator')).toHaveLength(1);
  });

  it('takes several devices at once', async () => {
    const keys = [await newKey('several-0'), await newKey('several-1')];
    const results = await jsonHere('device', 'register', ...keys.map(({ file }) => file), ...admin);
    expect(results.map((result) => result['device'])).toEqual(keys.map(({ id }) => id));
  });

  it('refuses changes by a key that is no administrator, and keeps nothing of them', async () => {
    const other = await registeredKey('not-an-administrator');
    const unregistered = await newKey('nobody');
    const byDevice = await tangleHere(
      'device',
      'register',
      unregistered.file,
      '--admin',
      other.file,
      ...node,
      '--json',
    );
    expect(byDevice).toMatchObject({ code: 3 });
    const byNobody = await tangleHere(
      'device',
      'register',
      other.file,
      '--admin',
      unregistered.file,
      ...node,
      '--json',
    );
    expect(byNobody).toMatchObject({ code: 3, json: [{ error: { code: 'unknown-device' } }] });
    await expect(
      stat(`${unregistered.file}.outbox`).then(() => readFile(path.join(`${unregistered.file}.outbox`, 'outbox.log'))),
    ).rejects.toThrow('ENOENT');
  });
});

describe('submit', () => {
  it('makes rows final, goes on where the file grew, and never sends one twice', async () => {
    const key = await registeredKey('grow');
    const file = await writeFileOf('grow.csv', csv(20));
    const [first] = await tangleJson('submit', file, '--key', key.file, ...node);
    expect(first).toMatchObject({
      rows: 20,
      readings: 40,
      transactions: 20,
      accepted: 20,
      rejected: {},
      resumed: 0,
      device: key.id,
    });
    expect(first?.['latencyMs']).toMatchObject({ p50: expect.any(Number), p99: expect.any(Number) });

    await writeFileOf('grow.csv', csv(25));
    const [second] = await tangleJson('submit', file, '--key', key.file, '--batch', '3', ...node);
    expect(second).toMatchObject({ rows: 5, transactions: 2, accepted: 2, resumed: 20 });
    expect(await jsonHere('query', '--device', key.id, ...node)).toHaveLength(50);
  });

  it('goes on without duplicates after SIGINT', async () => {
    const key = await registeredKey('interrupted');
    const file = await writeFileOf('interrupted.csv', csv(60));
    const args = ['submit', file, '--key', key.file, ...node, '--json'];
    const command = start([...args, '--rate', '20']);
    const log = path.join(`${key.file}.outbox`);
    await until(
      async () => (await transactionsOf(key)) > 5,
      () => `${log} ${command.stderr()}`,
    );
    command.process.kill('SIGINT');
    const interrupted = await command.finished;
    expect(interrupted).toMatchObject({ code: 130 });
    expect(interrupted.json.at(-1)).toMatchObject({ error: { code: 'interrupted' } });

    const [summary] = await tangleJson(...args.slice(0, -1));
    expect(Number(summary?.['resumed']) + Number(summary?.['rows'])).toBe(60);
    expect(summary?.['resumed']).toBeGreaterThan(5);
    const readings = await jsonHere('query', '--device', key.file, ...node);
    expect(readings.filter(({ name }) => name === 'TS1').map(({ value }) => value)).toEqual(
      Array.from({ length: 60 }, (_, index) => index + 0.5),
    );
  });

  it('stops at a broken row, says its line, and goes on after it with --skip-bad', async () => {
    const key = await registeredKey('broken');
    const file = await writeFileOf('broken.csv', 'time,a\n1767225600,1\nyesterday,2\n1767225602,3\n');
    const args = ['submit', file, '--key', key.file, ...node, '--json'];
    const stopped = await tangle(args);
    expect(stopped).toMatchObject({
      code: 1,
      json: [
        { rows: 1, accepted: 1, bad: 1 },
        { error: { code: 'bad-row', details: { line: 3, reason: 'bad-time' } } },
      ],
    });
    expect(stopped.stderr).toContain(`error: bad-row: ${file}:3: bad-time`);
    const skipped = await tangle([...args, '--skip-bad']);
    expect(skipped).toMatchObject({ code: 0, json: [{ rows: 1, resumed: 1, bad: 1 }] });
    expect(skipped.stderr).toContain(`skipped: ${file}:3`);
  });

  it.each([1, 3])('leaves out a row that no transaction can carry, %i rows each, with --skip-bad', async (batch) => {
    const key = await registeredKey(`oversize-${batch}`);
    const large = 'x'.repeat(40_000);
    const file = await writeFileOf(
      `oversize-${batch}.csv`,
      `time,a\n1767225600,1\n1767225601,${large}\n1767225602,3\n`,
    );
    const args = ['submit', file, '--key', key.file, '--batch', String(batch), ...node, '--json'];
    const stopped = await tangle(args);
    expect(stopped).toMatchObject({ code: 1 });
    expect(stopped.json.at(-1)).toMatchObject({ error: { code: 'payload-too-large', details: { line: 3 } } });
    const skipped = await tangle([...args, '--skip-bad']);
    expect(skipped).toMatchObject({ code: 0, json: [{ bad: 1, rejected: {} }] });
    expect(skipped.stderr).toContain(`skipped: ${file}:3: payload-too-large: `);
    const readings = await jsonHere('query', '--device', key.file, ...node);
    expect(readings.map(({ value }) => value)).toEqual([1, 3]);
  });

  it('takes JSON lines from stdin and SenML from a file', async () => {
    const key = await registeredKey('formats');
    const args = ['--key', key.file, ...node, '--json'];
    const lines = await tangle(['submit', '-', '--format', 'jsonl', ...args], {
      input: '{"time":1767225600,"on":true}\n{"time":1767225601,"on":false}\n',
    });
    expect(lines).toMatchObject({ code: 0, json: [{ rows: 2, accepted: 2, stream: null }] });
    const pack = await writeFileOf('pack.json', '[{"bt":1767225602,"n":"p","u":"bar","v":7}]');
    expect(await tangle(['submit', pack, ...args])).toMatchObject({ code: 0, json: [{ rows: 1, accepted: 1 }] });
    const readings = await jsonHere('query', '--device', key.file, ...node);
    expect(readings.map(({ name, value, unit }) => [name, value, unit])).toEqual([
      ['on', true, undefined],
      ['on', false, undefined],
      ['p', 7, 'bar'],
    ]);
  });

  it.each([
    ['unknown-device', false],
    ['revoked', true],
  ])('is refused with %s and exit code 3', async (code, wasRegistered) => {
    const key = wasRegistered ? await registeredKey(code) : await newKey(code);
    if (wasRegistered) await jsonHere('device', 'revoke', key.file, ...admin);
    const file = await writeFileOf(`${code}.csv`, csv(100));
    const refused = await tangle(['submit', file, '--key', key.file, ...node, '--json']);
    expect(refused.code).toBe(3);
    expect(refused.json.at(-1)).toMatchObject({ error: { code, exitCode: 3, details: { status: 403 } } });
    expect(refused.stderr).toContain(`error: ${code}: `);
  });

  it('refuses a key file that others may read', async () => {
    const key = await newKey('open');
    const { chmod } = await import('node:fs/promises');
    await chmod(key.file, 0o644);
    const file = await writeFileOf('open.csv', csv(1));
    const refused = await tangle(['submit', file, '--key', key.file, ...node]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^error: key-file-too-open: .*0600/s);
  });

  it('refuses a second process with the same key', async () => {
    const key = await registeredKey('shared');
    const file = await writeFileOf('shared.csv', csv(500));
    const first = start(['submit', file, '--key', key.file, '--rate', '10', ...node]);
    await until(async () => (await transactionsOf(key)) > 0, first.stderr);
    const second = await tangle(['submit', file, '--key', key.file, ...node, '--json']);
    expect(second).toMatchObject({
      code: 1,
      json: [{ error: { code: 'outbox-locked', details: { pid: String(first.process.pid) } } }],
    });
    first.process.kill('SIGTERM');
    expect(await first.finished).toMatchObject({ code: 143 });
  });
});

describe('reading', () => {
  let key: Key;
  let id: string;

  beforeAll(async () => {
    key = await registeredKey('read');
    await tangleJson('submit', await writeFileOf('read.csv', csv(10)), '--key', key.file, ...node);
    const [reading] = await jsonHere('query', '--device', key.file, '--limit', '1', ...node);
    id = String(reading?.['transaction']);
  });

  it('status and get tell the place, the outcome and the readings of a transaction', async () => {
    expect(await jsonHere('status', id, ...node)).toMatchObject([
      { id, status: expect.stringMatching(/^(?:final|certified)$/), outcome: { status: 'accepted' } },
    ]);
    const people = await tangleHere('status', id, ...node);
    expect(people.stdout).toMatch(/^(?:final|certified), accepted, position \d+, commit \d+, \d{4}-/);
    expect(await jsonHere('get', id, ...node)).toMatchObject([
      {
        id,
        issuer: key.id,
        sequence: '1',
        payload: {
          kind: 'telemetry',
          senml: [
            { n: 'TS1', v: 0.5, t: 1_767_225_600 },
            { n: 'state', vs: 'run' },
          ],
        },
      },
    ]);
    expect(await tangleHere('get', UNKNOWN_ID, ...node, '--json')).toMatchObject({
      code: 1,
      json: [{ error: { code: 'transaction-not-found' } }],
    });
  });

  it('query takes from <= t < to, a limit, and writes CSV, JSON lines or SenML', async () => {
    const range = ['--from', '2026-01-01T00:00:02Z', '--to', '1767225604'];
    const json = await jsonHere('query', '--device', key.id, ...range, ...node);
    expect(json.map(({ time, name }) => `${String(time)} ${String(name)}`)).toEqual([
      '2026-01-01T00:00:02.000Z TS1',
      '2026-01-01T00:00:02.000Z state',
      '2026-01-01T00:00:03.000Z TS1',
      '2026-01-01T00:00:03.000Z state',
    ]);
    const table = await tangleHere('query', '--device', key.id, ...range, '--limit', '2', ...node);
    const [header, first, , end] = table.stdout.split('\n');
    expect(header).toBe('time,name,value,unit,transaction,position,index,transactionTime,commitTime');
    expect(first).toMatch(/^2026-01-01T00:00:02\.000Z,TS1,2\.5,,[0-9a-f]{64},\d+,0,/);
    expect(end).toBe('');
    const senml = await tangleHere('query', '--device', key.id, ...range, '--format', 'senml', ...node);
    expect(JSON.parse(senml.stdout)).toHaveLength(4);
    const none = await tangleHere(
      'query',
      '--device',
      key.id,
      '--from',
      '2027-01-01T00:00:00Z',
      '--format',
      'senml',
      ...node,
    );
    expect(JSON.parse(none.stdout)).toEqual([]);
  });

  it('watch shows the past after a position and then what happens', async () => {
    const command = start(['watch', '--device', key.file, '--after', '0', ...node, '--json']);
    const finals = (): Json[] =>
      parseLines(command.stdout().slice(0, command.stdout().lastIndexOf('\n') + 1)).filter(
        ({ kind }) => kind === 'final',
      );
    await until(() => finals().length === 10, command.stderr);
    await tangleJson('submit', await writeFileOf('watched.csv', csv(3, 10)), '--key', key.file, ...node);
    await until(() => finals().length === 13, command.stderr);
    const positions = finals().map(({ position }) => Number(position));
    expect(positions).toEqual(positions.toSorted((left, right) => left - right));
    expect(finals()[0]).toMatchObject({
      id,
      issuer: key.id,
      outcome: { status: 'accepted' },
      commitTime: expect.stringMatching(/Z$/),
    });
    command.process.kill('SIGINT');
    expect(await command.finished).toMatchObject({ code: 0, stderr: '' });
  });

  it('export writes everything, the same at every node, and ends quietly with its reader', async () => {
    // A commit may reach one node a moment later than another.
    let exports: string[] = [];
    await until(
      async () => {
        exports = await Promise.all(cluster.nodes.map(async (url) => (await tangle(['export', '--node', url])).stdout));
        const commits = exports.map((text) =>
          text
            .split('\n')
            .filter((line) => line.includes('"kind":"commit"'))
            .join('\n'),
        );
        return new Set(commits).size === 1;
      },
      () => 'the exports of four nodes agree',
    );
    const kinds = new Set(parseLines(exports[0] ?? '').map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['genesis', 'transaction', 'statement', 'commit']));

    const command = start(['export', ...node]);
    command.process.stdout?.destroy();
    expect(await command.finished).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('proofs', () => {
  let key: Key;
  let genesis: string;
  let trusted: readonly string[];

  beforeAll(async () => {
    key = await registeredKey('prove');
    genesis = path.join(cluster.directory, 'genesis.json');
    trusted = [...node, '--genesis', genesis];
  });

  it('waits until a submission is certified, writes its proof, and proves it offline', async () => {
    const file = await writeFileOf('prove.csv', csv(3));
    const args = ['submit', file, '--key', key.file, '--batch', '3', '--wait', 'certified', ...node];
    const [summary] = await tangleJson(...args);
    expect(summary).toMatchObject({ accepted: 1, anchoredRows: [] });
    const [reading] = await jsonHere('query', '--device', key.id, '--limit', '1', ...node);
    const id = String(reading?.['transaction']);
    expect(await jsonHere('status', id, '--node', cluster.nodes[0] ?? '')).toMatchObject([{ id, status: 'certified' }]);

    const out = path.join(directory, 'reading.tlog-proof');
    const entry = path.join(directory, 'reading.entry');
    const [proof] = await jsonHere('prove', id, '--out', out, '--raw-entry', entry, ...trusted);
    expect(proof).toMatchObject({ out, ok: true, kind: 'proof', proof: { transaction: id, device: key.id } });
    expect((await readFile(entry)).length).toBeGreaterThan(200);
    const [verified] = await tangleJson('verify', out, '--genesis', genesis);
    expect(verified).toMatchObject({ ok: true, proof: { payload: { kind: 'telemetry', senml: { length: 6 } } } });

    const text = await readFile(out, 'utf8');
    const forged = await writeFileOf('forged.tlog-proof', text.replace(/^index (\d+)$/m, 'index 1$1'));
    const refused = await tangle(['verify', forged, '--genesis', genesis]);
    expect(refused).toMatchObject({ code: 5, stdout: expect.stringMatching(/^Not proven\. /) });
    expect(refused.stderr).toMatch(/^error: verification-failed: /);
  });

  it('anchors the root of a batch, proves one sample of it, and tells lost data from changed data', async () => {
    const rows = Array.from({ length: 500 }, (_, row) => `${row}.25,${-row}`).join('\n');
    const file = await writeFileOf('samples.csv', `a1,a2\n${rows}\n`);
    const blobs = path.join(directory, 'blobs');
    const anchor = ['--anchor', '200', '--blobs', blobs, '--sample-rate', '1000', '--wait', 'certified'];
    const [summary] = await tangleJson('submit', file, '--key', key.file, ...anchor, ...node);
    expect(summary).toMatchObject({ rows: 500, transactions: 3, accepted: 3 });
    const anchored = summary?.['anchoredRows'] as readonly Json[];
    expect(anchored.map(({ lines }) => lines)).toEqual(
      expect.arrayContaining([
        [2, 201],
        [202, 401],
        [402, 501],
      ]),
    );
    const id = String(anchored.find(({ lines }) => (lines as number[])[0] === 202)?.['id']);

    const out = path.join(directory, 'sample.tlog-proof');
    const reading = ['--reading', '7', '--blobs', blobs];
    await jsonHere('prove', id, ...reading, '--out', out, ...trusted);
    expect(await jsonHere('verify', out, '--genesis', genesis)).toMatchObject([
      { ok: true, proof: { reading: { index: 7, count: 200, values: [{ value: 207.25 }, { value: -207 }] } } },
    ]);
    expect(await jsonHere('get', id, '--blobs', blobs, ...node)).toMatchObject([
      { payload: { kind: 'anchor', count: 200 }, batch: 'matches' },
    ]);

    const [got = {}] = await jsonHere('get', id, ...node);
    const { root } = got['payload'] as { readonly root: string };
    const blob = path.join(blobs, `${root}.blob`);
    const bytes = await readFile(blob);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    await writeFile(blob, bytes);
    for (const command of [
      ['get', id, '--blobs', blobs],
      ['prove', id, ...reading, '--out', out],
    ]) {
      expect(await tangleHere(...command, ...trusted, '--json')).toMatchObject({ code: 5 });
    }
    await rm(blob);
    const lost = await tangleHere('get', id, '--blobs', blobs, ...node, '--json');
    expect(lost).toMatchObject({ code: 1, json: [{ batch: 'unavailable' }, { error: { code: 'blob-unavailable' } }] });
  });

  it('proves all a device did in a span', async () => {
    const out = path.join(directory, 'all.tangle-range');
    const [made] = await jsonHere('prove', '--device', key.file, '--out', out, ...trusted);
    expect(made).toMatchObject({ kind: 'range', range: { device: key.id, entries: { length: 4 } } });
    expect(await jsonHere('verify', out, '--genesis', genesis)).toMatchObject([{ ok: true, kind: 'range' }]);
  });

  it('has none of what the ledger does not hold, and needs the genesis file', async () => {
    const out = path.join(directory, 'none.tlog-proof');
    const unknown = await tangleHere('prove', UNKNOWN_ID, '--out', out, ...trusted, '--json');
    expect(unknown).toMatchObject({ code: 1, json: [{ error: { code: 'transaction-not-found' } }] });
    const noGenesis = await tangleHere('prove', UNKNOWN_ID, '--out', out, ...node, '--json');
    expect(noGenesis).toMatchObject({ code: 2, json: [{ error: { code: 'genesis-needed' } }] });
    await expect(stat(out)).rejects.toThrow('ENOENT');
  });

  it('hands out the page that checks them in a browser', async () => {
    const out = path.join(directory, 'page.html');
    await jsonHere('verify', '--page', out);
    expect(await readFile(out, 'utf8')).toContain("default-src 'none'");
  });
});

describe('doctor', () => {
  it('finds nothing wrong with a cluster that runs', async () => {
    const [report] = await jsonHere('doctor', '--data', cluster.directory);
    expect(report).toMatchObject({ ok: true });
    const checks = new Set(checksOf(report).map(({ check }) => check));
    const expected = [
      'runtime',
      'config',
      'key-files',
      'data',
      'ports',
      'disk',
      'reachable',
      'ready',
      'peers',
      'network',
      'clocks',
      'commits',
    ];
    expect(checks).toEqual(new Set(expected));
  });

  it('says which address does not answer, and what to do', async () => {
    const deaf = await freePorts(1);
    const some = await tangle(['doctor', '--node', `${cluster.nodes[0]},http://127.0.0.1:${deaf}`, '--json']);
    expect(some.code).toBe(1);
    const failed = checksOf(some.json[0]).filter(({ status }) => status === 'failed');
    expect(failed).toMatchObject([
      { check: 'reachable', subject: `http://127.0.0.1:${deaf}`, advice: expect.stringContaining('tangle') },
    ]);
    expect(await tangleHere('doctor', '--node', `http://127.0.0.1:${deaf}`)).toMatchObject({ code: 4 });
  });
});
