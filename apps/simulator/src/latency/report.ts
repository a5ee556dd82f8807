/** Results of `latency` as figures: how latencies are distributed, what they do over the swept option, and where time goes. */
import { type Curve, drawCurves, drawStacks, type Figure, type Group, groupBy, type Point } from '../sweeps/figures.js';
import { pageOf } from '../sweeps/page.js';
import { readLines } from '../sweeps/result-lines.js';
import { QUANTITIES } from './describe.js';
import { FIELD_NAMES, FIELDS, type LatencyOptions } from './options.js';
import { type LatencyResult, STAGES } from './result.js';

type Name = keyof LatencyOptions;

/** Series in a figure: more cannot be told apart. */
const SERIES_MAX = 8;

/** Reads JSON lines that `tangle-sim latency --out` or `--json` wrote. Throws an OptionsError that names the line. */
export function readResults(text: string): LatencyResult[] {
  return readLines(text, 'latency', isLatencyResult);
}

function isLatencyResult(value: object): value is LatencyResult {
  return 'kind' in value && value.kind === 'latency' && 'stages' in value && 'cdf' in value;
}

export function plotResults(results: readonly LatencyResult[]): Figure[] {
  const swept = sweptFields(results);
  const across = acrossOf(results, swept);
  const whole = groupBy(results, (result) => labelOf(result, swept)).slice(0, SERIES_MAX);
  return [
    plotDistribution('final at the gateway', 'gateway', whole),
    plotDistribution('final at all nodes', 'everywhere', whole),
    ...(across === null ? [] : plotAcross(results, across, swept)),
    plotStages(whole),
  ];
}

/** One page with everything in it. */
export function reportPage(results: readonly LatencyResult[], figures: readonly Figure[]): string {
  const swept: readonly (Name | 'seed')[] = ['seed', ...sweptFields(results)];
  return pageOf({
    title: 'Latency',
    legend:
      'From the signature of the device until final, milliseconds. Dashed: what three message delays allow at least.',
    results,
    figures,
    head: [...swept, ...QUANTITIES.map(({ name }) => name)],
    rows: results.map((result) => [
      ...swept.map((name) => (name === 'seed' ? result.seed : result.config[name])),
      ...QUANTITIES.map(({ of }) => of(result) ?? ''),
    ]),
  });
}

function plotDistribution(
  title: string,
  at: 'gateway' | 'everywhere',
  groups: readonly Group<LatencyResult>[],
): Figure {
  const curves = groups.map(({ name, results }): Curve => {
    // Of several seeds the first: a mean of quantiles is no distribution.
    const values = results[0]?.cdf[at] ?? [];
    const points = values.map((ms, step) => ({ x: ms, y: step / (values.length - 1) }));
    return { name: name === '' ? 'measured' : name, points, isDashed: false };
  });
  return { name: `cdf-${at}`, svg: drawCurves(`share ${title}`, 'ms', curves, 'line') };
}

/** Each quantile over the swept number: one figure, or where more is swept one for each of its values. */
function plotAcross(results: readonly LatencyResult[], across: Name, swept: readonly Name[]): Figure[] {
  const others = swept.filter((name) => name !== across);
  const groups = groupBy(results, (result) => labelOf(result, others)).slice(0, SERIES_MAX);
  const quantities = ['p50', 'p95', 'p99'] as const;
  return quantities.map((quantity) => {
    const curves = groups.flatMap(({ name, results: same }): Curve[] => [
      {
        name: name === '' ? 'measured' : name,
        points: means(same, across, ({ gateway }) => gateway?.[quantity]),
        isDashed: false,
      },
      {
        name: name === '' ? 'theory' : `${name}, theory`,
        points: means(same, across, ({ least }) => least.mean),
        isDashed: true,
      },
    ]);
    return {
      name: `gateway-${quantity}`,
      svg: drawCurves(`${quantity} at the gateway (ms)`, across, curves, 'joined'),
    };
  });
}

function plotStages(groups: readonly Group<LatencyResult>[]): Figure {
  const meanOf = (results: readonly LatencyResult[], stage: (typeof STAGES)[number]): number =>
    results.reduce((sum, { stages }) => sum + (stages?.[stage].mean ?? 0), 0) / results.length;
  const categories = groups.map(({ name }) => (name === '' ? 'measured' : name));
  const parts = STAGES.map((stage) => ({
    name: stage,
    values: groups.map(({ results }) => Math.round(meanOf(results, stage) * 100) / 100),
  }));
  return { name: 'stages', svg: drawStacks('mean time in each stage (ms)', categories, parts) };
}

/** Means over seeds, in ascending order. */
function means(
  results: readonly LatencyResult[],
  across: Name,
  of: (result: LatencyResult) => number | undefined,
): Point[] {
  const points = groupBy(results, (result) => String(result.config[across])).flatMap(({ name, results: same }) => {
    const values = same.map(of).filter((value) => value !== undefined);
    return values.length === 0 ? [] : [{ x: Number(name), y: values.reduce((sum, y) => sum + y, 0) / values.length }];
  });
  return points.sort((one, other) => one.x - other.x);
}

function labelOf({ config }: LatencyResult, names: readonly Name[]): string {
  return names.map((name) => `${name} ${config[name]}`).join(', ');
}

function sweptFields(results: readonly LatencyResult[]): Name[] {
  return FIELD_NAMES.filter((name) => new Set(results.map(({ config }) => config[name])).size > 1);
}

/** The number that takes most values. */
function acrossOf(results: readonly LatencyResult[], swept: readonly Name[]): Name | null {
  const count = (name: Name): number => new Set(results.map(({ config }) => config[name])).size;
  const numbers = swept.filter((name) => FIELDS[name].kind !== 'choice');
  return numbers.reduce<Name | null>((best, name) => (best === null || count(name) > count(best) ? name : best), null);
}
