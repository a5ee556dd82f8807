/** A report as elements. Texts of files become text nodes, never markup. */
import type { AuditCheck, AuditReport } from '@tangle/audit';

const MARKS: Readonly<Record<AuditCheck['status'], readonly [mark: string, spoken: string]>> = {
  passed: ['✓', 'passed: '],
  failed: ['✗', 'failed: '],
};
/** Rows shown of a long list; the rest is counted. */
const ROWS_SHOWN_MAX = 500;

export function render(report: AuditReport): DocumentFragment {
  const fragment = document.createDocumentFragment();
  fragment.append(verdictOf(report));
  if (report.facts.length > 0) fragment.append(heading('What it proves'), factsOf(report));
  if (report.table !== null) fragment.append(heading(report.table.title), tableOf(report.table));
  fragment.append(heading('Every check'), checksOf(report.checks));
  if (report.limits.length > 0) fragment.append(heading('What it does not say'), limitsOf(report.limits));
  return fragment;
}

function verdictOf({ verdict, headline, explanation }: AuditReport): HTMLElement {
  const box = element('div', `verdict ${verdict}`);
  box.dataset['verdict'] = verdict;
  box.append(element('strong', '', headline), element('span', '', explanation));
  return box;
}

function factsOf({ facts }: AuditReport): HTMLElement {
  const list = element('dl');
  for (const { label, value, isExact } of facts) {
    list.append(element('dt', '', label), element('dd', isExact ? 'exact' : '', value));
  }
  return list;
}

function tableOf({ columns, rows }: NonNullable<AuditReport['table']>): HTMLElement {
  const scroll = element('div', 'scroll');
  // A region that scrolls must be reachable by keyboard.
  scroll.tabIndex = 0;
  const table = element('table');
  const head = element('tr');
  head.append(...columns.map((column) => element('th', '', column)));
  table.append(head);
  for (const row of rows.slice(0, ROWS_SHOWN_MAX)) {
    const line = element('tr');
    line.append(...row.map((cell) => element('td', '', cell)));
    table.append(line);
  }
  scroll.append(table);
  if (rows.length <= ROWS_SHOWN_MAX) return scroll;
  const whole = element('div');
  whole.append(scroll, element('p', 'notice', `and ${rows.length - ROWS_SHOWN_MAX} more rows`));
  return whole;
}

function checksOf(checks: readonly AuditCheck[]): HTMLElement {
  const list = element('ol', 'checks');
  for (const { name, title, status, detail } of checks) {
    const [sign, spoken] = MARKS[status];
    const item = element('li', status);
    item.dataset['check'] = name;
    const mark = element('span', 'mark', sign);
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', spoken);
    item.append(mark, element('span', 'title', title));
    if (detail !== '') item.append(element('span', 'detail', detail));
    list.append(item);
  }
  return list;
}

function limitsOf(limits: readonly string[]): HTMLElement {
  const list = element('ul', 'limits');
  list.append(...limits.map((limit) => element('li', '', limit)));
  return list;
}

function heading(text: string): HTMLElement {
  return element('h2', '', text);
}

function element(name: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  if (text !== '') made.textContent = text;
  return made;
}
