/** One real cluster of four processes for all the commands of a test file, and what they are called with. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { jsonHere } from './in-process.js';
import { cleanUp, freePorts, isAlive, startCluster, temporaryDirectory, type TestCluster } from './tangle.js';

export interface Key {
  readonly file: string;
  readonly id: string;
}

export class CommandCluster {
  readonly directory: string;
  readonly cluster: TestCluster;
  /** Options that name the nodes, and those that name the administrator too. */
  readonly node: readonly string[];
  readonly admin: readonly string[];

  constructor(directory: string, cluster: TestCluster) {
    this.directory = directory;
    this.cluster = cluster;
    this.node = ['--node', cluster.nodes.join(',')];
    this.admin = ['--admin', cluster.adminKey, ...this.node];
  }

  async newKey(name: string): Promise<Key> {
    const file = path.join(this.directory, `${name}.key`);
    const [made] = await jsonHere('keygen', '--out', file);
    return { file, id: String(made?.['id']) };
  }

  async registeredKey(name: string): Promise<Key> {
    const key = await this.newKey(name);
    await jsonHere('device', 'register', key.file, ...this.admin);
    return key;
  }

  async writeFileOf(name: string, text: string): Promise<string> {
    const file = path.join(this.directory, name);
    await writeFile(file, text);
    return file;
  }
}

/** Runs a cluster for the tests of the calling file, and gives it once they run. */
export function useCommandCluster(): () => CommandCluster {
  let running: CommandCluster | null = null;
  beforeAll(async () => {
    const directory = await temporaryDirectory();
    running = new CommandCluster(directory, await startCluster(path.join(directory, 'net'), 4, await freePorts(8)));
  }, 60_000);
  afterAll(async () => {
    if (running === null) return;
    const { cluster } = running;
    const { code, stderr } = await cluster.stop();
    await cleanUp();
    const left = cluster.pids.filter(isAlive);
    const isClean = code === 0 && left.length === 0;
    if (!isClean) throw new Error(`the cluster ended with ${code}, left ${left.join(', ')}: ${stderr}`);
  }, 30_000);
  return () => {
    if (running === null) throw new Error('the cluster runs only while tests do');
    return running;
  };
}

/** `count` rows, a second apart. */
export function csv(count: number, from = 0): string {
  const row = (index: number): string => `${1_767_225_600 + index},${index}.5,${index % 2 === 0 ? 'run' : 'stop'}\n`;
  return `time,TS1,state\n${Array.from({ length: count }, (_, index) => row(from + index)).join('')}`;
}
