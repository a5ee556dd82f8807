/** What bad input gets: before anything is asked of a node, and where a node cannot start. */
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonHere, tangleHere } from './support/in-process.js';
import {
  cleanUp,
  freePorts,
  isAlive,
  start,
  startCluster,
  tangle,
  tangleJson,
  temporaryDirectory,
  until,
  type Json,
} from './support/tangle.js';

const ID = 'ab'.repeat(32);
const DID = 'did:key:z6MkshPcKs1ud16phbHZvvDgdVXF46r9nwMdqMkYqTZLkN3X';

let directory: string;
let deafNode: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  deafNode = `http://127.0.0.1:${await freePorts(1)}`;
});

afterAll(cleanUp, 30_000);

interface Config {
  [field: string]: unknown;
  readonly api: Record<string, unknown>;
  readonly peers: Record<string, unknown>;
}

type Change = (config: Config) => unknown;

interface Made {
  readonly directory: string;
  readonly basePort: number;
  configFile(index: number): string;
  /** Changes a node's config.json. */
  edit(index: number, change: Change): Promise<void>;
}

async function init(name: string, validators = 1): Promise<Made> {
  const made = path.join(directory, name);
  const basePort = await freePorts(2 * validators);
  await jsonHere('init', made, '--validators', String(validators), '--base-port', String(basePort));
  const configFile = (index: number): string => path.join(made, `node-${index}`, 'config.json');
  return {
    directory: made,
    basePort,
    configFile,
    async edit(index, change) {
      const config = JSON.parse(await readFile(configFile(index), 'utf8')) as Config;
      change(config);
      await writeFile(configFile(index), JSON.stringify(config));
    },
  };
}

describe('usage', () => {
  it.each([
    [['statsu', ID], 'unknown-command', 'status'],
    [['device', 'regster', DID], 'unknown-command', 'register'],
    [['init', 'x', '--validatrs', '3'], 'unknown-option', '--validators'],
    [['status'], 'missing-argument', 'id'],
    [['status', ID, ID], 'unexpected-argument', 'status'],
    [['status', 'xyz'], 'invalid-argument', '64 lower-case hex digits'],
    [['get', ID.toUpperCase()], 'invalid-argument', '64 lower-case hex digits'],
    [['device', 'show', 'did:key:z6MkNothing'], 'invalid-device', 'did:key:z6Mk'],
    [['init', 'x', '--validators', '0'], 'invalid-argument', '1 to 64'],
    [['init', 'x', '--validators', '4', '--base-port', '65535'], 'init-invalid', 'basePort'],
    [['status', ID, '--node', 'localhost:7410'], 'invalid-argument', 'http://'],
    [['query', '--device', DID, '--from', 'noon'], 'invalid-argument', 'RFC 3339'],
    [['query', '--device', DID, '--from', '20', '--to', '10'], 'invalid-argument', '--to is before --from'],
    [['query', '--device', DID, '--format', 'xml'], 'invalid-argument', 'csv, json, senml'],
    [['submit', 'file.xls', '--key', 'x'], 'unknown-format', '--format'],
    [['submit', 'file.csv'], 'missing-mandatory-option-value', '--key'],
    [['submit', 'file.csv', '--key', 'x', '--anchor', '9'], 'missing-option', '--blobs'],
    [['submit', 'file.csv', '--key', 'x', '--sample-rate', '9'], 'missing-option', '--anchor'],
    [['prove', '--out', 'x'], 'missing-argument', '--device'],
    [['prove', ID, '--device', DID, '--out', 'x'], 'missing-argument', 'either'],
    [['prove', ID, '--from', '20', '--out', 'x'], 'conflicting-option', '--device'],
    [['prove', '--device', DID, '--reading', '1', '--out', 'x'], 'conflicting-option', '--reading'],
    [['prove', ID, '--reading', '1', '--out', 'x'], 'missing-option', '--blobs'],
    [['verify', 'x.tlog-proof'], 'missing-option', '--genesis'],
    [['verify'], 'missing-argument', '--page'],
    [['verify', 'x.tlog-proof', '--page', 'y.html'], 'conflicting-option', '--page'],
    [['watch', '--kinds', 'finale'], 'invalid-argument', 'final'],
  ])('%j is refused with exit code 2', async (args, code, text) => {
    const refused = await tangleHere(...args, '--json');
    expect(refused).toMatchObject({ code: 2, json: [{ error: { code, exitCode: 2 } }] });
    expect(refused.stderr).toContain(`error: ${code}: `);
    expect(refused.stderr).toContain(text);
  });

  it('is said on stderr alone without --json', async () => {
    const stderr = "error: unknown-command: unknown command 'statsu' (Did you mean status?)\n";
    expect(await tangle(['statsu'])).toMatchObject({ code: 2, stdout: '', stderr });
  });

  it('of TANGLE_NODE is checked too', async () => {
    const refused = await tangle(['device', 'list'], { env: { TANGLE_NODE: 'nonsense' } });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("from env 'TANGLE_NODE'") });
  });

  it('shows help with examples for every command, and the version', async () => {
    const { stdout } = await tangle(['--help']);
    const commands = stdout.split('\n').flatMap((line) => /^ {2}([a-z]+) /.exec(line)?.[1] ?? []);
    expect(commands).toEqual(
      expect.arrayContaining([
        'init',
        'node',
        'cluster',
        'keygen',
        'device',
        'submit',
        'status',
        'get',
        'query',
        'watch',
        'export',
        'prove',
        'verify',
        'fsck',
        'doctor',
      ]),
    );
    const device = ['register', 'revoke', 'quarantine', 'release', 'show', 'list'].map((name) => ['device', name]);
    const all = [...commands.filter((name) => name !== 'help' && name !== 'device').map((name) => [name]), ...device];
    for (const name of all) {
      const help = await tangleHere(...name, '--help');
      expect([name, help.code, help.stdout.includes('Examples:\n  $ tangle')]).toEqual([name, 0, true]);
    }
    expect(await tangle(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe('keygen', () => {
  it('writes a key file for its owner only, and never over another', async () => {
    const file = path.join(directory, 'once.key');
    const [made] = await jsonHere('keygen', '--out', file);
    expect(made).toMatchObject({ id: expect.stringMatching(/^did:key:z6Mk/), file });
    expect(JSON.stringify(made)).not.toContain('secret');
    const before = await readFile(file, 'utf8');
    expect(await tangleHere('keygen', '--out', file, '--json')).toMatchObject({
      code: 1,
      json: [{ error: { code: 'file-exists' } }],
    });
    expect(await readFile(file, 'utf8')).toBe(before);
  });
});

describe('not reachable', () => {
  it.each([
    [['status', ID]],
    [['get', ID]],
    [['query', '--device', DID]],
    [['device', 'list']],
    [['watch']],
    [['export']],
    [['doctor']],
  ])('%j ends with exit code 4', async (args) => {
    const refused = await tangleHere(...args, '--node', deafNode, '--json');
    expect(refused.code).toBe(4);
    expect(refused.json.at(-1)).toMatchObject({ error: { exitCode: 4 } });
  });
});

describe('node', () => {
  it('names an unknown field of its configuration and the nearest one, and every other mistake', async () => {
    const made = await init('misspelt');
    await made.edit(0, (config) => Object.assign(config, { rondSpacingMs: 5, api: { ...config.api, port: 'x' } }));
    const refused = await tangleHere('node', '--config', made.configFile(0), '--json');
    expect(refused).toMatchObject({ code: 78, json: [{ error: { code: 'config-invalid' } }] });
    expect(refused.stderr).toContain('did you mean roundSpacingMs?');
    expect(refused.stderr).toContain('api.port');
  });

  it('listens on this machine only', async () => {
    const made = await init('wide');
    await made.edit(0, (config) => Object.assign(config.api, { host: '0.0.0.0' }));
    const refused = await tangleHere('node', '--config', made.configFile(0), '--json');
    expect(refused).toMatchObject({ code: 78, json: [{ error: { code: 'bind-beyond-loopback' } }] });
    const doctor = await tangleHere('doctor', '--data', made.directory, '--json');
    expect(doctor).toMatchObject({ code: 1 });
    expect(doctor.stdout).toContain('bind-beyond-loopback');
  });

  it('refuses keys that others may read, which the doctor says too', async () => {
    const made = await init('open');
    await chmod(path.join(made.directory, 'node-0', 'keys.json'), 0o640);
    expect(await tangle(['node', '--config', made.configFile(0), '--json'])).toMatchObject({
      code: 78,
      json: [{ error: { code: 'key-file-too-open' } }],
    });
    const { json } = await tangleHere('doctor', '--data', made.directory, '--json');
    expect(json[0]?.['checks']).toContainEqual(
      expect.objectContaining({ check: 'key-files', status: 'failed', advice: expect.stringContaining('chmod 600') }),
    );
  });

  it('refuses a port in use, a data directory in use, and one of another network', async () => {
    const [first, second] = [await init('first'), await init('second')];
    const command = start(['node', '--config', first.configFile(0), '--json']);
    await until(() => command.stdout().includes('"started"') || command.process.exitCode !== null, command.stderr);
    expect((await jsonHere('doctor', '--node', `http://127.0.0.1:${first.basePort}`))[0]).toMatchObject({ ok: true });

    await second.edit(0, (config) => Object.assign(config.api, { port: first.basePort }));
    expect(await tangle(['node', '--config', second.configFile(0), '--json'])).toMatchObject({
      code: 1,
      json: [{ error: { code: 'port-in-use' } }],
    });

    const copy = path.join(first.directory, 'node-0', 'copy.json');
    const config = JSON.parse(await readFile(first.configFile(0), 'utf8')) as Config;
    const port = await freePorts(2);
    await writeFile(copy, JSON.stringify({ ...config, api: { port }, peers: { ...config.peers, port: port + 1 } }));
    expect(await tangle(['node', '--config', copy, '--json'])).toMatchObject({
      code: 1,
      json: [{ error: { code: 'data-directory-in-use' } }],
    });
    expect(await tangleHere('export', '--data', path.join(first.directory, 'node-0'), '--json')).toMatchObject({
      code: 1,
      json: [{ error: { code: 'data-directory-in-use' } }],
    });

    command.process.kill('SIGTERM');
    const ended = await command.finished;
    expect(ended).toMatchObject({ code: 0, json: [{ event: 'started', node: 'node-0', pid: command.process.pid }] });

    await second.edit(0, (changed) =>
      Object.assign(changed, { api: { port }, dataDirectory: path.join(first.directory, 'node-0', 'data') }),
    );
    expect(await tangle(['node', '--config', second.configFile(0), '--json'])).toMatchObject({
      code: 78,
      json: [{ error: { code: 'wrong-network' } }],
    });
  });
});

describe('init and export', () => {
  it('refuse a directory that is not new, and one that holds no ledger', async () => {
    const made = await init('again');
    expect(await tangleHere('init', made.directory, '--json')).toMatchObject({
      code: 1,
      json: [{ error: { code: 'directory-not-empty' } }],
    });
    expect(await tangleHere('export', '--data', made.directory + '/node-0', '--json')).toMatchObject({
      code: 1,
      json: [{ error: { code: 'not-a-data-directory' } }],
    });
    expect(await tangleHere('doctor', '--data', directory, '--json')).toMatchObject({
      code: 1,
      json: [{ error: { code: 'not-a-data-directory' } }],
    });
  });
});

describe('cluster', () => {
  it('of one validator keeps what was final over a restart, and can be exported when stopped', async () => {
    const made = path.join(directory, 'one');
    const basePort = await freePorts(2);
    const first = await startCluster(made, 1, basePort);
    const node = ['--node', first.nodes.join(',')];
    const key = path.join(directory, 'one.key');
    const csv = path.join(directory, 'one.csv');
    await writeFile(csv, 'a\n1\n2\n3\n');
    await jsonHere('keygen', '--out', key);
    await jsonHere('device', 'register', key, '--admin', first.adminKey, ...node);
    await tangleJson('submit', csv, '--key', key, ...node);
    const before = await jsonHere('query', '--device', key, ...node);
    expect(before).toHaveLength(3);
    expect(await first.stop()).toMatchObject({ code: 0 });

    const stopped = await tangleHere('export', '--data', path.join(made, 'node-0'));
    expect(stopped.code).toBe(0);
    expect(stopped.stdout.match(/"kind":"transaction"/g)).toHaveLength(4);

    const second = await startCluster(made, 1, basePort);
    expect(await jsonHere('query', '--device', key, ...node)).toEqual(before);
    await writeFile(csv, 'a\n1\n2\n3\n4\n');
    expect(await tangleJson('submit', csv, '--key', key, ...node)).toMatchObject([
      { rows: 1, resumed: 3, accepted: 1 },
    ]);
    expect(await second.stop()).toMatchObject({ code: 0 });
    expect(await tangle(['cluster', '--data', made, '--validators', '4', '--json'])).toMatchObject({
      code: 2,
      json: [{ error: { code: 'cluster-mismatch' } }],
    });
  });

  it('says which node cannot start and why, and leaves none running', async () => {
    const made = await init('taken', 4);
    const blocker = await init('blocker');
    await blocker.edit(0, (config) => Object.assign(config.api, { port: made.basePort + 5 }));
    const command = start(['node', '--config', blocker.configFile(0)]);
    await until(() => command.stdout() !== '' || command.process.exitCode !== null, command.stderr);
    const refused = await tangle(['cluster', '--data', made.directory, '--json']);
    expect(refused).toMatchObject({ code: 1, json: [{ error: { code: 'port-in-use', details: { node: 'node-2' } } }] });
    const [first] = (await tangleHere('doctor', '--data', made.directory, '--json')).json;
    expect(first?.['checks']).toContainEqual(
      expect.objectContaining({ check: 'ports', status: 'failed', subject: path.join(made.directory, 'node-2') }),
    );
    expect(first?.['checks']).not.toContainEqual(expect.objectContaining({ check: 'reachable' }));
    command.process.kill('SIGTERM');
    await command.finished;
  });

  it('does not take a stranger on the port of its node for that node', async () => {
    const made = await init('stranger');
    const other = await init('other');
    await other.edit(0, (config) => Object.assign(config.api, { port: made.basePort }));
    const stranger = start(['node', '--config', other.configFile(0)]);
    await until(() => stranger.stdout() !== '' || stranger.process.exitCode !== null, stranger.stderr);
    const refused = await tangle(['cluster', '--data', made.directory, '--json']);
    expect(refused).toMatchObject({ code: 1, json: [{ error: { code: 'port-in-use', details: { node: 'node-0' } } }] });
    stranger.process.kill('SIGTERM');
    await stranger.finished;
  });

  it('ends when it is told to while its nodes still wait for a quorum, and leaves none running', async () => {
    const made = await init('half', 4);
    for (const name of ['node-2', 'node-3']) await rm(path.join(made.directory, name), { recursive: true });
    const command = start(['cluster', '--data', made.directory, '--json']);
    const logs = ['node-0', 'node-1'].map((name) => path.join(made.directory, name, 'node.log'));
    const pids = async (): Promise<number[]> => {
      const lines = await Promise.all(logs.map((file) => readFile(file, 'utf8').catch(() => '')));
      const running = lines.flatMap((text) => text.split('\n').filter((line) => line.includes('the node runs')));
      return running.map((line) => Number((JSON.parse(line) as Json)['pid']));
    };
    await until(async () => (await pids()).length === 2, command.stderr);
    command.process.kill('SIGTERM');
    expect(await command.finished).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await pids()).filter(isAlive)).toEqual([]);
  });

  it('reports a node that dies, starts it again with --restart, and takes its nodes along when it is killed', async () => {
    const made = await init('restart', 1);
    const command = start(['cluster', '--data', made.directory, '--restart', '--json']);
    const events = (): Json[] =>
      command
        .stdout()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Json);
    await until(() => events().length === 1, command.stderr);
    const first = Number(events()[0]?.['pid']);
    process.kill(first, 'SIGKILL');
    await until(
      () => events().length === 4,
      () => command.stdout() + command.stderr(),
    );
    expect(events()).toMatchObject([
      { event: 'ready', node: 'node-0', pid: first },
      { event: 'died', pid: first, signal: 'SIGKILL' },
      { event: 'restarting' },
      { event: 'ready', node: 'node-0' },
    ]);
    const second = Number(events()[3]?.['pid']);
    expect(second).not.toBe(first);
    command.process.kill('SIGKILL');
    await command.finished;
    await until(
      () => !isAlive(second),
      () => `node ${second} outlived its cluster`,
    );
  });
});
