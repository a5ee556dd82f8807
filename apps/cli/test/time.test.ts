import { describe, expect, it } from 'vitest';
import { parseTime } from '../src/time.js';

describe('parseTime', () => {
  const noonMs = Date.UTC(2026, 0, 31, 12);

  it.each([
    ['2026-01-31T12:00:00Z', noonMs],
    ['2026-01-31T12:00:00', noonMs],
    ['2026-01-31 12:00:00', noonMs],
    ['2026-01-31t12:00:00z', noonMs],
    ['2026-01-31T14:30:00+02:30', noonMs],
    ['2026-01-31T09:00:00-03:00', noonMs],
    ['2026-01-31T12:00:00.5Z', noonMs + 500],
    ['2026-01-31T12:00:00.000125Z', noonMs + 0.125],
    [String(noonMs / 1_000), noonMs],
    [`${noonMs / 1_000}.25`, noonMs + 250],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ])('reads %s', (text, expectedMs) => {
    expect(parseTime(text)).toBe(expectedMs);
  });

  it.each([
    '',
    'noon',
    '2026-01-31',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:00:60Z',
    '2026-01-31T12:00Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+0200',
    '-5',
    '1e9',
    '31/01/2026 12:00:00',
  ])('refuses %j', (text) => {
    expect(parseTime(text)).toBeNull();
  });
});
