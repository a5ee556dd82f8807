/** Runs in words: one with its stages, or many as rows; and as comma-separated values. */
import { FIELD_NAMES, type LatencyOptions } from './options.js';
import { type Distribution, type LatencyOutcome, type LatencyResult, type Stage, STAGES } from './result.js';

/** A number of a result, and what it is called. */
interface Quantity {
  readonly name: string;
  readonly of: (result: LatencyResult) => number | null;
}

const QUANTILES = ['min', 'mean', 'p50', 'p90', 'p95', 'p99', 'max'] as const satisfies readonly (keyof Distribution)[];

export const QUANTITIES: readonly Quantity[] = [
  { name: 'measured', of: ({ measured }) => measured },
  { name: 'unfinished', of: ({ unfinished }) => unfinished },
  { name: 'leastMs', of: ({ least }) => least.mean },
  ...QUANTILES.map((name) => ({
    name: `gateway.${name}`,
    of: ({ gateway }: LatencyResult) => gateway?.[name] ?? null,
  })),
  ...QUANTILES.map((name) => ({
    name: `everywhere.${name}`,
    of: ({ everywhere }: LatencyResult) => everywhere?.[name] ?? null,
  })),
  ...STAGES.map((name) => ({
    name: `stage.${name}`,
    of: ({ stages }: LatencyResult) => stages?.[name].mean ?? null,
  })),
  { name: 'roundsToLeader', of: ({ roundsToLeader }) => roundsToLeader },
  { name: 'roundsPerSecond', of: ({ perSecond }) => perSecond.rounds },
  { name: 'statementsPerSecond', of: ({ perSecond }) => perSecond.statements },
  { name: 'bytesPerSecond', of: ({ perSecond }) => perSecond.bytes },
  { name: 'bytesPerTransaction', of: ({ bytesPerTransaction }) => bytesPerTransaction },
  { name: 'retries', of: ({ retries }) => retries },
  { name: 'rejected', of: ({ rejected }) => rejected },
];

const STAGE_WORDS: { readonly [Name in Stage]: string } = {
  link: 'from the device to its gateway',
  admitted: 'checked and durable there',
  covered: 'until a statement covers it',
  led: 'until a leader has it in its cone',
  decided: "until that leader's commit is durable at the gateway",
  everywhere: 'until it is durable at the last node',
};

/** What the machine took. */
export function speedOf({ transactions, seconds }: LatencyOutcome): {
  readonly transactionsPerSecond: number;
  readonly seconds: number;
} {
  return { transactionsPerSecond: Math.round(transactions / seconds), seconds: Number(seconds.toFixed(3)) };
}

/** One run; `outcome` is null where the result comes from a file. */
export function describeLatency(result: LatencyResult, outcome: LatencyOutcome | null): string {
  const { config, seed, measured, unfinished, least, gateway, everywhere, perSecond, stages } = result;
  const given = FIELD_NAMES.map((name) => `${name} ${config[name]}`).join(', ');
  const speed = outcome === null ? null : speedOf(outcome);
  const table = [
    ['ms', ...QUANTILES],
    ['final at the gateway', ...QUANTILES.map((name) => text(gateway?.[name]))],
    ['final at all nodes', ...QUANTILES.map((name) => text(everywhere?.[name]))],
  ];
  const lines = [
    `latency seed ${seed}: ${given}`,
    `${measured} transactions measured, ${unfinished} not final everywhere in the end`,
    ...(speed === null
      ? []
      : [`${speed.transactionsPerSecond} transactions a second of this machine, ${speed.seconds} s`]),
    '',
    ...align(table),
    `three message delays take ${text(least.min)} at least, ${text(least.mean)} on the mean of all gateways`,
    ...(config.batch > 1 ? [`the oldest reading of a batch has waited ${text(result.batchWaitMs)} before`] : []),
    '',
    ...align([
      ['stage, ms', 'mean', 'p50', 'p99', ''],
      ...STAGES.map((stage) => [
        stage,
        text(stages?.[stage].mean),
        text(stages?.[stage].p50),
        text(stages?.[stage].p99),
        STAGE_WORDS[stage],
      ]),
    ]),
    '',
    `a second: ${text(perSecond.rounds)} rounds, ${text(perSecond.commits)} commits, ${text(perSecond.statements)} statements, ${text(perSecond.messages)} messages, ${text(perSecond.bytes / 1e6)} MB`,
    `${text(result.bytesPerTransaction)} bytes a transaction on all links together; ${text(result.roundsToLeader)} rounds from cover to leader`,
  ];
  return `${lines.join('\n')}\n`;
}

/** One row of a sweep; the first one wants `sweepHeader` above it. */
export function sweepRow(result: LatencyResult, swept: readonly string[]): string {
  const { gateway, everywhere, least, perSecond, unfinished } = result;
  const values = [least.mean, gateway?.p50, gateway?.p95, gateway?.p99, everywhere?.p50, everywhere?.p99];
  const cells = [...values, perSecond.statements, perSecond.bytes / 1e6, unfinished].map((value) => text(value));
  return row([...swept.map((name) => String(sweptValue(result, name))), ...cells]);
}

export function sweepHeader(swept: readonly string[]): string {
  const names = ['least', 'p50', 'p95', 'p99', 'all p50', 'all p99', 'statements/s', 'MB/s', 'unfinished'];
  return row([...swept, ...names]);
}

export function csvHeader(): string {
  return `${['seed', ...FIELD_NAMES, ...QUANTITIES.map(({ name }) => name)].join(',')}\n`;
}

/** What is not known is left empty. */
export function csvRow(result: LatencyResult): string {
  const { seed, config } = result;
  const values = [seed, ...FIELD_NAMES.map((name) => config[name]), ...QUANTITIES.map(({ of }) => of(result))];
  return `${values.map((value) => value ?? '').join(',')}\n`;
}

function sweptValue({ seed, config }: LatencyResult, name: string): number | string {
  return name === 'seed' ? seed : config[name as keyof LatencyOptions];
}

function text(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : String(Number(value.toPrecision(4)));
}

const COLUMN_CHARACTERS = 13;

function row(cells: readonly string[]): string {
  return `${cells.map((cell) => cell.padStart(COLUMN_CHARACTERS)).join('')}\n`;
}

/** Words to the left, numbers to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        if (column === 0) return cell.padEnd(width);
        return `   ${/^[\d.e+-]*$|^[a-z]\w+$/.test(cell) ? cell.padStart(width) : cell}`;
      })
      .join('')
      .trimEnd(),
  );
}
