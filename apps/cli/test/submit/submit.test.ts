import { describe, expect, it } from 'vitest';
import type { FinalResult, Receipt } from '@tangle/sdk';
import { describeRejections } from '../../src/commands/submit.js';
import { REJECTED_ROWS_MAX, Tally } from '../../src/submit/tally.js';

describe('a tally', () => {
  it('names the rows of what the ledger rejected, and of an earlier run its transaction', async () => {
    const tally = new Tally();
    tally.follow(receiptOf('aa', 'accepted'), 'final', { startedAtMs: 0, lines: [2, 4], isAnchor: false });
    tally.follow(receiptOf('bb', 'quarantined'), 'final', { startedAtMs: 0, lines: [5, 7], isAnchor: false });
    tally.follow(receiptOf('cc', 'revoked'), 'final', { startedAtMs: 0, lines: [8, 8], isAnchor: false });
    tally.follow(receiptOf('dd', 'revoked'), 'final', null);
    await tally.settled();
    expect(tally.rejectedRows).toEqual([
      { lines: [5, 7], code: 'quarantined', id: 'bb' },
      { lines: [8, 8], code: 'revoked', id: 'cc' },
      { lines: null, code: 'revoked', id: 'dd' },
    ]);
    expect(describeRejections(tally, 'rig.csv')).toEqual([
      'rejected: rig.csv:5-7: quarantined',
      'rejected: rig.csv:8: revoked',
      'rejected: transaction dd of an earlier run: revoked',
    ]);
  });

  it('keeps a bounded number of them, shows the first, and counts the rest', async () => {
    const tally = new Tally();
    const count = REJECTED_ROWS_MAX + 5;
    for (let line = 1; line <= count; line++) {
      tally.follow(receiptOf('aa', 'revoked'), 'final', { startedAtMs: 0, lines: [line, line], isAnchor: false });
    }
    await tally.settled();
    expect(tally.rejectedRows).toHaveLength(REJECTED_ROWS_MAX);
    expect(tally.rejections).toBe(count);
    const shown = describeRejections(tally, 'rig.csv');
    expect(shown).toHaveLength(21);
    expect(shown.at(-1)).toBe(`rejected: ${count - 20} more transactions`);
  });
});

/** A receipt that is final already. */
function receiptOf(id: string, code: string): Receipt {
  const outcome = code === 'accepted' ? { status: 'accepted' } : { status: 'rejected', code };
  const result = { id, outcome, position: 1, commitIndex: 1, commitTimeMs: 0 } as FinalResult;
  return { final: () => Promise.resolve(result) } as Receipt;
}
