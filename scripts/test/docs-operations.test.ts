// docs/OPERATIONS.md against what it is about: every alert and every exit code has a section or a row, no link is dead.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../apps/cli/src/failure.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const handbook = readFileSync(`${ROOT}/docs/OPERATIONS.md`, 'utf8');
const rules = readFileSync(`${ROOT}/deploy/prometheus/alerts.yml`, 'utf8');

/** Names that GitHub gives to the headings of a document. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('docs/OPERATIONS.md', () => {
  const anchors = anchorsOf(handbook);

  test('has a section for each alert, and none for others', () => {
    const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
    const sections = [...handbook.matchAll(/^### (Tangle\w+)$/gm)].map(([, name]) => name);
    expect(alerts.length).toBeGreaterThan(20);
    expect(new Set(sections)).toEqual(new Set(alerts));
    expect(sections).toHaveLength(alerts.length);
    const links = [...rules.matchAll(/runbook_url: '?docs\/OPERATIONS\.md#(\w+)'?$/gm)].map(
      ([, anchor = '']) => anchor,
    );
    expect(links).toHaveLength(alerts.length);
    expect(links.filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });

  test('links to sections that are there', () => {
    const links = [...handbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(links.filter((anchor) => !anchors.has(anchor))).toEqual([]);
    const fromSecurity = readFileSync(`${ROOT}/SECURITY.md`, 'utf8').matchAll(/OPERATIONS\.md#([^)]+)\)/g);
    expect([...fromSecurity].map(([, anchor = '']) => anchor).filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });

  test('says what each exit code of a node asks for', () => {
    const rows = new Set([...handbook.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code)));
    for (const code of [EXIT.done, EXIT.failed, EXIT.usage, EXIT.halted, EXIT.disk, EXIT.config]) {
      expect(rows.has(code), `${code}`).toBe(true);
    }
  });
});
