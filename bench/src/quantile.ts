/** The nearest-rank quantile, q from 0 to 1; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const ascending = [...values].sort((left, right) => left - right);
  return ascending[Math.max(0, Math.ceil(q * ascending.length) - 1)] ?? Number.NaN;
}
