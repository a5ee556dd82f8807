// The tree as the rules see it: its text files, its workspace packages, and the file an import leads to.
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { codeOnly, importsOf } from './scan.js';

/**
 * @typedef {object} Manifest what the rules read of a package.json
 * @property {string} [name]
 * @property {string} [version]
 * @property {Record<string, string | Record<string, string>>} [exports]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, unknown>} [overrides]
 * @property {string} [packageManager]
 */

/**
 * @typedef {object} Package
 * @property {string} folder repository path, `''` for the root
 * @property {Manifest} manifest
 */

/**
 * @typedef {object} SourceFile
 * @property {string} path
 * @property {string} code the text without comments and insides of strings, same positions
 * @property {import('./scan.js').Import[]} imports
 */

/**
 * @typedef {object} Repository
 * @property {Map<string, string>} texts repository path (forward slashes) to text
 * @property {Package[]} packages the root first
 * @property {Map<string, SourceFile>} sources TypeScript and JavaScript files
 */

const NEVER_OURS = new Set(['.git', '.turbo', 'node_modules', 'dist', 'coverage', 'tangle-data']);
const SOURCE = /\.[cm]?[jt]s$/;

/**
 * @param {string} root
 * @returns {Repository}
 */
export function readRepository(root) {
  /** @type {Map<string, string>} */
  const texts = new Map();
  for (const path of listFiles(root)) {
    const file = join(root, path);
    if (!existsSync(file) || !lstatSync(file).isFile()) continue;
    const bytes = readFileSync(file);
    if (!bytes.includes(0)) texts.set(path, bytes.toString('utf8'));
  }
  const packages = [...texts.keys()]
    .filter((path) => posix.basename(path) === 'package.json')
    .map((path) => ({ folder: path.slice(0, -'/package.json'.length), manifest: parseManifest(texts.get(path) ?? '') }))
    .toSorted((a, b) => a.folder.localeCompare(b.folder));
  /** @type {Map<string, SourceFile>} */
  const sources = new Map();
  for (const [path, text] of texts) {
    if (SOURCE.test(path)) sources.set(path, { path, code: codeOnly(text), imports: importsOf(text) });
  }
  return { texts, packages, sources };
}

/** @param {string} text @returns {Manifest} */
function parseManifest(text) {
  return /** @type {Manifest} */ (JSON.parse(text));
}

/** What git tracks or would track; where there is no git, a walk. @param {string} root @returns {string[]} */
function listFiles(root) {
  if (existsSync(join(root, '.git'))) {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    return listed.toString('utf8').split('\0').filter(Boolean);
  }
  /** @type {string[]} */
  const found = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (NEVER_OURS.has(entry.name)) continue;
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else found.push(path);
    }
  }
  return found;
}

/** The package a file belongs to: the one with the longest folder. @param {Repository} repository @param {string} path */
export function packageOf(repository, path) {
  return repository.packages.findLast(({ folder }) => folder === '' || path.startsWith(`${folder}/`));
}

/** `@scope/name/sub` to `@scope/name`. @param {string} specifier */
export function packageNameOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/**
 * The repository file an import leads to, or undefined when it leads outside (or nowhere).
 * @param {Repository} repository @param {string} from @param {string} specifier
 */
export function resolveImport(repository, from, specifier) {
  if (specifier.startsWith('.')) return sourceAt(repository, posix.join(posix.dirname(from), specifier));
  const name = packageNameOf(specifier);
  const target = repository.packages.find(({ manifest }) => manifest.name === name);
  if (target === undefined) return undefined;
  const entry = target.manifest.exports?.[`.${specifier.slice(name.length)}`];
  const source = typeof entry === 'object' ? entry['source'] : entry;
  return source === undefined ? undefined : sourceAt(repository, posix.join(target.folder, source));
}

/** @param {Repository} repository @param {string} path as imported: `.js` may stand for `.ts` */
function sourceAt(repository, path) {
  return [path, path.replace(/\.js$/, '.ts')].find((candidate) => repository.sources.has(candidate));
}
