/** The sub-command `report` of `tangle-sim`: results of `tips` or `latency`, whichever a file holds, as figures. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { OptionsError } from './sweeps/fields.js';
import type { Figure } from './sweeps/figures.js';

export function createReportCommand(): Command {
  return new Command('report')
    .description('results of tips or latency as figures, beside theory: one page with everything in it')
    .argument('<file>', 'JSON lines that tips --out or latency --out wrote')
    .option('--out <page>', 'where the page goes', 'report.html')
    .option('--svg <directory>', 'each figure as a file of its own, too')
    .action(report);
}

interface Report {
  readonly runs: number;
  readonly figures: readonly Figure[];
  readonly page: string;
}

async function report(
  path: string,
  { out, svg }: { readonly out: string; readonly svg?: string },
  command: Command,
): Promise<void> {
  if (!existsSync(path)) command.error(`error: ${path}: no such file`);
  try {
    const { runs, figures, page } = await draw(await readFile(path, 'utf8'));
    await writeFile(out, page);
    if (svg !== undefined) {
      await mkdir(svg, { recursive: true });
      for (const figure of figures) await writeFile(join(svg, `${figure.name}.svg`), figure.svg);
    }
    process.stdout.write(`${out}: ${runs} runs, ${figures.length} figures\n`);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    command.error(`error: ${path}: ${error.message}`);
  }
}

/** Drawing takes a large library, which the other commands do not wait for. */
async function draw(text: string): Promise<Report> {
  if (/^\s*\{"kind":"latency"/.test(text)) {
    const { plotResults, readResults, reportPage } = await import('./latency/report.js');
    const results = readResults(text);
    const figures = plotResults(results);
    return { runs: results.length, figures, page: reportPage(results, figures) };
  }
  const { plotResults, readResults, reportPage } = await import('./tips/report.js');
  const results = readResults(text);
  const figures = plotResults(results);
  return { runs: results.length, figures, page: reportPage(results, figures) };
}
