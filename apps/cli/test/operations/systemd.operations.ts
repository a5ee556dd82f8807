/** The systemd unit: right, hardened, and with its restrictions a node still runs. There is no systemd to run it here. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/failure.js';
import { cleanUp, freePorts, tangleJson, temporaryDirectory, until } from '../support/tangle.js';
import { DEPLOY } from './prometheus.js';

const UNIT = path.join(DEPLOY, 'systemd', 'tangle-node.service');
const SANDBOX = fileURLToPath(new URL('unit-sandbox.sh', import.meta.url));
/** Of ten; systemd calls what is below 2 well protected. */
const EXPOSURE_MAX = 1.5;

afterAll(cleanUp);

function systemdAnalyze(...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error('systemd-analyze: apt-get install systemd', { cause: error });
  if (status !== 0) throw new Error(stdout + stderr);
  return stdout + stderr;
}

async function settingsOf(name: string): Promise<string[]> {
  const text = await readFile(UNIT, 'utf8');
  return [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value ?? '');
}

/** Names of all calls in a set of systemd's, with those of the sets it names. */
function callsOf(set: string): Set<string> {
  const lines = systemdAnalyze('syscall-filter', set)
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
  const named = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return new Set(named.flatMap((name) => (name.startsWith('@') ? [...callsOf(name)] : [name])));
}

interface Installed {
  readonly url: string;
  readonly admin: string;
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** `ExecStart=` as it stands in the unit. */
  readonly command: readonly string[];
}

/** As docs/OPERATIONS.md says, but for the places. */
async function install(): Promise<Installed> {
  const directory = await temporaryDirectory();
  const net = path.join(directory, 'net');
  const port = await freePorts(2);
  await tangleJson('init', net, '--validators', '1', '--base-port', `${port}`);
  const [configuration, state] = [path.join(directory, 'etc'), path.join(directory, 'state')];
  await Promise.all([mkdir(configuration), mkdir(state)]);
  for (const file of ['node-0/config.json', 'node-0/keys.json', 'genesis.json']) {
    await cp(path.join(net, file), path.join(configuration, path.basename(file)));
  }
  await cp(path.join(net, 'node-0', 'data'), path.join(state, 'data'), { recursive: true });
  const environment = (await settingsOf('Environment')).map((pair) => pair.split('=', 2) as [string, string]);
  const [command = ''] = await settingsOf('ExecStart');
  return {
    url: `http://127.0.0.1:${port}`,
    admin: path.join(net, 'admin.key'),
    directory,
    env: {
      ...process.env,
      ...Object.fromEntries(environment),
      REPOSITORY: path.join(DEPLOY, '..'),
      CONFIGURATION: configuration,
      STATE: state,
    },
    command: command.split(' '),
  };
}

/** Writes something to the node, and has it stop. Answers with its exit code. */
async function exercise({ url, admin, directory }: Installed, runner: ChildProcess): Promise<number | null> {
  let stderr = '';
  runner.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(runner, 'close') as Promise<[number | null]>;
  const answers = async (route: string): Promise<boolean> => {
    if (runner.exitCode !== null) throw new Error(stderr);
    return fetch(url + route).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await until(
    () => answers('/readyz'),
    () => stderr,
  );
  const key = path.join(directory, 'rig.key');
  await tangleJson('keygen', '--out', key);
  await tangleJson('device', 'register', key, '--admin', admin, '--node', url);
  expect(await answers('/metrics')).toBe(true);
  const { stdout: child } = spawnSync('pgrep', ['-P', String(runner.pid)], { encoding: 'utf8' });
  process.kill(Number(child), 'SIGTERM');
  return (await ended)[0];
}

describe('the systemd unit', () => {
  it('is valid, and exposes little', () => {
    expect(systemdAnalyze('verify', UNIT)).not.toMatch(/unknown|invalid|ignoring/i);
    const verdict = systemdAnalyze('security', '--offline=true', UNIT);
    const exposure = /Overall exposure level for tangle-node\.service: ([\d.]+)/.exec(verdict)?.[1];
    expect(Number(exposure), `systemd says: ${verdict}`).toBeLessThanOrEqual(EXPOSURE_MAX);
  });

  it('never restarts what a restart cannot cure, and always what it can', async () => {
    const [prevented = ''] = await settingsOf('RestartPreventExitStatus');
    expect(await settingsOf('Restart')).toEqual(['on-failure']);
    const codes = prevented.split(' ').map(Number);
    expect(codes).toEqual([EXIT.usage, EXIT.halted, EXIT.config]);
    expect(codes).not.toContain(EXIT.disk);
  });

  it('runs its command with its environment where nothing but the state can be written', async () => {
    const installed = await install();
    const args = ['--mount', '--pid', '--fork', '--map-root-user', 'sh', SANDBOX, ...installed.command];
    const runner = spawn('unshare', args, { env: installed.env, stdio: ['ignore', 'ignore', 'pipe'] });
    expect(await exercise(installed, runner)).toBe(0);
  });

  it('lets the node make every call that it makes', async () => {
    const installed = await install();
    const trace = path.join(installed.directory, 'trace');
    const [, , ...command] = installed.command;
    const { CONFIGURATION = '', REPOSITORY = '', STATE = '' } = installed.env;
    const args = command.map((part) =>
      part.replace('/etc/tangle-node', CONFIGURATION).replace('/opt/tangle-ledger', REPOSITORY),
    );
    const env = {
      ...installed.env,
      TANGLE_CONFIG_GENESIS: path.join(CONFIGURATION, 'genesis.json'),
      TANGLE_CONFIG_DATA_DIRECTORY: path.join(STATE, 'data'),
    };
    const runner = spawn('strace', ['-f', '-qq', '-o', trace, process.execPath, ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    expect(await exercise(installed, runner)).toBe(0);
    const text = await readFile(trace, 'utf8');
    const made = new Set([...text.matchAll(/^\d+ +(\w+)\(/gm)].map(([, name]) => name ?? ''));
    expect(made.size).toBeGreaterThan(30);
    expect(await settingsOf('SystemCallFilter')).toEqual(['@system-service @pkey', '~@privileged']);
    // @default is always let through.
    const allowed = new Set(['@system-service', '@pkey', '@default'].flatMap((set) => [...callsOf(set)]));
    const denied = callsOf('@privileged');
    expect([...made].filter((name) => !allowed.has(name) || denied.has(name))).toEqual([]);
    const families = new Set([...text.matchAll(/\bsocket\((AF_\w+)/g)].map(([, family]) => family));
    const [restricted = ''] = await settingsOf('RestrictAddressFamilies');
    expect([...families].filter((family) => !restricted.split(' ').includes(family ?? ''))).toEqual([]);
  });
});
