/** A real Prometheus on loopback, with the rules we ship, and questions to it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, temporaryDirectory, until } from '../support/tangle.js';

export const DEPLOY = fileURLToPath(new URL('../../../../deploy', import.meta.url));
const PROMETHEUS = process.env['PROMETHEUS'] ?? 'prometheus';
const PROMTOOL = process.env['PROMTOOL'] ?? 'promtool';

/** Runs promtool to its end; what it says, and its exit code. */
export function promtool(...args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr, error } = spawnSync(PROMTOOL, args, { encoding: 'utf8' });
  if (error !== undefined) {
    throw new Error(`${PROMTOOL}: apt-get install prometheus, or name it in PROMTOOL`, { cause: error });
  }
  return { status, said: stdout + stderr };
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface AlertRule {
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
  readonly alerts: readonly {
    readonly state: 'pending' | 'firing';
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

export interface RunningPrometheus {
  query(expression: string): Promise<readonly Sample[]>;
  /** Names of all series it has scraped. */
  names(): Promise<ReadonlySet<string>>;
  rules(): Promise<readonly AlertRule[]>;
  stop(): Promise<void>;
}

/** Ours with other targets, looking every second. */
export async function startPrometheus(targets: readonly string[]): Promise<RunningPrometheus> {
  const directory = await temporaryDirectory();
  const shipped = await readFile(path.join(DEPLOY, 'prometheus', 'prometheus.yml'), 'utf8');
  const hosts = targets.map((target) => `          - ${new URL(target).host}`).join('\n');
  const config = shipped
    .replaceAll(/(_interval): 15s/g, '$1: 1s')
    .replace('- alerts.yml', `- ${path.join(DEPLOY, 'prometheus', 'alerts.yml')}`)
    .replace(/(- targets:\n)[^]*$/, `$1${hosts}\n`);
  const file = path.join(directory, 'prometheus.yml');
  await writeFile(file, config);

  const address = `127.0.0.1:${await freePorts(1)}`;
  const child = spawn(
    PROMETHEUS,
    [`--config.file=${file}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${address}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const failed = once(child, 'error').then(([error]: unknown[]) => error);
  const ended = once(child, 'exit');
  await Promise.race([once(child, 'spawn'), failed]);
  const get = async (question: string): Promise<unknown> => {
    const response = await fetch(`http://${address}/api/v1/${question}`);
    const answer = (await response.json()) as {
      readonly status: string;
      readonly data: unknown;
      readonly error?: string;
    };
    if (answer.status !== 'success') throw new Error(`${decodeURIComponent(question)}: ${answer.error}`);
    return answer.data;
  };
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(stderr);
      return fetch(`http://${address}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    },
    () => stderr,
  );
  return {
    async query(expression) {
      const data = (await get(`query?query=${encodeURIComponent(expression)}`)) as { readonly result: Sample[] };
      return data.result;
    },
    async names() {
      return new Set((await get('label/__name__/values')) as string[]);
    },
    async rules() {
      const data = (await get('rules')) as { readonly groups: readonly { readonly rules: AlertRule[] }[] };
      return data.groups.flatMap(({ rules }) => rules);
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
