/** Dockerfile and compose file without an engine: their steps carried out in a clean directory, and the nodes run. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanUp, freePorts, tangleJson, temporaryDirectory, until } from '../support/tangle.js';
import { carryOut, parseDockerfile } from './dockerfile.js';
import { DEPLOY } from './prometheus.js';

const DOCKERFILE = path.join(DEPLOY, 'docker', 'Dockerfile');
const COMPOSE = path.join(DEPLOY, 'docker', 'compose.yaml');

afterAll(cleanUp);

describe('the Dockerfile', () => {
  it('pins its base, takes nothing from the network but the lockfile says it, and is not run by root', async () => {
    const instructions = parseDockerfile(await readFile(DOCKERFILE, 'utf8'));
    const bases = instructions.filter(({ name }) => name === 'FROM').map(({ text }) => text.split(' ')[0]);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^node:\d+\.\d+\.\d+-[a-z]+-slim$/);
    const steps = instructions.filter(({ name }) => name === 'RUN').map(({ text }) => text);
    expect(steps.every((step) => /^npm (?:ci|run build|prune --omit=dev)$/.test(step))).toBe(true);
    expect(instructions.findLast(({ name }) => name === 'USER')?.text).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(instructions.some(({ name }) => name === 'ADD')).toBe(false);
    const started = instructions.filter(({ name }) => name === 'ENTRYPOINT' || name === 'CMD');
    expect(started.map(({ text }) => Array.isArray(JSON.parse(text)))).toEqual([true, true]);
  });
});

describe('the containers of the compose file', () => {
  it('may do little', async () => {
    const text = await readFile(COMPOSE, 'utf8');
    for (const line of ['read_only: true', 'cap_drop: [ALL]', "'no-new-privileges:true'", 'restart: on-failure:10']) {
      expect(text).toContain(line);
    }
    expect(text).not.toMatch(/privileged|docker\.sock|:latest/);
    // Longer than the node gives itself.
    expect(text).toContain('stop_grace_period: 30s');
  });

  it('run from what the Dockerfile makes, find each other, and end on SIGTERM', async () => {
    const directory = await temporaryDirectory();
    const image = await carryOut(DOCKERFILE, path.join(DEPLOY, '..'), directory);
    const net = path.join(directory, 'net');
    const port = await freePorts(8);
    await tangleJson('init', net, '--validators', '4', '--base-port', `${port}`);
    const commands = [...(await readFile(COMPOSE, 'utf8')).matchAll(/^ {4}command: (\[.+\])$/gm)];
    expect(commands).toHaveLength(4);

    let stderr = '';
    const { PATH = '' } = process.env;
    const containers = commands.map(([, command = '[]']): ChildProcess => {
      const words = [...image.entrypoint, ...(JSON.parse(command.replaceAll("'", '"')) as string[])];
      const [program = '', ...args] = words.map((word) =>
        word.replace(/^\/app/, `${image.root}/app`).replace(/^\/net/, net),
      );
      const cwd = path.join(image.root, image.workingDirectory);
      const child = spawn(program, args, { cwd, env: { PATH, ...image.env }, stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      return child;
    });
    const ended = containers.map(async (child) => ((await once(child, 'exit')) as [number | null])[0]);
    try {
      for (const [index] of containers.entries()) {
        await until(
          () =>
            fetch(`http://127.0.0.1:${port + 2 * index}/readyz`).then(
              ({ ok }) => ok,
              () => false,
            ),
          () => stderr,
        );
      }
    } finally {
      for (const child of containers) child.kill('SIGTERM');
    }
    expect(await Promise.all(ended), `they said: ${stderr}`).toEqual([0, 0, 0, 0]);
  });
});
