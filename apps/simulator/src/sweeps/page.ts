/** A report as one page that loads nothing: figures, every run in a table, and the options of the first. */
import type { Figure } from './figures.js';
import type { RunIdentity } from './result-file.js';

export interface PageContent {
  readonly title: string;
  /** What marks and lines mean. */
  readonly legend: string;
  readonly results: readonly RunIdentity[];
  readonly figures: readonly Figure[];
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export function pageOf({ title, legend, results, figures, head, rows }: PageContent): string {
  const cells = (tag: string, values: readonly (string | number)[]): string =>
    `<tr>${values.map((value) => `<${tag}>${escapeText(String(value))}</${tag}>`).join('')}</tr>`;
  const config = JSON.stringify(results[0]?.config, null, 2);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeText(title)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 90rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff; }
figure { display: inline-block; margin: 0 1rem 1rem 0; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: 2px 8px; text-align: right; }
</style>
<h1>${escapeText(title)}</h1>
<p>${results.length} runs, version ${escapeText(results[0]?.version ?? '')}. ${escapeText(legend)}</p>
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

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
