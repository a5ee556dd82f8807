/** Every command but those about proofs, against one real cluster of four processes. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { csv, useCommandCluster, type Key } from './support/command-cluster.js';
import { jsonHere, tangleHere } from './support/in-process.js';
import { freePorts, parseLines, start, tangle, tangleJson, until } from './support/tangle.js';
import type { Json } from './support/tangle.js';
import type { Check } from '../src/doctor/check.js';

const UNKNOWN_ID = 'ab'.repeat(32);

const net = useCommandCluster();

async function transactionsOf(key: Key): Promise<number> {
  const [device] = await jsonHere('device', 'show', key.id, ...net().node);
  return Number(device?.['transactions']);
}

function checksOf(report: Json | undefined): readonly Check[] {
  return report?.['checks'] as readonly Check[];
}

describe('device', () => {
  it('goes from unknown to registered, quarantined, released and revoked', async () => {
    const key = await net().newKey('life');
    const show = (): Promise<Json[]> => jsonHere('device', 'show', key.id, ...net().node);

    const unknown = await tangleHere('device', 'show', key.file, ...net().node, '--json');
    expect(unknown).toMatchObject({ code: 1, json: [{ error: { code: 'device-not-found', exitCode: 1 } }] });
    const [registered] = await jsonHere('device', 'register', key.file, '--rate', '7', ...net().admin);
    expect(registered).toMatchObject({ device: key.id, action: 'register', outcome: { status: 'accepted' } });
    expect(await show()).toMatchObject([
      { id: key.id, role: 'device', status: 'active', ratePerSecond: 7, highestSequence: null },
    ]);
    await jsonHere('device', 'quarantine', key.id, ...net().admin);
    expect(await show()).toMatchObject([{ status: 'quarantined' }]);
    await jsonHere('device', 'release', key.id, ...net().admin);
    expect(await show()).toMatchObject([{ status: 'active' }]);
    await jsonHere('device', 'revoke', key.id, ...net().admin);
    expect(await show()).toMatchObject([{ status: 'revoked' }]);

    const list = await jsonHere('device', 'list', ...net().node);
    expect(list.map((device) => [device['id'], device['role']])).toEqual(expect.arrayContaining([[key.id, 'device']]));
    expect(list.filter((device) => device['role'] === 'administrator')).toHaveLength(1);
  });

  it('takes several devices at once', async () => {
    const keys = [await net().newKey('several-0'), await net().newKey('several-1')];
    const results = await jsonHere('device', 'register', ...keys.map(({ file }) => file), ...net().admin);
    expect(results.map((result) => result['device'])).toEqual(keys.map(({ id }) => id));
  });

  it('refuses changes by a key that is no administrator, and keeps nothing of them', async () => {
    const other = await net().registeredKey('not-an-administrator');
    const unregistered = await net().newKey('nobody');
    const byDevice = await tangleHere(
      'device',
      'register',
      unregistered.file,
      '--admin',
      other.file,
      ...net().node,
      '--json',
    );
    expect(byDevice).toMatchObject({ code: 3 });
    const byNobody = await tangleHere(
      'device',
      'register',
      other.file,
      '--admin',
      unregistered.file,
      ...net().node,
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
    const key = await net().registeredKey('grow');
    const file = await net().writeFileOf('grow.csv', csv(20));
    const [first] = await tangleJson('submit', file, '--key', key.file, ...net().node);
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

    await net().writeFileOf('grow.csv', csv(25));
    const [second] = await tangleJson('submit', file, '--key', key.file, '--batch', '3', ...net().node);
    expect(second).toMatchObject({ rows: 5, transactions: 2, accepted: 2, resumed: 20 });
    expect(await jsonHere('query', '--device', key.id, ...net().node)).toHaveLength(50);
  });

  it('goes on without duplicates after SIGINT', async () => {
    const key = await net().registeredKey('interrupted');
    const file = await net().writeFileOf('interrupted.csv', csv(60));
    const args = ['submit', file, '--key', key.file, ...net().node, '--json'];
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
    const readings = await jsonHere('query', '--device', key.file, ...net().node);
    expect(readings.filter(({ name }) => name === 'TS1').map(({ value }) => value)).toEqual(
      Array.from({ length: 60 }, (_, index) => index + 0.5),
    );
  });

  it('stops at a broken row, says its line, and goes on after it with --skip-bad', async () => {
    const key = await net().registeredKey('broken');
    const file = await net().writeFileOf('broken.csv', 'time,a\n1767225600,1\nyesterday,2\n1767225602,3\n');
    const args = ['submit', file, '--key', key.file, ...net().node, '--json'];
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
    const key = await net().registeredKey(`oversize-${batch}`);
    const large = 'x'.repeat(40_000);
    const file = await net().writeFileOf(
      `oversize-${batch}.csv`,
      `time,a\n1767225600,1\n1767225601,${large}\n1767225602,3\n`,
    );
    const args = ['submit', file, '--key', key.file, '--batch', String(batch), ...net().node, '--json'];
    const stopped = await tangle(args);
    expect(stopped).toMatchObject({ code: 1 });
    expect(stopped.json.at(-1)).toMatchObject({ error: { code: 'payload-too-large', details: { line: 3 } } });
    const skipped = await tangle([...args, '--skip-bad']);
    expect(skipped).toMatchObject({ code: 0, json: [{ bad: 1, rejected: {} }] });
    expect(skipped.stderr).toContain(`skipped: ${file}:3: payload-too-large: `);
    const readings = await jsonHere('query', '--device', key.file, ...net().node);
    expect(readings.map(({ value }) => value)).toEqual([1, 3]);
  });

  it('takes JSON lines from stdin and SenML from a file', async () => {
    const key = await net().registeredKey('formats');
    const args = ['--key', key.file, ...net().node, '--json'];
    const lines = await tangle(['submit', '-', '--format', 'jsonl', ...args], {
      input: '{"time":1767225600,"on":true}\n{"time":1767225601,"on":false}\n',
    });
    expect(lines).toMatchObject({ code: 0, json: [{ rows: 2, accepted: 2, stream: null }] });
    const pack = await net().writeFileOf('pack.json', '[{"bt":1767225602,"n":"p","u":"bar","v":7}]');
    expect(await tangle(['submit', pack, ...args])).toMatchObject({ code: 0, json: [{ rows: 1, accepted: 1 }] });
    const readings = await jsonHere('query', '--device', key.file, ...net().node);
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
    const key = wasRegistered ? await net().registeredKey(code) : await net().newKey(code);
    if (wasRegistered) await jsonHere('device', 'revoke', key.file, ...net().admin);
    const file = await net().writeFileOf(`${code}.csv`, csv(100));
    const refused = await tangle(['submit', file, '--key', key.file, ...net().node, '--json']);
    expect(refused.code).toBe(3);
    expect(refused.json.at(-1)).toMatchObject({ error: { code, exitCode: 3, details: { status: 403 } } });
    expect(refused.stderr).toContain(`error: ${code}: `);
  });

  it('refuses a key file that others may read', async () => {
    const key = await net().newKey('open');
    const { chmod } = await import('node:fs/promises');
    await chmod(key.file, 0o644);
    const file = await net().writeFileOf('open.csv', csv(1));
    const refused = await tangle(['submit', file, '--key', key.file, ...net().node]);
    expect(refused).toMatchObject({ code: 78, stdout: '' });
    expect(refused.stderr).toMatch(/^error: key-file-too-open: .*0600/s);
  });

  it('refuses a second process with the same key', async () => {
    const key = await net().registeredKey('shared');
    const file = await net().writeFileOf('shared.csv', csv(500));
    const first = start(['submit', file, '--key', key.file, '--rate', '10', ...net().node]);
    await until(async () => (await transactionsOf(key)) > 0, first.stderr);
    const second = await tangle(['submit', file, '--key', key.file, ...net().node, '--json']);
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
    key = await net().registeredKey('read');
    await tangleJson('submit', await net().writeFileOf('read.csv', csv(10)), '--key', key.file, ...net().node);
    const [reading] = await jsonHere('query', '--device', key.file, '--limit', '1', ...net().node);
    id = String(reading?.['transaction']);
  });

  it('status and get tell the place, the outcome and the readings of a transaction', async () => {
    expect(await jsonHere('status', id, ...net().node)).toMatchObject([
      { id, status: expect.stringMatching(/^(?:final|certified)$/), outcome: { status: 'accepted' } },
    ]);
    const people = await tangleHere('status', id, ...net().node);
    expect(people.stdout).toMatch(/^(?:final|certified), accepted, position \d+, commit \d+, \d{4}-/);
    expect(await jsonHere('get', id, ...net().node)).toMatchObject([
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
    expect(await tangleHere('get', UNKNOWN_ID, ...net().node, '--json')).toMatchObject({
      code: 1,
      json: [{ error: { code: 'transaction-not-found' } }],
    });
  });

  it('query takes from <= t < to, a limit, and writes CSV, JSON lines or SenML', async () => {
    const range = ['--from', '2026-01-01T00:00:02Z', '--to', '1767225604'];
    const json = await jsonHere('query', '--device', key.id, ...range, ...net().node);
    expect(json.map(({ time, name }) => `${String(time)} ${String(name)}`)).toEqual([
      '2026-01-01T00:00:02.000Z TS1',
      '2026-01-01T00:00:02.000Z state',
      '2026-01-01T00:00:03.000Z TS1',
      '2026-01-01T00:00:03.000Z state',
    ]);
    const table = await tangleHere('query', '--device', key.id, ...range, '--limit', '2', ...net().node);
    const [header, first, , end] = table.stdout.split('\n');
    expect(header).toBe('time,name,value,unit,transaction,position,index,transactionTime,commitTime');
    expect(first).toMatch(/^2026-01-01T00:00:02\.000Z,TS1,2\.5,,[0-9a-f]{64},\d+,0,/);
    expect(end).toBe('');
    const senml = await tangleHere('query', '--device', key.id, ...range, '--format', 'senml', ...net().node);
    expect(JSON.parse(senml.stdout)).toHaveLength(4);
    const none = await tangleHere(
      'query',
      '--device',
      key.id,
      '--from',
      '2027-01-01T00:00:00Z',
      '--format',
      'senml',
      ...net().node,
    );
    expect(JSON.parse(none.stdout)).toEqual([]);
  });

  it('watch shows the past after a position and then what happens', async () => {
    const command = start(['watch', '--device', key.file, '--after', '0', ...net().node, '--json']);
    const finals = (): Json[] =>
      parseLines(command.stdout().slice(0, command.stdout().lastIndexOf('\n') + 1)).filter(
        ({ kind }) => kind === 'final',
      );
    await until(() => finals().length === 10, command.stderr);
    await tangleJson('submit', await net().writeFileOf('watched.csv', csv(3, 10)), '--key', key.file, ...net().node);
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
        exports = await Promise.all(
          net().cluster.nodes.map(async (url) => (await tangle(['export', '--node', url])).stdout),
        );
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

    const command = start(['export', ...net().node]);
    command.process.stdout?.destroy();
    expect(await command.finished).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('doctor', () => {
  it('finds nothing wrong with a cluster that runs', async () => {
    const [report] = await jsonHere('doctor', '--data', net().cluster.directory);
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
      'certified',
      'growth',
      'room',
    ];
    expect(checks).toEqual(new Set(expected));
  });

  it('says which address does not answer, and what to do', async () => {
    const deaf = await freePorts(1);
    const some = await tangle(['doctor', '--node', `${net().cluster.nodes[0]},http://127.0.0.1:${deaf}`, '--json']);
    expect(some.code).toBe(1);
    const failed = checksOf(some.json[0]).filter(({ status }) => status === 'failed');
    expect(failed).toMatchObject([
      { check: 'reachable', subject: `http://127.0.0.1:${deaf}`, advice: expect.stringContaining('tangle') },
    ]);
    expect(await tangleHere('doctor', '--node', `http://127.0.0.1:${deaf}`)).toMatchObject({ code: 4 });
  });
});
