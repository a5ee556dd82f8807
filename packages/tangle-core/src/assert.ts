/** Thrown when our own code is wrong. It stays on in production: a wrong answer costs more than a stop. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Stops the process' work when something only a bug can cause has happened. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** The value, or an InvariantError where a bug left none. */
export function present<Value>(value: Value | undefined | null, message: string): Value {
  if (value === undefined || value === null) throw new InvariantError(message);
  return value;
}
