/** A planted bug, as data: one text in one built module, and what is put in its place. */
import type { HuntName } from './hunts/index.js';

/**
 * What the bug would break: `safety`, nodes disagree or contradict themselves; `liveness`, something is never final;
 * `hygiene`, an idle network that does not rest, a message too early, a needless burden.
 */
export type MutantKind = 'safety' | 'liveness' | 'hygiene';

export interface Mutant {
  /** Lower case and hyphens; unique. */
  readonly name: string;
  readonly kind: MutantKind;
  /** The built module, from the root of the repository. */
  readonly file: string;
  /** A text that occurs in it exactly once. */
  readonly anchor: string;
  readonly replacement: string;
  /** What the mutant does wrong. */
  readonly sentence: string;
  /** Where it is looked for, the likeliest first. */
  readonly hunts: readonly HuntName[];
}

/** A built module of a package, from the root of the repository. */
export function coreFile(module: string): string {
  return `packages/tangle-core/dist/${module}.js`;
}

export function replicaFile(module: string): string {
  return `packages/node/dist/replica/${module}.js`;
}

/** The source of the module with the bug in it. Throws where the anchor is not there exactly once. */
export function mutate(source: string, { name, file, anchor, replacement }: Mutant): string {
  const parts = source.split(anchor);
  if (parts.length !== 2) throw new Error(`mutant ${name}: its anchor occurs ${parts.length - 1} times in ${file}`);
  return parts.join(replacement);
}
