/**
 * Why bytes or fields were refused. A reason is plain data: a stable code for programs, and the field, what was found
 * and what is allowed for people. It can be logged, sent as JSON and compared.
 */

/** One refusal. `Code` is lower-case with hyphens and never changes its meaning. */
export interface Refusal<Code extends string> {
  readonly code: Code;
  /** The field in words of the wire format (`payload length`) or a JSON path (`validators[0].weight`). */
  readonly field: string;
  /** What was there. Never secret, never longer than a line. */
  readonly found: string | number;
  /** What would have been accepted. */
  readonly allowed: string;
}

/** Codes of the codec: the form alone, before anything is known about the network. */
export type CodecCode =
  /** Too short, too long, a length that does not match, a wrong kind, a number above 2^53 - 1. */
  | 'malformed'
  /** A version of the format that this code does not know. */
  | 'unsupported-version'
  /** A signature suite other than Ed25519. */
  | 'unsupported-suite'
  /** Later than year 9999 (PROTOCOL 3, T3). */
  | 'timestamp-out-of-range';

export type CodecReason = Refusal<CodecCode>;

/** Shortens text of a stranger for a reason, so that no log line grows with its input. */
export function excerpt(text: string, lengthMax = 80): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}… (${text.length} characters)`;
}

/** A reason as one line: `payload-too-large: payload is 40000, allowed are 0 to 32768 bytes`. */
export function describeReason(reason: Refusal<string>): string {
  return `${reason.code}: ${reason.field} is ${reason.found}, allowed: ${reason.allowed}`;
}
