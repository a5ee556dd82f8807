/** Reads back what `--out` and `--json` wrote. */
import { OptionsError } from './fields.js';

/**
 * Results of one command. Throws an OptionsError that names the line that is none.
 *
 * @param command whose results they are, for the message
 */
export function readLines<Result extends object>(
  text: string,
  command: string,
  isResult: (value: object) => value is Result,
): Result[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new OptionsError(`no results: a file that ${command} --out wrote`);
  return lines.map((line, index) => {
    const value = parseObject(line);
    if (value !== null && isResult(value)) return value;
    throw new OptionsError(`line ${index + 1}: a result that ${command} --out or --json wrote`);
  });
}

function parseObject(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
