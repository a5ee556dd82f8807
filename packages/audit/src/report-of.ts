/** A verdict in words. */
import type { Verdict } from '@tangle/core/proof';
import { CHECK_TITLES } from '@tangle/core/proof';
import type { AuditCheck, AuditReport } from './report.js';
import { proofWords } from './proof-words.js';
import { rangeWords } from './range-words.js';

/** What to tell a person. Pure: the same verdict, the same words. */
export function reportOf(verdict: Verdict): AuditReport {
  const passed = verdict.checks.map(({ check, detail }): AuditCheck => ({
    name: check,
    title: CHECK_TITLES[check],
    status: 'passed',
    detail,
  }));
  if (!verdict.ok) return refusal(verdict, passed);
  const network = verdict.checks.find(({ check }) => check === 'genesis')?.detail.replace(/^network /, '') ?? '';
  const words = verdict.kind === 'proof' ? proofWords(verdict.proof, network) : rangeWords(verdict.range, network);
  return { verdict: 'proven', ...words, checks: passed };
}

function refusal({ failed }: Extract<Verdict, { ok: false }>, passed: readonly AuditCheck[]): AuditReport {
  const { check, reason, line } = failed;
  const title = CHECK_TITLES[check];
  const place = line === null ? '' : ` (line ${line} of the file)`;
  const detail = `${reason.field}${place}: found ${reason.found}; allowed: ${reason.allowed}`;
  return {
    verdict: 'refused',
    headline: `Not proven. This does not hold: ${title}.`,
    explanation: detail,
    facts: [],
    table: null,
    checks: [...passed, { name: check, title, status: 'failed', detail }],
    limits: ['Who changed what: a file that was damaged, cut or mixed up with another fails like one that was forged.'],
  };
}
