// Each rule must be able to fail: every one meets a small tree that keeps it and one that breaks it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { readRepository } from '../tidy/repository.js';
import {
  bannedWords,
  check,
  coreLayers,
  deadFiles,
  declaredImports,
  exactVersions,
  importCycles,
  importTable,
  pureFolders,
} from '../tidy/rules.js';
import { codeOnly, importsOf } from '../tidy/scan.js';

const roots: string[] = [];

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

const CORE_MANIFEST = manifest('@tangle/core', { './ids': 'ids', './engine': 'engine/index' });
const REPLICA_MANIFEST = manifest('@tangle/node', { './replica': 'replica/index', './store': 'store/index' });

function manifest(name: string, subPaths: Record<string, string>): string {
  const exports = Object.fromEntries(
    Object.entries(subPaths).map(([subPath, file]) => [subPath, { source: `./src/${file}.ts` }]),
  );
  return JSON.stringify({ name, version: '0.1.0', exports });
}

/** A repository of the given files; the keys are paths. */
function tree(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'tidy-'));
  roots.push(root);
  for (const [path, text] of Object.entries({ 'package.json': '{}', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readRepository(root);
}

/** What a rule says of a tree, as `path:line message`. */
function said(
  rule: (repository: ReturnType<typeof tree>) => { path: string; line: number; message: string }[],
  files: Record<string, string>,
) {
  return rule(tree(files)).map(({ path, line, message }) => `${path}:${line} ${message}`);
}

describe('reading imports', () => {
  test('finds static, type-only, re-exported, dynamic and file-URL imports with their lines', () => {
    const text = [
      `import type { A } from './a.js';`,
      `import { type B, type C } from './b.js';`,
      `import {`,
      `  d,`,
      `  type D,`,
      `} from "./d.js";`,
      `export * from './e.js';`,
      `import './f.js';`,
      `const g = await import('./g.js');`,
      `new Worker(new URL('./h.js', import.meta.url));`,
    ].join('\n');
    expect(importsOf(text)).toEqual([
      { specifier: './a.js', line: 1, typeOnly: true },
      { specifier: './b.js', line: 2, typeOnly: true },
      { specifier: './d.js', line: 3, typeOnly: false },
      { specifier: './e.js', line: 7, typeOnly: false },
      { specifier: './f.js', line: 8, typeOnly: false },
      { specifier: './g.js', line: 9, typeOnly: false },
      { specifier: './h.js', line: 10, typeOnly: false },
    ]);
  });

  test('imports inside comments, strings, templates and regular expressions do not count', () => {
    const text = [
      `// import { a } from './a.js';`,
      `/* import './b.js'; */`,
      `const text = "import './c.js'";`,
      'const nested = `import "./d.js" ${`import "./e.js"`} import "./f.js"`;',
      `const pattern = /import '.\\/g.js'['"]/;`,
      `import { h } from './h.js';`,
    ].join('\n');
    expect(importsOf(text).map(({ specifier }) => specifier)).toEqual(['./h.js']);
  });

  test('blanking keeps every position, and the code inside a template', () => {
    const text = 'const a = `x${Date.now()}y` / 2; // Date\nconst b = 1;';
    expect(codeOnly(text)).toBe('const a = ` ${Date.now()} ` / 2;        \nconst b = 1;');
  });
});

describe('import table', () => {
  test('the core may not import node, a workspace package or anything but noble in crypto', () => {
    const files = {
      'packages/tangle-core/package.json': CORE_MANIFEST,
      'packages/node/package.json': REPLICA_MANIFEST,
      'packages/tangle-core/src/crypto/noble.ts': `import { sha256 } from '@noble/hashes/sha2.js';\nimport { x } from '../ids.js';`,
      'packages/tangle-core/src/ids.ts': `import { sha256 } from '@noble/hashes/sha2.js';`,
      'packages/tangle-core/src/model/a.ts': `import 'node:fs';\nimport type { R } from '@tangle/node/replica';\nimport '../../../node/src/b.js';`,
    };
    expect(said(importTable, files)).toEqual(
      [
        'packages/tangle-core/src/ids.ts:1 packages/tangle-core/src may not import @noble/hashes/sha2.js',
        'packages/tangle-core/src/model/a.ts:1 packages/tangle-core/src must not import node:fs',
        'packages/tangle-core/src/model/a.ts:2 packages/tangle-core/src may not import @tangle/node/replica',
        'packages/tangle-core/src/model/a.ts:3 packages/tangle-core/src does not reach packages/node/src/b.js',
      ].toSorted(),
    );
  });

  test('the replica may not import node, ws or its neighbours, which may import the replica', () => {
    const files = {
      'packages/node/package.json': REPLICA_MANIFEST,
      'packages/node/src/replica/index.ts': `import 'node:fs';\nimport 'ws';\nimport { s } from '../store/index.js';`,
      'packages/node/src/store/index.ts': `import 'node:fs';\nimport 'ws';\nimport { r } from '../replica/index.js';`,
    };
    expect(said(importTable, files)).toEqual([
      'packages/node/src/replica/index.ts:1 packages/node/src/replica must not import node:fs',
      'packages/node/src/replica/index.ts:2 packages/node/src/replica may not import ws',
      'packages/node/src/replica/index.ts:3 packages/node/src/replica does not reach packages/node/src/store/index.js',
    ]);
  });

  test('the device side is browser-safe outside its node folder, and the simulator sees only the replica', () => {
    const files = {
      'packages/node/package.json': REPLICA_MANIFEST,
      'packages/sdk/src/device.ts': `import 'node:fs';`,
      'packages/sdk/src/node/outbox.ts': `import 'node:fs';\nimport type { D } from '../device.js';`,
      'apps/simulator/src/world.ts': `import '@tangle/node/replica';\nimport '@tangle/node/store';\nimport 'ws';`,
    };
    expect(said(importTable, files).toSorted()).toEqual([
      'apps/simulator/src/world.ts:2 apps/simulator/src may not import @tangle/node/store',
      'apps/simulator/src/world.ts:3 apps/simulator/src may not import ws',
      'packages/sdk/src/device.ts:1 packages/sdk/src must not import node:fs',
    ]);
  });
});

describe('declared imports', () => {
  test('an undeclared package, a sub-path nobody exports and a missing file are found', () => {
    const files = {
      'packages/tangle-core/package.json': CORE_MANIFEST,
      'packages/tangle-core/src/ids.ts': '',
      'packages/a/package.json': JSON.stringify({
        name: 'a',
        version: '0.1.0',
        dependencies: { '@tangle/core': '0.1.0' },
        devDependencies: { vitest: '1.0.0' },
      }),
      'packages/a/src/a.ts': `import '@tangle/core/ids';\nimport '@tangle/core/secret';\nimport 'vitest';\nimport './gone.js';`,
      'packages/a/test/a.test.ts': `import 'vitest';\nimport 'left';`,
    };
    expect(said(declaredImports, files).toSorted()).toEqual([
      'packages/a/src/a.ts:2 @tangle/core/secret is not exported or its file is missing',
      `packages/a/src/a.ts:3 vitest is not declared in the package's dependencies`,
      'packages/a/src/a.ts:4 ./gone.js leads to no file',
      `packages/a/test/a.test.ts:2 left is not declared in the package's dependencies`,
    ]);
  });
});

describe('layers of the core', () => {
  test('a lower layer may not look up, a higher one may look down', () => {
    const files = {
      'packages/tangle-core/src/ids.ts': `import { t } from './model/t.js';`,
      'packages/tangle-core/src/model/t.ts': `import { i } from '../ids.js';`,
      'packages/tangle-core/src/log/l.ts': `import { e } from '../engine/e.js';\nimport { o } from '../order/o.js';`,
      'packages/tangle-core/src/engine/e.ts': `import { l } from '../log/l.js';`,
      'packages/tangle-core/src/index.ts': `export { l } from './log/l.js';`,
      'packages/tangle-core/src/testing/index.ts': `export { e } from '../engine/e.js';`,
    };
    expect(said(coreLayers, files).toSorted()).toEqual([
      'packages/tangle-core/src/ids.ts:1 ids is below model and must not import ./model/t.js',
      'packages/tangle-core/src/log/l.ts:1 log is below engine and must not import ../engine/e.js',
    ]);
  });

  test('the codec may use the types of model but not its values, and product code never uses testing', () => {
    const files = {
      'packages/tangle-core/src/codec/a.ts': `import type { T } from '../model/t.js';\nimport { t } from '../model/t.js';`,
      'packages/tangle-core/src/engine/e.ts': `import { f } from '../testing/index.js';`,
      'packages/tangle-core/src/helpers/h.ts': '',
    };
    expect(said(coreLayers, files).toSorted()).toEqual([
      'packages/tangle-core/src/codec/a.ts:2 codec is below model and must not import ../model/t.js',
      'packages/tangle-core/src/engine/e.ts:1 engine is below testing and must not import ../testing/index.js',
      'packages/tangle-core/src/helpers/h.ts:1 helpers has no place in the layer table',
    ]);
  });
});

describe('pure folders', () => {
  test.each([
    'Date.now()',
    'new Date(0)',
    'Math.random()',
    'setTimeout(f, 1)',
    'setInterval(f, 1)',
    'process.env',
    'performance.now()',
    'crypto.getRandomValues(bytes)',
    'globalThis.crypto',
    'async () => 1',
    'a.localeCompare(b)',
  ])('%s is refused in the core', (code) => {
    expect(said(pureFolders, { 'packages/tangle-core/src/a.ts': `\nexport const a = ${code};` })).toHaveLength(1);
    expect(said(pureFolders, { 'packages/node/src/store/a.ts': `\nexport const a = ${code};` })).toEqual([]);
  });

  test('the words are free in comments and strings, as properties, and as the name of our own port', () => {
    const text = `// the Date is an input\nconst a = 'setTimeout'; crypto.verify(a.process); port.setTimeout(1);`;
    expect(said(pureFolders, { 'packages/tangle-core/src/a.ts': text })).toEqual([]);
  });

  test('the replica and tip selection are held to it too, but the replica may wait', () => {
    const files = {
      'packages/node/src/replica/a.ts': 'export async function a() {\n  return Date.now();\n}',
      'packages/tip-selection/src/a.ts': 'export const a = Math.random();',
    };
    expect(said(pureFolders, files).toSorted()).toEqual([
      'packages/node/src/replica/a.ts:2 Date is banned under packages/node/src/replica',
      'packages/tip-selection/src/a.ts:1 Math.random is banned under packages/tip-selection/src',
    ]);
  });
});

describe('cycles', () => {
  test('a cycle through files and packages is found, one through types alone is not', () => {
    const core = JSON.stringify({ name: 'core', version: '0.1.0', exports: { '.': { source: './src/a.ts' } } });
    const files = {
      'packages/core/package.json': core,
      'packages/core/src/a.ts': `import { b } from './b.js';`,
      'packages/core/src/b.ts': `import { c } from '../../other/src/c.js';`,
      'packages/other/src/c.ts': `import { a } from 'core';`,
      'packages/other/src/d.ts': `import type { E } from './e.js';`,
      'packages/other/src/e.ts': `import { d } from './d.js';`,
    };
    expect(said(importCycles, files)).toEqual([
      'packages/other/src/c.ts:1 packages/core/src/a.ts -> packages/core/src/b.ts -> packages/other/src/c.ts -> packages/core/src/a.ts',
    ]);
  });
});

describe('dead files', () => {
  test('what only a test reaches is dead, as are unused test helpers and exports without a file', () => {
    const files = {
      'packages/a/package.json': manifest('a', { '.': 'index', './gone': 'gone' }),
      'packages/a/src/index.ts': `export type { U } from './used.js';\nnew URL('./worker.js', import.meta.url);`,
      'packages/a/src/used.ts': '',
      'packages/a/src/worker.ts': '',
      'packages/a/src/only-tested.ts': '',
      'packages/a/test/a.test.ts': `import '../src/only-tested.js';\nimport './helper.js';`,
      'packages/a/test/helper.ts': '',
      'packages/a/test/forgotten.ts': '',
    };
    expect(said(deadFiles, files).toSorted()).toEqual([
      'packages/a/package.json:1 export ./gone has no source file',
      'packages/a/src/only-tested.ts:1 no entry point reaches it',
      'packages/a/test/forgotten.ts:1 no test reaches it',
    ]);
  });
});

describe('exact versions', () => {
  test('ranges, tags and a wrong workspace version are refused, also in overrides', () => {
    const files = {
      'package.json': JSON.stringify({
        overrides: { deep: '^1.0.0' },
        devDependencies: { fine: '1.2.3', beta: '1.0.0-rc.1' },
      }),
      'packages/a/package.json': JSON.stringify({
        name: 'a',
        version: '0.1.0',
        dependencies: { b: '0.2.0', ws: '8.x' },
      }),
      'packages/b/package.json': JSON.stringify({ name: 'b', version: '0.1.0', devDependencies: { c: 'latest' } }),
    };
    expect(said(exactVersions, files)).toEqual([
      'package.json:1 deep is "^1.0.0", not one exact version',
      'packages/a/package.json:1 b 0.2.0 is not the one here (0.1.0)',
      'packages/a/package.json:1 ws is "8.x", not one exact version',
      'packages/b/package.json:1 c is "latest", not one exact version',
    ]);
  });
});

describe('banned words', () => {
  test('marks of unfinished work are found in any text, whole words only', () => {
    const mark = 'TO' + 'DO';
    const files = {
      'README.md': `fine\n${mark}: write it`,
      'packages/a/src/a.ts': `// ${'FIX' + 'ME'}\n// ${'@ts-ig' + 'nore'}`,
      'notes.txt': `${mark}S and mkdtemp ${'X'.repeat(6)}`,
      'package-lock.json': `"${mark}"`,
    };
    expect(said(bannedWords, files).toSorted()).toEqual([
      `README.md:2 "${mark}"`,
      `packages/a/src/a.ts:1 "${'FIX' + 'ME'}"`,
      `packages/a/src/a.ts:2 "${'@ts-ig' + 'nore'}"`,
    ]);
  });
});

test('this repository is tidy', () => {
  const violations = check(readRepository(fileURLToPath(new URL('../..', import.meta.url))));
  expect(violations.map(({ path, line, rule, message }) => `${path}:${line}: ${rule}: ${message}`)).toEqual([]);
});
