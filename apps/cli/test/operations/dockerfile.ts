/**
 * Carries out a Dockerfile without a container engine: each stage is a directory, COPY copies, RUN runs in the directory of
 * WORKDIR, with the machine's own programs instead of those of the image. What it does not know it refuses.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const STEP_MS_MAX = 240_000;
const OUTPUT_BYTES_MAX = 16 * 1_024 * 1_024;

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The last stage as it stands when all is carried out. */
export interface Image {
  /** The directory that is the root of the container. */
  readonly root: string;
  readonly workingDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | null;
  readonly entrypoint: readonly string[];
}

interface Stage extends Image {
  readonly name: string;
}

export function parseDockerfile(text: string): Instruction[] {
  const joined = text.replaceAll(/\\\n/g, ' ');
  const lines = joined.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) throw new Error(`not an instruction: ${line}`);
    return { name, text: rest.trim() };
  });
}

/** @param workspace gets a directory for each stage. */
export async function carryOut(dockerfile: string, context: string, workspace: string): Promise<Image> {
  const instructions = parseDockerfile(await readFile(dockerfile, 'utf8'));
  const ignores = await ignoredIn(`${dockerfile}.dockerignore`);
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') {
      const name = / AS (\S+)$/.exec(instruction.text)?.[1] ?? `stage-${stages.length}`;
      const root = path.join(workspace, name);
      await mkdir(root);
      stages.push({ name, root, workingDirectory: '/', env: {}, user: null, entrypoint: [] });
      continue;
    }
    const current = stages.pop();
    if (current === undefined) throw new Error('a Dockerfile begins with FROM');
    stages.push(await apply(instruction, current, stages, (file) => ignores(path.relative(context, file)), context));
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error('nothing is built');
  return last;
}

async function apply(
  { name, text }: Instruction,
  stage: Stage,
  earlier: readonly Stage[],
  isIgnored: (file: string) => boolean,
  context: string,
): Promise<Stage> {
  const within = path.join(stage.root, stage.workingDirectory);
  switch (name) {
    case 'WORKDIR':
      await mkdir(path.join(stage.root, text), { recursive: true });
      return { ...stage, workingDirectory: text };
    case 'ENV': {
      const [key = '', value = ''] = text.split('=', 2);
      return { ...stage, env: { ...stage.env, [key]: value } };
    }
    case 'RUN': {
      const { PATH = '', HOME = '' } = process.env;
      const env = { PATH, HOME, ...stage.env };
      const options = { cwd: within, env, timeout: STEP_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX };
      await run('/bin/sh', ['-c', text], options).catch((error: unknown) => {
        const said = error instanceof Error ? `${error.message}\n${String(Reflect.get(error, 'stdout'))}` : '';
        throw new Error(`RUN ${text}: ${said}`, { cause: error });
      });
      return stage;
    }
    case 'COPY': {
      const words = text.split(/\s+/);
      const from = /^--from=(.+)$/.exec(words[0] ?? '')?.[1];
      const source = from === undefined ? context : earlier.find((candidate) => candidate.name === from)?.root;
      if (source === undefined) throw new Error(`COPY from an unknown stage: ${text}`);
      const places = from === undefined ? words : words.slice(1);
      const target = places.pop() ?? '';
      for (const place of places) {
        const file = path.join(source, place);
        const isInto = (await stat(file)).isFile() || target.endsWith('/');
        const destination = isInto ? path.join(within, target, path.basename(file)) : path.join(within, target);
        const filter = from === undefined ? (entry: string) => !isIgnored(entry) : () => true;
        await cp(file, destination, { recursive: true, verbatimSymlinks: true, filter });
      }
      return stage;
    }
    case 'USER':
      return { ...stage, user: text };
    case 'ENTRYPOINT':
      return { ...stage, entrypoint: JSON.parse(text) as string[] };
    case 'CMD':
    case 'STOPSIGNAL':
      return stage;
    default:
      throw new Error(`${name} is not known here`);
  }
}

/** Only `name` and `**` + `/name`, with `*` for any characters in it. */
async function ignoredIn(file: string): Promise<(relative: string) => boolean> {
  const patterns = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  const matchers = patterns.map((pattern) => {
    const anywhere = pattern.startsWith('**/');
    const name = pattern.slice(anywhere ? 3 : 0);
    if (name.includes('/')) throw new Error(`a pattern that is not known here: ${pattern}`);
    const expression = new RegExp(`^${name.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`);
    return (parts: readonly string[]) => (anywhere ? parts : parts.slice(0, 1)).some((part) => expression.test(part));
  });
  return (relative) => matchers.some((matches) => matches(relative.split(path.sep)));
}
