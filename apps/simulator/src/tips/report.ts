/**
 * Results of a sweep as figures: each quantity over the option that was swept most, a curve for each combination of the
 * others, theory beside it. Owns what is plotted; drawing is echarts', on the server side, so no browser is needed.
 */
import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { type Quantity, QUANTITIES } from './expected.js';
import { FIELD_NAMES, FIELDS, type TipsOptions, TipsError } from './options.js';
import type { TipsResult } from './result.js';
import { uniformLaw } from './theory.js';

/** A figure, an SVG document. */
export interface Figure {
  readonly name: string;
  readonly svg: string;
}

type Name = keyof TipsOptions;

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
  readonly isTheory: boolean;
}

const WIDTH = 640;
const HEIGHT = 400;
/** Points of a curve of theory. */
const CURVE_POINTS = 80;
/** A range of values that wants a logarithmic axis. */
const LOGARITHMIC_RATIO = 20;
/** Series in a figure: more cannot be told apart. */
const SERIES_MAX = 8;
/** Told apart by all, with colour vision deficiencies too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#999999'];

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Reads JSON lines that `tangle-sim tips --out` or `--json` wrote. Throws a TipsError that names the line. */
export function readResults(text: string): TipsResult[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new TipsError('no results: a file that tips --out wrote');
  return lines.map((line, index) => {
    const result = parseResult(line);
    if (result === null) throw new TipsError(`line ${index + 1}: a result that tips --out or --json wrote`);
    return result;
  });
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
  const head = [...swept, ...QUANTITIES.map(({ name, unit }) => (unit === '' ? name : `${name}, ${unit}`))];
  const rows = results.map((result) => [
    ...swept.map((name) => (name === 'seed' ? result.seed : result.config[name])),
    ...QUANTITIES.map(({ of }) => of(result) ?? ''),
  ]);
  const cells = (tag: string, values: readonly (string | number)[]): string =>
    `<tr>${values.map((value) => `<${tag}>${escapeText(String(value))}</${tag}>`).join('')}</tr>`;
  const config = JSON.stringify(results[0]?.config, null, 2);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tip selection</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 90rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff; }
figure { display: inline-block; margin: 0 1rem 1rem 0; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: 2px 8px; text-align: right; }
</style>
<h1>Tip selection</h1>
<p>${results.length} runs, version ${escapeText(results[0]?.version ?? '')}. Marks: measured, the mean over seeds. Dashed: theory.</p>
${figures.map(({ svg }) => `<figure>${svg}</figure>`).join('\n')}
<h2>Runs</h2>
<table>
${cells('th', head)}
${rows.map((row) => cells('td', row)).join('\n')}
</table>
<h2>Options of the first run</h2>
<pre>${escapeText(config)}</pre>
</html>
`;
}

function plotQuantity(quantity: Quantity, across: Name, groups: readonly Group[]): Figure[] {
  const curves = groups.flatMap(({ name, results }): Curve[] => [
    { name: name === '' ? 'measured' : name, points: measuredPoints(results, across, quantity), isTheory: false },
    {
      name: name === '' ? 'theory' : `${name}, theory`,
      points: theoryPoints(results, across, quantity),
      isTheory: true,
    },
  ]);
  if (curves.every(({ points, isTheory }) => isTheory || points.length === 0)) return [];
  const { name, unit } = quantity;
  return [{ name: name.replaceAll(' ', '-'), svg: draw(unit === '' ? name : `${name} (${unit})`, across, curves) }];
}

function plotApprovals(groups: readonly Group[]): Figure {
  const asPoints = (shares: readonly number[]): Point[] =>
    shares.flatMap((y, index) => (y > 1e-4 ? [{ x: index + 1, y }] : []));
  const curves = groups.flatMap(({ name, results }): Curve[] => {
    const [first] = results;
    if (first === undefined) return [];
    const { strategy, attack, validators, views, parents } = first.config;
    const hasLaw = strategy !== 'walk' && strategy !== 'older' && attack === 'none' && validators === 0 && views === 1;
    const law = hasLaw && strategy !== 'restricted' && parents > 1 ? uniformLaw(parents).approvers : [];
    return [
      { name: name === '' ? 'measured' : name, points: asPoints(first.approvers), isTheory: false },
      { name: name === '' ? 'theory' : `${name}, theory`, points: asPoints(law), isTheory: true },
    ];
  });
  return { name: 'direct-approvals', svg: draw('share of transactions', 'direct approvals', curves) };
}

function draw(yName: string, xName: string, curves: readonly Curve[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const shown = curves.filter(({ points }) => points.length > 0);
  const axis = (values: readonly number[], name: string): object => ({
    type: isLogarithmic(values) ? 'log' : 'value',
    scale: true,
    name,
    nameLocation: 'middle',
    nameGap: 32,
    axisLine: { show: true },
  });
  const points = shown.flatMap((curve) => curve.points);
  const names = [...new Set(curves.filter(({ isTheory }) => !isTheory).map(({ name }) => name))];
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    textStyle: { fontFamily: 'sans-serif' },
    title: { text: yName, left: 'center', textStyle: { fontSize: 14, fontWeight: 'normal' } },
    legend: { bottom: 0, data: shown.map(({ name }) => name) },
    grid: { left: 70, right: 24, top: 40, bottom: 90 },
    xAxis: axis(
      points.map(({ x }) => x),
      xName,
    ),
    yAxis: { ...axis([], ''), type: 'value' },
    series: shown.map(({ name, points: data, isTheory }) => ({
      type: 'line',
      name,
      data: data.map(({ x, y }) => [x, y]),
      showSymbol: !isTheory,
      symbolSize: 7,
      color: COLOURS[Math.max(0, names.indexOf(name.replace(/(?:^|, )theory$/, '') || 'measured')) % COLOURS.length],
      lineStyle: isTheory ? { type: 'dashed', width: 1.5 } : { width: 0 },
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
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

function isLogarithmic(values: readonly number[]): boolean {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return values.length > 1 && least > 0 && most / least >= LOGARITHMIC_RATIO;
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

interface Group {
  readonly name: string;
  readonly results: readonly TipsResult[];
}

/** In order of first appearance. */
function groupBy(results: readonly TipsResult[], nameOf: (result: TipsResult) => string): Group[] {
  const groups = new Map<string, TipsResult[]>();
  for (const result of results) {
    const name = nameOf(result);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [result]);
    else group.push(result);
  }
  return [...groups].map(([name, same]) => ({ name, results: same }));
}

function parseResult(line: string): TipsResult | null {
  try {
    const result = JSON.parse(line) as Partial<TipsResult> | null;
    const isComplete =
      result?.config !== undefined && result.pool !== undefined && Array.isArray(result.approvers) && 'seed' in result;
    return isComplete ? (result as TipsResult) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
