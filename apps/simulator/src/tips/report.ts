/**
 * Results of a sweep as figures: each quantity over the option that was swept most, a curve for each combination of the
 * others, theory beside it. Owns what is plotted.
 */
import {
  type Curve,
  drawCurves,
  type Figure,
  type Group,
  groupBy,
  isLogarithmic,
  type Point,
} from '../sweeps/figures.js';
import { pageOf } from '../sweeps/page.js';
import { readLines } from '../sweeps/result-lines.js';
import { type Quantity, QUANTITIES } from './expected.js';
import { FIELD_NAMES, FIELDS, type TipsOptions } from './options.js';
import type { TipsResult } from './result.js';
import { uniformLaw } from './theory.js';

type Name = keyof TipsOptions;

/** Points of a curve of theory. */
const CURVE_POINTS = 80;
/** Series in a figure: more cannot be told apart. */
const SERIES_MAX = 8;
/** Reads JSON lines that `tangle-sim tips --out` or `--json` wrote. Throws an OptionsError that names the line. */
export function readResults(text: string): TipsResult[] {
  return readLines(text, 'tips', isTipsResult);
}

function isTipsResult(value: object): value is TipsResult {
  return (
    'config' in value && 'pool' in value && 'approvers' in value && Array.isArray(value.approvers) && 'seed' in value
  );
}

/** All figures that these results have numbers for. */
export function plotResults(results: readonly TipsResult[]): Figure[] {
  const swept = sweptFields(results);
  const across = acrossOf(results, swept);
  const groups = groupBy(results, (result) =>
    swept
      .filter((name) => name !== across)
      .map((name) => `${name} ${result.config[name]}`)
      .join(', '),
  ).slice(0, SERIES_MAX);
  const figures = across === null ? [] : QUANTITIES.flatMap((quantity) => plotQuantity(quantity, across, groups));
  return [...figures, plotApprovals(groups)];
}

/** One page with everything in it. */
export function reportPage(results: readonly TipsResult[], figures: readonly Figure[]): string {
  const swept: readonly (Name | 'seed')[] = ['seed', ...sweptFields(results)];
  return pageOf({
    title: 'Tip selection',
    legend: 'Marks: measured, the mean over seeds. Dashed: theory.',
    results,
    figures,
    head: [...swept, ...QUANTITIES.map(({ name, unit }) => (unit === '' ? name : `${name}, ${unit}`))],
    rows: results.map((result) => [
      ...swept.map((name) => (name === 'seed' ? result.seed : result.config[name])),
      ...QUANTITIES.map(({ of }) => of(result) ?? ''),
    ]),
  });
}

function plotQuantity(quantity: Quantity, across: Name, groups: readonly Group<TipsResult>[]): Figure[] {
  const curves = groups.flatMap(({ name, results }): Curve[] => [
    { name: name === '' ? 'measured' : name, points: measuredPoints(results, across, quantity), isDashed: false },
    {
      name: name === '' ? 'theory' : `${name}, theory`,
      points: theoryPoints(results, across, quantity),
      isDashed: true,
    },
  ]);
  if (curves.every(({ points, isDashed }) => isDashed || points.length === 0)) return [];
  const { name, unit } = quantity;
  return [
    { name: name.replaceAll(' ', '-'), svg: drawCurves(unit === '' ? name : `${name} (${unit})`, across, curves) },
  ];
}

function plotApprovals(groups: readonly Group<TipsResult>[]): Figure {
  const asPoints = (shares: readonly number[]): Point[] =>
    shares.flatMap((y, index) => (y > 1e-4 ? [{ x: index + 1, y }] : []));
  const curves = groups.flatMap(({ name, results }): Curve[] => {
    const [first] = results;
    if (first === undefined) return [];
    const { strategy, attack, validators, views, parents } = first.config;
    const hasLaw = strategy !== 'walk' && strategy !== 'older' && attack === 'none' && validators === 0 && views === 1;
    const law = hasLaw && strategy !== 'restricted' && parents > 1 ? uniformLaw(parents).approvers : [];
    return [
      { name: name === '' ? 'measured' : name, points: asPoints(first.approvers), isDashed: false },
      { name: name === '' ? 'theory' : `${name}, theory`, points: asPoints(law), isDashed: true },
    ];
  });
  return { name: 'direct-approvals', svg: drawCurves('share of transactions', 'direct approvals', curves) };
}

/** Means over seeds, in ascending order. */
function measuredPoints(results: readonly TipsResult[], across: Name, { of }: Quantity): Point[] {
  const byX = groupBy(results, (result) => String(result.config[across]));
  const points = byX.flatMap(({ name, results: same }): Point[] => {
    const values = same.map(of).filter((value) => value !== null);
    return values.length === 0 ? [] : [{ x: Number(name), y: values.reduce((sum, y) => sum + y, 0) / values.length }];
  });
  return points.sort((one, other) => one.x - other.x);
}

function theoryPoints(results: readonly TipsResult[], across: Name, { expected }: Quantity): Point[] {
  const [first] = results;
  if (first === undefined) return [];
  return abscissas(results, across).flatMap((x) => {
    const y = expected({ ...first.config, [across]: x });
    return y === null ? [] : [{ x, y }];
  });
}

/** Between the ends of what was swept; of integers only those that were. */
function abscissas(results: readonly TipsResult[], across: Name): number[] {
  const values = [...new Set(results.map(({ config }) => Number(config[across])))].sort((one, other) => one - other);
  const [least, most] = [values[0] ?? 0, values.at(-1) ?? 0];
  if (FIELDS[across].kind === 'integer' || least === most) return values;
  return Array.from({ length: CURVE_POINTS }, (_, index) => {
    const share = index / (CURVE_POINTS - 1);
    return isLogarithmic(values) ? least * (most / least) ** share : least + (most - least) * share;
  });
}

function sweptFields(results: readonly TipsResult[]): Name[] {
  return FIELD_NAMES.filter((name) => new Set(results.map(({ config }) => config[name])).size > 1);
}

/** The number that takes most values. */
function acrossOf(results: readonly TipsResult[], swept: readonly Name[]): Name | null {
  const count = (name: Name): number => new Set(results.map(({ config }) => config[name])).size;
  const numbers = swept.filter((name) => FIELDS[name].kind !== 'choice');
  return numbers.reduce<Name | null>((best, name) => (best === null || count(name) > count(best) ? name : best), null);
}
