/**
 * The module loader hook of a child process: as the one module is loaded, its text is changed. This is the whole seam;
 * the code under test has no switch, and outside such a child nothing of this exists.
 */
import type { InitializeHook, LoadHook } from 'node:module';
import { mutate, type Mutant } from './mutant.js';

/** What the child hands over as it registers the hook. */
export interface Planted {
  readonly mutant: Mutant;
  /** URL of the mutant's module. */
  readonly url: string;
}

let planted: Planted | null = null;

export const initialize: InitializeHook<Planted> = (data) => {
  planted = data;
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (planted === null || url !== planted.url) return loaded;
  const { source } = loaded;
  if (source === undefined) throw new Error(`${url} was loaded without a text`);
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  return { ...loaded, source: mutate(text, planted.mutant) };
};
