/**
 * Options of an experiment as data: each field with its default and what is allowed. The command line, scenario files and
 * sweeps all read such a table, so that they allow the same and say so in the same words.
 */

/** Options that nobody can run, or a file that does not fit them: what is wrong and what is allowed. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
  readonly code = 'options-invalid';
}

interface NumberField {
  readonly kind: 'number' | 'integer';
  readonly initial: number;
  readonly least: number;
  readonly most: number;
  readonly about: string;
}

interface ChoiceField {
  readonly kind: 'choice';
  readonly initial: string;
  readonly choices: readonly string[];
  readonly about: string;
}

export type Field = NumberField | ChoiceField;

/** A field for each option. */
export type Fields<Options> = { readonly [Name in keyof Options]: Field };

export function number(initial: number, least: number, most: number, about: string): NumberField {
  return { kind: 'number', initial, least, most, about };
}

export function integer(initial: number, least: number, most: number, about: string): NumberField {
  return { kind: 'integer', initial, least, most, about };
}

/** The first choice is the default. */
export function choice(choices: readonly string[], about: string): ChoiceField {
  return { kind: 'choice', initial: choices[0] ?? '', choices, about };
}

export function namesOf<Options>(fields: Fields<Options>): readonly (keyof Options & string)[] {
  return Object.keys(fields) as (keyof Options & string)[];
}

/** Reads one field, from text or from JSON. Throws an OptionsError that says what is allowed. */
export function readField<Options>(
  fields: Fields<Options>,
  name: keyof Options & string,
  value: unknown,
): number | string {
  const field = fields[name];
  if (field.kind === 'choice') {
    if (typeof value === 'string' && field.choices.includes(value)) return value;
    throw new OptionsError(`${name} ${describeValue(value)}: one of ${field.choices.join(', ')}`);
  }
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  const isAllowed =
    typeof parsed === 'number' &&
    parsed >= field.least &&
    parsed <= field.most &&
    (field.kind === 'number' || Number.isInteger(parsed));
  if (isAllowed) return parsed;
  const article = field.kind === 'integer' ? 'an integer' : 'a number';
  throw new OptionsError(`${name} ${describeValue(value)}: ${article} from ${field.least} to ${field.most}`);
}

/** All fields, those that are not given by default. Throws an OptionsError; how fields go together is the caller's. */
export function completeFields<Options>(fields: Fields<Options>, given: Readonly<Record<string, unknown>>): Options {
  const names = namesOf(fields);
  const unknown = Object.keys(given).find((name) => !(name in fields));
  if (unknown !== undefined) throw new OptionsError(`${unknown}: no such option; there are ${names.join(', ')}`);
  const entries = names.map((name) => [name, readField(fields, name, given[name] ?? fields[name].initial)]);
  return Object.fromEntries(entries) as Options;
}

function describeValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
