/** The hunt for mutants in words. */
import type { Mutant } from './mutant.js';
import type { MutantResult, MutantsResult } from './run-mutants.js';

/** One line for each mutant, as it ends. */
export function describeMutant({ fate, by, detail }: MutantResult, { name, kind }: Mutant): string {
  const where = by === null ? '' : `${by.hunt} ${by.seed}: `;
  return `${fate.padEnd(9)} ${kind.padEnd(9)} ${name.padEnd(34)} ${where}${detail}\n`;
}

export function describeMutants({ mutants, control }: MutantsResult): string {
  const caught = mutants.filter(({ fate }) => fate === 'caught').length;
  const lines = [`${caught} of ${mutants.length} mutants caught`];
  for (const { name, fate, detail } of mutants) if (fate !== 'caught') lines.push(`  ${name} ${fate}: ${detail}`);
  lines.push(control.length === 0 ? 'control: the same seeds find nothing without a mutant' : 'control failed:');
  for (const { hunt, seed, detail } of control) lines.push(`  ${hunt} ${seed}, without a mutant: ${detail}`);
  return `${lines.join('\n')}\n`;
}
