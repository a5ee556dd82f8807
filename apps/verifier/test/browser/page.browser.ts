/** The built page against the golden files: what it says of good ones and of changed ones, and that it asks nobody. */
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launch, VerifierPage, type DroppedFile } from './browser.js';

const FIXTURES = new URL('../../../../fixtures/2026-11-22/', import.meta.url);
const PROOFS = ['reading.tlog-proof', 'sample.tlog-proof', 'span.tangle-range'] as const;
/** Changed bytes tried of each file: a slice, the core's own tests change every kind of byte. */
const CHANGES_PER_FILE = 12;
const TIMED_RUNS = 9;

let browser: Browser;
let page: VerifierPage;
let genesis: DroppedFile;

beforeAll(async () => {
  browser = await launch();
  genesis = await golden('genesis.json');
});
afterAll(() => browser.close());
beforeEach(async () => {
  page = await VerifierPage.open(browser);
});
afterEach(async () => {
  const { requests, complaints } = page;
  await page.close();
  if (requests.length + complaints.length > 0) throw new Error([...requests, ...complaints].join('; '));
});

async function golden(name: string): Promise<DroppedFile> {
  return { name, bytes: await readFile(new URL(name, FIXTURES)) };
}

function flipped({ name, bytes }: DroppedFile, at: number): DroppedFile {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return { name, bytes: changed };
}

describe('the page', () => {
  test.each(PROOFS)('proves %s, with every check ticked', async (name) => {
    await page.drop(await golden(name), genesis);
    const { verdict, text, checks } = await page.shown();
    expect([verdict, text]).toEqual(['proven', expect.stringMatching(/^Proven\. /)]);
    expect(new Set(checks.map(({ status }) => status))).toEqual(new Set(['passed']));
    expect(checks.map((check) => check.name)).toEqual(expect.arrayContaining(['genesis', 'weight', 'cosignature']));
  });

  test.each(PROOFS)('refuses %s with a changed byte, and says which check failed', async (name) => {
    const file = await golden(name);
    for (let change = 0; change < CHANGES_PER_FILE; change++) {
      const at = Math.floor(((change + 0.5) * file.bytes.length) / CHANGES_PER_FILE);
      await page.drop(flipped(file, at), genesis);
      const { verdict, text, checks } = await page.shown();
      expect([at, verdict, checks.at(-1)?.status]).toEqual([at, 'refused', 'failed']);
      expect(text).toMatch(/^Not proven\. /);
    }
  });

  test('refuses a good proof under a changed genesis', async () => {
    const proof = await golden('reading.tlog-proof');
    const at = Buffer.from(genesis.bytes).indexOf('"weight": 1') + '"weight": '.length;
    await page.drop(proof, flipped(genesis, at));
    expect(await page.shown()).toMatchObject({ verdict: 'refused' });
  });

  test('takes the two files one after the other, from the file fields too', async () => {
    await page.page.setInputFiles('#genesis-input', new URL('genesis.json', FIXTURES).pathname);
    await page.page.waitForFunction(() =>
      document.getElementById('notice')?.textContent?.startsWith('The genesis file is good'),
    );
    await page.page.setInputFiles('#proof-input', new URL('reading.tlog-proof', FIXTURES).pathname);
    expect(await page.shown()).toMatchObject({ verdict: 'proven' });
  });

  test('shows what stands in a file as text, never as markup', async () => {
    const bytes = new TextEncoder().encode('<img src=x onerror=alert(1)>\n\n');
    await page.drop({ name: '<b>proof</b>', bytes }, genesis);
    expect(await page.shown()).toMatchObject({ verdict: 'refused', text: expect.stringContaining('<img src=x') });
    expect(await page.page.locator('img, b').count()).toBe(0);
  });

  test('may load nothing: its policy refuses it before any connection', async () => {
    const refused = await page.page.evaluate(async () => {
      const blocked = new Promise<string>((resolve) => {
        addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true });
      });
      await fetch('https://ledger.invalid/').catch(() => undefined);
      return blocked;
    });
    expect(refused).toBe('connect-src');
    expect(page.requests).toEqual([]);
    page.complaints.length = 0;
  });

  test('is readable in light and in dark', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const opened = await VerifierPage.open(browser, scheme);
      const contrast = await opened.page.evaluate(() => {
        const luminance = (color: string): number => {
          const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
            const share = Number(part) / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        };
        const paper = luminance(getComputedStyle(document.documentElement).backgroundColor);
        return Array.from(document.querySelectorAll('h1, .lead, .slot-file, .brand, footer'), (shown) => {
          const ink = luminance(getComputedStyle(shown).color);
          return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        });
      });
      // WCAG 2.2, success criterion 1.4.3.
      expect(Math.min(...contrast)).toBeGreaterThan(4.5);
      await opened.close();
    }
  });

  test('reports how long one sample of a batch takes', async () => {
    const sample = await golden('sample.tlog-proof');
    const tookMs: number[] = [];
    for (let run = 0; run < TIMED_RUNS; run++) {
      await page.drop(sample, genesis);
      const { verdict, milliseconds } = await page.shown();
      expect(verdict).toBe('proven');
      tookMs.push(milliseconds);
    }
    const [first = Number.NaN, ...later] = tookMs;
    const median = later.toSorted((left, right) => left - right)[Math.floor(later.length / 2)];
    process.stdout.write(`one sample of a batch, in the browser: first ${first} ms, then ${median} ms (median)\n`);
  });
});
