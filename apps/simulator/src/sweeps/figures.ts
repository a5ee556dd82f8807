/** Curves as SVG documents: drawing is echarts', on the server side, so no browser is needed. What is plotted is the caller's. */
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

/** A figure, an SVG document. */
export interface Figure {
  readonly name: string;
  readonly svg: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
  /** What is expected: a line in the colour of the curve before it. Else marks, with a line through them in `joined` figures. */
  readonly isDashed: boolean;
}

export interface Group<Item> {
  readonly name: string;
  readonly results: readonly Item[];
}

const WIDTH = 640;
const HEIGHT = 400;
/** A range of values that wants a logarithmic axis. */
const LOGARITHMIC_RATIO = 20;
/** Told apart by all, with colour vision deficiencies too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#999999'];

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** How curves are drawn: marks alone, marks on a line, or a line alone. */
export type CurveStyle = 'marks' | 'joined' | 'line';

export function drawCurves(
  yName: string,
  xName: string,
  curves: readonly Curve[],
  style: CurveStyle = 'marks',
): string {
  const shown = curves.filter(({ points }) => points.length > 0);
  const points = shown.flatMap((curve) => curve.points);
  const names = [...new Set(curves.filter(({ isDashed }) => !isDashed).map(({ name }) => name))];
  return draw(yName, {
    legend: { bottom: 0, data: shown.map(({ name }) => name) },
    xAxis: {
      ...axis(xName),
      type: isLogarithmic(points.map(({ x }) => x)) ? 'log' : 'value',
    },
    yAxis: { ...axis(''), type: 'value' },
    series: shown.map(({ name, points: data, isDashed }) => ({
      type: 'line',
      name,
      data: data.map(({ x, y }) => [x, y]),
      showSymbol: !isDashed && style !== 'line',
      symbolSize: 7,
      color: COLOURS[Math.max(0, names.indexOf(name.replace(/(?:^|, )theory$/, '') || 'measured')) % COLOURS.length],
      lineStyle: isDashed ? { type: 'dashed', width: 1.5 } : { width: style === 'marks' ? 0 : 1.5 },
    })),
  });
}

/** Bars of parts that add up: one bar a category, one colour a part. */
export function drawStacks(
  yName: string,
  categories: readonly string[],
  parts: readonly { readonly name: string; readonly values: readonly number[] }[],
): string {
  return draw(yName, {
    legend: { bottom: 0, data: parts.map(({ name }) => name) },
    xAxis: { ...axis(''), type: 'category', data: [...categories] },
    yAxis: { ...axis(''), type: 'value' },
    series: parts.map(({ name, values }, index) => ({
      type: 'bar',
      stack: 'all',
      name,
      data: [...values],
      color: COLOURS[index % COLOURS.length],
    })),
  });
}

/** Whether values of this range want a logarithmic axis. */
export function isLogarithmic(values: readonly number[]): boolean {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return values.length > 1 && least > 0 && most / least >= LOGARITHMIC_RATIO;
}

/** In order of first appearance. */
export function groupBy<Item>(results: readonly Item[], nameOf: (result: Item) => string): Group<Item>[] {
  const groups = new Map<string, Item[]>();
  for (const result of results) {
    const name = nameOf(result);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [result]);
    else group.push(result);
  }
  return [...groups].map(([name, same]) => ({ name, results: same }));
}

function axis(name: string): object {
  return { scale: true, name, nameLocation: 'middle', nameGap: 32, axisLine: { show: true } };
}

function draw(title: string, content: object): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    textStyle: { fontFamily: 'sans-serif' },
    title: { text: title, left: 'center', textStyle: { fontSize: 14, fontWeight: 'normal' } },
    grid: { left: 70, right: 24, top: 40, bottom: 90 },
    ...content,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
