/**
 * All mutants, a few at a time: each is hunted where it says, in turn, until something catches it. Then the control:
 * every seed that caught one must find nothing in the code as it is, or it has caught something else.
 */
import { type HuntResult, runHunt } from './hunter.js';
import { isFuzzHunt, type HuntName } from './hunts/index.js';
import type { Mutant } from './mutant.js';

export interface MutantsOptions {
  readonly mutants: readonly Mutant[];
  /** Seeds of each simulation, and DAGs or logs of each fuzzer, at most for each mutant. From 1. */
  readonly seeds: number;
  readonly dags: number;
  /** Child processes at once. */
  readonly jobs: number;
  /** Called as each one ends, in whatever order. */
  readonly onResult?: (result: MutantResult) => void;
}

export interface MutantResult {
  readonly name: string;
  readonly fate: 'caught' | 'survived' | 'broken';
  /** What caught it, and with which of its seeds, from 1: so many were needed. */
  readonly by: { readonly hunt: HuntName; readonly seed: number } | null;
  /** What the check said, in a line; or what broke. */
  readonly detail: string;
}

export interface MutantsResult {
  readonly mutants: readonly MutantResult[];
  /** Seeds that caught a mutant and fail without it too. */
  readonly control: readonly { readonly hunt: HuntName; readonly seed: number; readonly detail: string }[];
}

export async function runMutants(options: MutantsOptions): Promise<MutantsResult> {
  const { mutants, jobs, onResult } = options;
  const results = await inParallel(mutants, jobs, async (mutant) => {
    const result = await hunt(mutant, options);
    onResult?.(result);
    return result;
  });
  return { mutants: results, control: await runControl(results, jobs) };
}

async function hunt(mutant: Mutant, { seeds, dags }: MutantsOptions): Promise<MutantResult> {
  const { name } = mutant;
  for (const where of mutant.hunts) {
    const count = isFuzzHunt(where) ? dags : seeds;
    const found = await runHunt({ mutant, hunt: where, seeds: Array.from({ length: count }, (_, index) => index + 1) });
    if (found.kind === 'broken') return { name, fate: 'broken', by: null, detail: inALine(found.detail) };
    if (found.kind !== 'caught') continue;
    return { name, fate: 'caught', by: { hunt: where, seed: found.seed }, detail: inALine(found.detail) };
  }
  return { name, fate: 'survived', by: null, detail: `not caught by ${mutant.hunts.join(', ')}` };
}

async function runControl(results: readonly MutantResult[], jobs: number): Promise<MutantsResult['control']> {
  const seedsOf = new Map<HuntName, Set<number>>();
  for (const { by } of results) {
    if (by !== null) seedsOf.set(by.hunt, (seedsOf.get(by.hunt) ?? new Set()).add(by.seed));
  }
  const checked = await inParallel([...seedsOf], jobs, async ([where, seeds]) => {
    const found = await runHunt({ mutant: null, hunt: where, seeds: [...seeds].sort((left, right) => left - right) });
    return { hunt: where, found };
  });
  return checked.flatMap(({ hunt: where, found }) => failureOf(where, found));
}

function failureOf(where: HuntName, found: HuntResult): MutantsResult['control'] {
  if (found.kind === 'passed') return [];
  return [{ hunt: where, seed: found.kind === 'caught' ? found.seed : 0, detail: inALine(found.detail) }];
}

/** Answers in the order of the items, whatever ends first. */
async function inParallel<Item, Answer>(
  items: readonly Item[],
  jobs: number,
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      const item = items[index];
      if (item !== undefined) answers[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker));
  return answers;
}

/** Characters of a finding that a report keeps. */
const DETAIL_CHARACTERS = 160;

function inALine(detail: string): string {
  return detail.replaceAll(/\s+/g, ' ').trim().slice(0, DETAIL_CHARACTERS);
}
