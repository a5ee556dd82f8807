// What the documents show is run: TypeScript is type-checked, commands and options exist, links lead somewhere.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readRepository } from '../tidy/repository.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REPOSITORY = readRepository(ROOT);
const DOCUMENTS = [...REPOSITORY.texts].filter(([path]) => path.endsWith('.md'));

/** Fenced blocks of a language, each with the line it begins on. */
function blocksOf(text: string, language: string): { readonly code: string; readonly line: number }[] {
  const fences = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...fences].map(({ 1: code = '', index }) => ({ code, line: text.slice(0, index).split('\n').length }));
}

/** What this test needs of a commander command. */
interface CommandView {
  name(): string;
  readonly commands: readonly CommandView[];
  readonly options: readonly {
    readonly long?: string | null | undefined;
    readonly short?: string | null | undefined;
  }[];
}

/** What is wrong with a line `tangle ...`, or null. */
function refusalOf(line: string, program: CommandView): string | null {
  let command = program;
  for (const word of line.split(/\s+/).slice(1)) {
    if (word.startsWith('-')) {
      const name = word.split('=', 1)[0];
      const known = [...command.options, ...program.options].some(({ long, short }) => long === name || short === name);
      if (!known && name !== '--help') return `${command.name()} has no option ${name}`;
      continue;
    }
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined && command.commands.length > 0) return `${command.name()} has no command ${word}`;
    command = next ?? command;
  }
  return null;
}

/** `tangle ...` lines of shell blocks, without prompt, `npx`, comment, redirection and pipe. */
function tangleLines(text: string): string[] {
  return blocksOf(text, 'sh')
    .flatMap(({ code }) => code.split('\n'))
    .map(
      (line) =>
        line
          .replace(/^\$ /, '')
          .replace(/^npx /, '')
          .split(/\s[#>|]/, 1)[0]
          ?.trim() ?? '',
    )
    .filter((line) => line.startsWith('tangle '));
}

/** Every sub-path of our packages to its source, so that nothing has to be built. */
function sourcePaths(): Record<string, string[]> {
  const paths: Record<string, string[]> = {};
  for (const { folder, manifest } of REPOSITORY.packages) {
    for (const [subPath, entry] of Object.entries(manifest.exports ?? {})) {
      const source = typeof entry === 'object' ? entry['source'] : undefined;
      if (source !== undefined) paths[`${manifest.name}${subPath.slice(1)}`] = [join(ROOT, folder, source)];
    }
  }
  return paths;
}

async function compile(folder: string): Promise<string> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  try {
    await promisify(execFile)(process.execPath, [compiler, '-p', folder], { timeout: 20_000 });
    return '';
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? `${String(error.stdout)}${error.message}` : String(error);
  }
}

describe('the documents', () => {
  test('show TypeScript that compiles', async () => {
    // Ignored by git, and inside the workspace, so that dependencies resolve.
    const cache = join(ROOT, 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(join(cache, 'docs-snippets-'));
    try {
      for (const [path, text] of DOCUMENTS) {
        for (const { code, line } of blocksOf(text, 'ts')) {
          writeFileSync(join(folder, `${path.replaceAll('/', '-')}-line-${line}.mts`), `${code}\nexport {};\n`);
        }
      }
      const compilerOptions = {
        composite: false,
        declaration: false,
        noEmit: true,
        paths: sourcePaths(),
        typeRoots: [join(ROOT, 'node_modules/@types')],
      };
      const config = { extends: join(ROOT, 'tsconfig.base.json'), compilerOptions, include: ['*.mts'] };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      expect(await compile(folder)).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('name commands and options that `tangle` has', async () => {
    const source = new URL('../../apps/cli/src/program.ts', import.meta.url).href;
    const { createProgram } = (await import(source)) as { readonly createProgram: () => CommandView };
    const program = createProgram();
    const wrong = DOCUMENTS.flatMap(([path, text]) =>
      tangleLines(text).flatMap((line) => {
        const refusal = refusalOf(line, program);
        return refusal === null ? [] : [`${path}: ${line}: ${refusal}`];
      }),
    );
    expect(wrong).toEqual([]);
    expect(refusalOf('tangle nonsense', program)).toBe('tangle has no command nonsense');
    expect(refusalOf('tangle keygen --nonsense x', program)).toBe('keygen has no option --nonsense');
  });

  test('name root scripts that exist', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = DOCUMENTS.flatMap(([, text]) =>
      [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name ?? ''),
    );
    expect(named.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });

  test('link to files that exist', () => {
    const dead = DOCUMENTS.flatMap(([path, text]) =>
      [...text.matchAll(/\]\((?!https?:|#)([^)\s#]+)/g)]
        .map(([, target]) => target ?? '')
        .filter((target) => !existsSync(join(ROOT, dirname(path), target)))
        .map((target) => `${path}: ${target}`),
    );
    expect(dead).toEqual([]);
  });
});
