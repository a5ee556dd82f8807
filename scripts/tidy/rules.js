// The rules themselves: each takes a repository and returns what breaks it. The tables they apply are in table.js.
import { posix } from 'node:path';
import { packageNameOf, packageOf, resolveImport } from './repository.js';
import { lineAt } from './scan.js';
import {
  BANNED_WORDS,
  CORE,
  CORE_ABOVE_ALL,
  CORE_LAYERS,
  CORE_UPWARD_TYPES,
  ENTRY_POINTS,
  IMPORT_RULES,
  PURE_FOLDERS,
  TEST_ENTRY_POINTS,
  WORDS_UNCHECKED,
} from './table.js';

/** @typedef {import('./repository.js').Repository} Repository */
/** @typedef {{ rule: string, path: string, line: number, message: string }} Violation */
/** @typedef {(repository: Repository) => Violation[]} Rule */

/** @param {string} path @param {string} folder */
const isUnder = (path, folder) => path === folder || path.startsWith(`${folder}/`);

/** Imports that the table does not allow. @type {Rule} */
export function importTable(repository) {
  /** @type {Violation[]} */
  const violations = [];
  for (const { path, imports } of repository.sources.values()) {
    const rule = IMPORT_RULES.filter(({ under }) => isUnder(path, under)).toSorted(
      (a, b) => b.under.length - a.under.length,
    )[0];
    if (rule === undefined) continue;
    for (const { specifier, line } of imports) {
      const message = refusal(repository, rule, path, specifier);
      if (message !== undefined) violations.push({ rule: 'import-table', path, line, message });
    }
  }
  return violations;
}

/** @param {Repository} repository @param {import('./table.js').ImportRule} rule @param {string} path @param {string} specifier */
function refusal(repository, rule, path, specifier) {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier);
    const reachable = [rule.under, ...(rule.relative ?? [])];
    return reachable.some((folder) => isUnder(target, folder)) ? undefined : `${rule.under} does not reach ${target}`;
  }
  if (specifier.startsWith('node:')) return rule.node ? undefined : `${rule.under} must not import ${specifier}`;
  const name = packageNameOf(specifier);
  if (repository.packages.some(({ manifest }) => manifest.name === name)) {
    const allowed = rule.workspace.some((entry) =>
      entry.endsWith('/*') ? isUnder(specifier, entry.slice(0, -2)) : entry === specifier,
    );
    return allowed ? undefined : `${rule.under} may not import ${specifier}`;
  }
  return rule.outside === 'declared' || rule.outside.includes(name)
    ? undefined
    : `${rule.under} may not import ${specifier}`;
}

/** Imports of packages that the importing package.json does not declare, and of sub-paths nobody exports. @type {Rule} */
export function declaredImports(repository) {
  /** @type {Violation[]} */
  const violations = [];
  const root = repository.packages.find(({ folder }) => folder === '')?.manifest;
  for (const { path, imports } of repository.sources.values()) {
    const manifest = packageOf(repository, path)?.manifest;
    for (const { specifier, line } of imports) {
      if (specifier.startsWith('node:')) continue;
      if (specifier.startsWith('.')) {
        if (
          specifier.endsWith('.js') &&
          resolveImport(repository, path, specifier) === undefined &&
          !specifier.includes('/dist/')
        ) {
          violations.push({ rule: 'declared-imports', path, line, message: `${specifier} leads to no file` });
        }
        continue;
      }
      const name = packageNameOf(specifier);
      const inSource = /(?:^|\/)src\//.test(path);
      const declared = {
        ...manifest?.dependencies,
        ...(inSource ? {} : { ...manifest?.devDependencies, ...root?.devDependencies }),
      };
      if (name !== manifest?.name && !(name in declared)) {
        violations.push({
          rule: 'declared-imports',
          path,
          line,
          message: `${name} is not declared in the package's dependencies`,
        });
      } else if (
        repository.packages.some((candidate) => candidate.manifest.name === name) &&
        resolveImport(repository, path, specifier) === undefined
      ) {
        violations.push({
          rule: 'declared-imports',
          path,
          line,
          message: `${specifier} is not exported or its file is missing`,
        });
      }
    }
  }
  return violations;
}

/** Inside tangle-core a lower layer never looks up. @type {Rule} */
export function coreLayers(repository) {
  /** @type {Violation[]} */
  const violations = [];
  for (const { path, imports } of repository.sources.values()) {
    const from = coreGroup(path);
    if (from === undefined || CORE_ABOVE_ALL.includes(from)) continue;
    const fromLayer = layerOf(from);
    if (fromLayer === -1) {
      violations.push({ rule: 'core-layers', path, line: 1, message: `${from} has no place in the layer table` });
      continue;
    }
    for (const { specifier, line, typeOnly } of imports) {
      if (!specifier.startsWith('.')) continue;
      const to = coreGroup(posix.join(posix.dirname(path), specifier));
      if (to === undefined || to === from) continue;
      const upward = CORE_ABOVE_ALL.includes(to) || layerOf(to) > fromLayer;
      const excepted = CORE_UPWARD_TYPES.some((exception) => exception.from === from && exception.to === to);
      if (!upward || (typeOnly && excepted)) continue;
      violations.push({
        rule: 'core-layers',
        path,
        line,
        message: `${from} is below ${to} and must not import ${specifier}`,
      });
    }
  }
  return violations;
}

/** @param {string} path */
function coreGroup(path) {
  return isUnder(path, CORE)
    ? path
        .slice(CORE.length + 1)
        .split('/')[0]
        ?.replace(/\.[jt]s$/, '')
    : undefined;
}

/** @param {string} group */
const layerOf = (group) => CORE_LAYERS.findIndex((layer) => layer.includes(group));

/** Clock, chance, host and (in the core) asynchrony where there must be none. @type {Rule} */
export function pureFolders(repository) {
  /** @type {Violation[]} */
  const violations = [];
  for (const { path, code } of repository.sources.values()) {
    for (const { under, banned } of PURE_FOLDERS) {
      if (!isUnder(path, under)) continue;
      for (const { name, pattern } of banned) {
        for (const match of code.matchAll(pattern)) {
          violations.push({
            rule: 'pure-folders',
            path,
            line: lineAt(code, match.index),
            message: `${name} is banned under ${under}`,
          });
        }
      }
    }
  }
  return violations;
}

/**
 * Cycles of imports that exist at run time (a type-only import is erased, so it cannot break loading).
 * One violation for each import that closes a cycle, in a depth-first walk with its own stack.
 * @type {Rule}
 */
export function importCycles(repository) {
  /** @type {Violation[]} */
  const violations = [];
  /** @type {Set<string>} */
  const done = new Set();
  for (const start of [...repository.sources.keys()].toSorted()) {
    if (done.has(start)) continue;
    const trail = [{ path: start, edges: runtimeEdges(repository, start), next: 0 }];
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const edge = top.edges[top.next++];
      if (edge === undefined) {
        done.add(top.path);
        trail.pop();
        continue;
      }
      const again = trail.findIndex(({ path }) => path === edge.target);
      if (again !== -1) {
        const circle = [...trail.slice(again).map(({ path }) => path), edge.target].join(' -> ');
        violations.push({ rule: 'import-cycles', path: top.path, line: edge.line, message: circle });
      } else if (!done.has(edge.target)) {
        trail.push({ path: edge.target, edges: runtimeEdges(repository, edge.target), next: 0 });
      }
    }
  }
  return violations;
}

/** @param {Repository} repository @param {string} path */
function runtimeEdges(repository, path) {
  return edges(repository, path).filter(({ typeOnly }) => !typeOnly);
}

/** @param {Repository} repository @param {string} path */
function edges(repository, path) {
  return (repository.sources.get(path)?.imports ?? []).flatMap(({ specifier, line, typeOnly }) => {
    const target = resolveImport(repository, path, specifier);
    return target === undefined ? [] : [{ target, line, typeOnly }];
  });
}

/** Product files that no entry point reaches, helpers that no test reaches, exports that lead nowhere. @type {Rule} */
export function deadFiles(repository) {
  /** @type {Violation[]} */
  const violations = [];
  const starts = [...repository.sources.keys()].filter((path) => ENTRY_POINTS.some((pattern) => pattern.test(path)));
  for (const { folder, manifest } of repository.packages) {
    for (const [subPath, entry] of Object.entries(manifest.exports ?? {})) {
      const source = typeof entry === 'object' ? entry['source'] : entry;
      const path = source === undefined ? undefined : posix.join(folder, source);
      if (path !== undefined && repository.sources.has(path)) {
        starts.push(path);
        continue;
      }
      const message = `export ${subPath} has no source file`;
      violations.push({ rule: 'dead-files', path: posix.join(folder, 'package.json'), line: 1, message });
    }
  }
  const product = reach(repository, starts);
  const tests = [...repository.sources.keys()].filter((path) =>
    TEST_ENTRY_POINTS.some((pattern) => pattern.test(path)),
  );
  const all = reach(repository, [...starts, ...tests]);
  for (const path of repository.sources.keys()) {
    const isTestCode = /(?:^|\/)test\//.test(path);
    if (!(isTestCode ? all : product).has(path)) {
      violations.push({
        rule: 'dead-files',
        path,
        line: 1,
        message: isTestCode ? 'no test reaches it' : 'no entry point reaches it',
      });
    }
  }
  return violations;
}

/** @param {Repository} repository @param {string[]} starts */
function reach(repository, starts) {
  const reached = new Set(starts);
  for (const path of reached) for (const { target } of edges(repository, path)) reached.add(target);
  return reached;
}

const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** Every dependency names one version, a workspace package the version it has here. @type {Rule} */
export function exactVersions(repository) {
  /** @type {Violation[]} */
  const violations = [];
  const ours = new Map(repository.packages.map(({ manifest }) => [manifest.name, manifest.version]));
  for (const { folder, manifest } of repository.packages) {
    const path = posix.join(folder, 'package.json');
    const groups = [
      manifest.dependencies,
      manifest.devDependencies,
      manifest.peerDependencies,
      manifest.optionalDependencies,
      manifest.overrides,
    ];
    for (const [name, version] of groups.flatMap((group) => Object.entries(group ?? {}))) {
      if (typeof version !== 'string' || !EXACT.test(version)) {
        violations.push({
          rule: 'exact-versions',
          path,
          line: 1,
          message: `${name} is ${JSON.stringify(version)}, not one exact version`,
        });
      } else if (ours.has(name) && ours.get(name) !== version) {
        violations.push({
          rule: 'exact-versions',
          path,
          line: 1,
          message: `${name} ${version} is not the one here (${ours.get(name)})`,
        });
      }
    }
  }
  return violations;
}

/** Words that mark unfinished or silenced work. @type {Rule} */
export function bannedWords(repository) {
  /** @type {Violation[]} */
  const violations = [];
  for (const [path, text] of repository.texts) {
    if (WORDS_UNCHECKED.some((pattern) => pattern.test(path))) continue;
    for (const match of BANNED_WORDS.flatMap((pattern) => [...text.matchAll(pattern)])) {
      violations.push({ rule: 'banned-words', path, line: lineAt(text, match.index), message: `"${match[0]}"` });
    }
  }
  return violations;
}

/** @type {Rule[]} */
const RULES = [
  importTable,
  declaredImports,
  coreLayers,
  pureFolders,
  importCycles,
  deadFiles,
  exactVersions,
  bannedWords,
];

/** All rules, in the order of the files. @param {Repository} repository @returns {Violation[]} */
export function check(repository) {
  return RULES.flatMap((rule) => rule(repository)).toSorted((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}
