/** A range bundle in words: every transaction of a device in a span, and that none was left out. */
import type { VerifiedRange } from '@tangle/core/proof';
import type { AuditReport } from './report.js';
import { cosignersText, fact, shortDevice, unknownText } from './proof-words.js';
import { counted, outcomeText, secondsText, timeText } from './words.js';

type Words = Pick<AuditReport, 'headline' | 'explanation' | 'facts' | 'table' | 'limits'>;

export function rangeWords(range: VerifiedRange, network: string): Words {
  const { device, fromMs, toMs, entries, completeness, time, size, root } = range;
  const isComplete = completeness === 'complete';
  const count = counted(entries.length, 'transaction');
  return {
    headline: isComplete
      ? `Proven. These are all ${count} of device ${shortDevice(device)} in the span.`
      : `Proven. ${count} of device ${shortDevice(device)}, with nothing left out up to the last one.`,
    explanation: `${cosignersText(range)}; the log stood so no later than ${secondsText(time)}.`,
    facts: [
      fact('Device', device, true),
      fact('Commit times from', timeText(fromMs)),
      fact('to, not included', timeText(toMs)),
      fact('Nothing left out', isComplete ? 'in the whole span' : 'up to the last transaction shown'),
      fact('Existed no later than', `${secondsText(time)} (by the validators’ clocks, to the second)`),
      fact('Log', `the first ${size} leaves`),
      fact('Root of the log', root, true),
      fact('Network', network, true),
    ],
    table: {
      title: 'Transactions',
      columns: ['Number', 'Place', 'Signed at', 'Outcome', 'Transaction'],
      rows: entries.map(({ issuerIndex, position, outcome, transaction }) => [
        String(issuerIndex),
        String(position),
        timeText(transaction.timestampMs),
        outcomeText(outcome),
        transaction.id,
      ]),
    },
    limits: [
      ...(isComplete
        ? []
        : ['Whether the device had more after the last transaction: no later one of it in the log marks the end.']),
      'That the sensor measured rightly: it is proven what the device signed, not what was the case around it.',
      'Readings that the device never sent, or that never became final.',
      ...unknownText(range),
      'That this is the network you mean: compare the genesis hash with one that you have from elsewhere.',
    ],
  };
}
