/** Thrown when our own code is wrong. It stays on in production: a wrong answer costs more than a stop. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** What broke. A function where the text has values in it: in a loop, making the text costs far more than the check. */
export type Message = string | (() => string);

/** Stops the process' work when something only a bug can cause has happened. */
export function invariant(condition: boolean, message: Message): asserts condition {
  if (!condition) throw new InvariantError(textOf(message));
}

/** The value, or an InvariantError where a bug left none. */
export function present<Value>(value: Value | undefined | null, message: Message): Value {
  if (value === undefined || value === null) throw new InvariantError(textOf(message));
  return value;
}

function textOf(message: Message): string {
  return typeof message === 'string' ? message : message();
}
