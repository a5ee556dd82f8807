/** Runs in words: one beside theory, or many as rows; and as comma-separated values. */
import { QUANTITIES } from './expected.js';
import { FIELD_NAMES, type TipsOptions } from './options.js';
import type { TipsResult } from './result.js';

/** What a run took, apart from what it came to. */
export interface TipsSpeed {
  readonly transactionsPerSecond: number;
  readonly seconds: number;
}

export function speedOf(transactions: number, seconds: number): TipsSpeed {
  return { transactionsPerSecond: Math.round(transactions / seconds), seconds: Number(seconds.toFixed(3)) };
}

/** A table of what was measured beside what theory expects. */
export function describeTips(result: TipsResult, { transactionsPerSecond, seconds }: TipsSpeed): string {
  const { config, seed, measured, approvers, attack } = result;
  const given = FIELD_NAMES.filter((name) => isRelevant(name, config)).map((name) => `${name} ${config[name]}`);
  const rows = QUANTITIES.map(({ name, unit, of, expected }) => {
    const [value, theory] = [of(result), expected(config)];
    return [name, text(value), text(theory), deviation(value, theory), unit];
  });
  const lines = [
    `tips seed ${seed}: ${given.join(', ')}`,
    `${measured} transactions measured, ${transactionsPerSecond} simulated per second, ${seconds} s`,
    '',
    ...align([['', 'measured', 'theory', 'off by', 'in'], ...rows]),
    '',
    `direct approvals 1, 2, ...: ${approvers.slice(0, 10).map(text).join(' ')}`,
    ...(attack === null
      ? []
      : [`hostile share of parents ${text(attack.slotShare)}, quota share ${text(attack.quotaShare)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** One row of a sweep; the first one wants `sweepHeader` above it. */
export function sweepRow(result: TipsResult, swept: readonly string[]): string {
  const { pool, firstApproval, neverApproved } = result;
  const values = [pool.mean, firstApproval.mean, firstApproval.p50, firstApproval.p99, neverApproved].map(text);
  return row([...swept.map((name) => String(sweptValue(result, name))), ...values]);
}

export function sweepHeader(swept: readonly string[]): string {
  return row([...swept, 'pool', 'mean', 'p50', 'p99', 'never']);
}

export function csvHeader(): string {
  const names = QUANTITIES.map(({ name }) => camelCase(name));
  return `${['seed', ...FIELD_NAMES, 'measured', ...names, ...names.map((name) => `${name}Theory`)].join(',')}\n`;
}

/** What is not known is left empty. */
export function csvRow(result: TipsResult): string {
  const { seed, config, measured } = result;
  const values = [
    seed,
    ...FIELD_NAMES.map((name) => config[name]),
    measured,
    ...QUANTITIES.map(({ of }) => of(result)),
    ...QUANTITIES.map(({ expected }) => expected(config)),
  ];
  return `${values.map((value) => value ?? '').join(',')}\n`;
}

function sweptValue({ seed, config }: TipsResult, name: string): number | string {
  return name === 'seed' ? seed : config[name as keyof TipsOptions];
}

/** Whether an option had any part in a run. */
function isRelevant(name: keyof TipsOptions, options: TipsOptions): boolean {
  const { strategy, start, attack, validators } = options;
  switch (name) {
    case 'alpha':
    case 'start':
      return strategy === 'walk';
    case 'depth':
      return strategy === 'walk' && start === 'window';
    case 'maxAge':
      return strategy === 'restricted';
    case 'attack':
    case 'attackShare':
      return attack !== 'none';
    case 'attackQuota':
      return attack !== 'none' && strategy === 'quota';
    case 'burstPools':
      return attack === 'parasite';
    case 'interval':
      return validators > 0;
    case 'devices':
    case 'zipf':
      return strategy === 'quota';
    default:
      return true;
  }
}

function text(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(4)));
}

function deviation(value: number | null, theory: number | null): string {
  if (value === null || theory === null) return '';
  return theory === 0 ? '' : `${((value / theory - 1) * 100).toFixed(1)} %`;
}

function camelCase(name: string): string {
  return name.replaceAll(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
}

const COLUMN_CHARACTERS = 12;

function row(cells: readonly string[]): string {
  return `${cells.map((cell) => cell.padStart(COLUMN_CHARACTERS)).join('')}\n`;
}

/** The first column to the left, the others to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart((widths[column] ?? 0) + 3)))
      .join('')
      .trimEnd(),
  );
}
