/** What a stranger can cause is a value, never an exception: see docs/ARCHITECTURE.md, "Errors". */
export type Result<Value, Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Failure };

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function fail<Failure>(reason: Failure): { readonly ok: false; readonly reason: Failure } {
  return { ok: false, reason };
}
