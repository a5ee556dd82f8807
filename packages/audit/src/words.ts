/** Small pieces of wording that several reports share. */
import type { Outcome, Transaction } from '@tangle/core/model';
import { deviceIdOfIssuer } from '@tangle/core/model';

/** Unix ms as RFC 3339 in UTC, to the microsecond where there is a fraction. */
export function timeText(timeMs: number): string {
  const microseconds = Math.round(timeMs * 1_000);
  const text = new Date(Math.floor(microseconds / 1_000)).toISOString();
  const rest = microseconds - Math.floor(microseconds / 1_000) * 1_000;
  return rest === 0 ? text : text.replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

/** Unix seconds as RFC 3339 in UTC; a number as it is where a calendar ends. */
export function secondsText(seconds: bigint): string {
  const timeMs = Number(seconds) * 1_000;
  return Number.isNaN(new Date(timeMs).getTime()) ? `unix time ${seconds}` : timeText(timeMs).replace('.000Z', 'Z');
}

export function deviceText(transaction: Pick<Transaction, 'issuer'>): string {
  return deviceIdOfIssuer(transaction.issuer);
}

export function outcomeText(outcome: Outcome): string {
  return outcome.status === 'accepted' ? 'accepted' : `rejected: ${outcome.code}`;
}

/** `1 reading`, `3 readings`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
