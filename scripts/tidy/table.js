// Who may import whom, as data. Changing a line here is an architectural decision: say why beside it.

/**
 * @typedef {object} ImportRule
 * @property {string} under the folder it governs; of several the longest wins
 * @property {string[]} workspace allowed `@tangle/...` specifiers, `/*` at the end for any sub-path
 * @property {'declared' | string[]} outside allowed packages from the registry; `declared`: any in package.json
 * @property {boolean} node whether `node:*` is allowed
 * @property {string[]} [relative] folders that relative imports may reach besides `under`
 */

/** @type {ImportRule[]} */
export const IMPORT_RULES = [
  { under: 'packages/tangle-core/src', workspace: [], outside: [], node: false },
  {
    under: 'packages/tangle-core/src/crypto',
    workspace: [],
    outside: ['@noble/hashes', '@noble/curves'],
    node: false,
    relative: ['packages/tangle-core/src'],
  },
  {
    under: 'packages/tip-selection/src',
    // A read view and the vocabulary; a strategy never sees the engine.
    workspace: [
      '@tangle/core/ids',
      '@tangle/core/model',
      '@tangle/core/tangle',
      '@tangle/core/result',
      '@tangle/core/assert',
    ],
    outside: [],
    node: false,
  },
  { under: 'packages/telemetry/src', workspace: [], outside: ['msgpackr'], node: false },
  {
    under: 'packages/node/src',
    workspace: ['@tangle/core/*', '@tangle/tip-selection', '@tangle/telemetry'],
    outside: 'declared',
    node: true,
  },
  {
    // The simulator runs this very loop: whatever it needs of the machine comes through its ports.
    under: 'packages/node/src/replica',
    workspace: ['@tangle/core/*', '@tangle/tip-selection'],
    outside: ['msgpackr'] /* a pure function of bytes: the frames between nodes */,
    node: false,
  },
  {
    // Browsers, Deno and Bun take this path.
    under: 'packages/sdk/src',
    workspace: [
      '@tangle/core/ids',
      '@tangle/core/result',
      '@tangle/core/assert',
      '@tangle/core/model',
      '@tangle/core/codec',
      '@tangle/core/crypto',
      '@tangle/core/validation',
      '@tangle/core/log',
      '@tangle/core/proof',
      '@tangle/telemetry',
    ],
    outside: ['eventsource-parser'],
    node: false,
  },
  {
    under: 'packages/sdk/src/node',
    workspace: [
      '@tangle/core/ids',
      '@tangle/core/result',
      '@tangle/core/assert',
      '@tangle/core/model',
      '@tangle/core/codec',
      '@tangle/core/crypto',
    ],
    outside: [],
    node: true,
    relative: ['packages/sdk/src'],
  },
  {
    // What an auditor is told, the same in a terminal and on a page: it reads verdicts and makes none.
    under: 'packages/audit/src',
    workspace: [
      '@tangle/core/crypto',
      '@tangle/core/model',
      '@tangle/core/proof',
      '@tangle/core/result',
      '@tangle/telemetry',
    ],
    outside: [],
    node: false,
  },
  {
    // Everything imported here is bundled into the page.
    under: 'apps/verifier/src',
    workspace: ['@tangle/audit', '@tangle/core/crypto', '@tangle/core/model'],
    outside: [],
    node: false,
    // What the build makes of it.
    relative: ['apps/verifier/dist'],
  },
  {
    under: 'apps/cli/src',
    workspace: [
      '@tangle/audit',
      '@tangle/node',
      '@tangle/node/*',
      '@tangle/sdk',
      '@tangle/sdk/*',
      '@tangle/core/*',
      '@tangle/telemetry',
      '@tangle/verifier' /* the address of its page alone, to hand the file out */,
    ],
    outside: 'declared',
    node: true,
    // What the package ships beside its code.
    relative: ['apps/cli/data', 'apps/cli/bin'],
  },
  {
    under: 'apps/simulator/src',
    workspace: ['@tangle/core/*', '@tangle/tip-selection', '@tangle/node/replica'],
    outside: ['commander', 'echarts'],
    node: true,
  },
];

/**
 * The layers of tangle-core, lowest first: the first folder (or file) under src. A group imports its own layer and
 * those below it. `index` and `testing` stand outside and see everything; nobody but tests looks at them.
 */
export const CORE = 'packages/tangle-core/src';
export const CORE_LAYERS = [
  ['ids', 'result', 'assert', 'marks'],
  ['codec', 'crypto'],
  ['model'],
  ['validation'],
  ['tangle'],
  ['validator', 'confirmation', 'sync'],
  ['order'],
  ['ledger'],
  ['log'],
  ['proof'],
  ['engine', 'recovery'],
];
export const CORE_ABOVE_ALL = ['index', 'testing'];

/** Upward imports that are right: the codec writes the shapes that `model` declares, and needs nothing but the types. */
export const CORE_UPWARD_TYPES = [{ from: 'codec', to: 'model' }];

/** @typedef {{ pattern: RegExp, name: string }} BannedCode */

/** @param {string} name @returns {BannedCode} an identifier that is not a property of something */
const identifier = (name) => ({ name, pattern: new RegExp(`(?<![\\w$#.])${name}\\b(?!\\s*[?]?:)`, 'g') });
/** @param {string} name @returns {BannedCode} an object of the environment, used as `name.something` */
const host = (name) => ({ name, pattern: new RegExp(`(?<![\\w$#.])${name}\\s*(?:\\?\\.|\\.|\\[)`, 'g') });

const IMPURE = [
  ...['Date', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'Buffer', 'WebSocket'].map(
    identifier,
  ),
  ...['process', 'performance', 'console', 'globalThis'].map(host),
  { name: 'Math.random', pattern: /\bMath\s*\.\s*random\b/g },
  // `crypto` alone is the name of our own port; these are what only the host's object has.
  {
    name: 'crypto (global)',
    pattern: /\bcrypto\s*\.\s*(?:subtle|getRandomValues|randomUUID|randomBytes|webcrypto)\b/g,
  },
];
const UNEQUAL_BETWEEN_NODES = [
  { name: 'locale', pattern: /\b(?:localeCompare|toLocale\w*|Intl)\b/g },
  { name: 'async', pattern: /(?<![\w$#.])(?:async|await|Promise)\b(?!\s*[?]?:)/g },
];

/** Code that may not stand under a folder. @type {{ under: string, banned: BannedCode[] }[]} */
export const PURE_FOLDERS = [
  { under: CORE, banned: [...IMPURE, ...UNEQUAL_BETWEEN_NODES] },
  { under: 'packages/tip-selection/src', banned: [...IMPURE, ...UNEQUAL_BETWEEN_NODES] },
  { under: 'packages/node/src/replica', banned: IMPURE },
];

/** Files that nothing imports because something outside the sources starts them. */
export const ENTRY_POINTS = [
  /^(?:packages|apps)\/[^/]+\/src\/main\.ts$/,
  /^bench\/src\/main\.ts$/,
  /^apps\/[^/]+\/bin\/[^/]+\.js$/,
  /^scripts\/(?:[^/]+|[^/]+\/main)\.[jt]s$/,
  /^(?:.*\/)?[^/]+\.config\.[jt]s$/,
];
export const TEST_ENTRY_POINTS = [
  /\/test\/.*\.test\.ts$/,
  /\/test\/browser\/.*\.browser\.ts$/,
  /\/test\/operations\/.*\.operations\.ts$/,
];

/** Marks of unfinished or silenced work, in any tracked text. Written in halves so that this file passes its own rule. */
export const BANNED_WORDS = [
  ...['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK', 'W' + 'IP', 'TB' + 'D'].map(
    (word) => new RegExp(`\\b${word}\\b`, 'g'),
  ),
  new RegExp(`@ts-(?:${'ig' + 'nore'}|${'no' + 'check'})\\b`, 'g'),
  new RegExp(`\\b${'lorem' + ' ipsum'}\\b`, 'gi'),
];
/** Not ours to word: generated hashes and a licence. */
export const WORDS_UNCHECKED = [/(?:^|\/)package-lock\.json$/, /(?:^|\/)LICENSE$/];
