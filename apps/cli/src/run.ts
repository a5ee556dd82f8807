/** One run of `tangle`: parses, runs the command, and turns whatever comes of it into lines and an exit code. */
import { CommanderError } from 'commander';
import { EXIT, failureOf, usageError } from './failure.js';
import { isReaderGone, Output } from './output.js';
import { createProgram } from './program.js';

/** Runs `tangle ARGV` to its end; resolves to the exit code, never rejects but for a bug in here. */
export async function run(argv: readonly string[]): Promise<number> {
  // Before the arguments are parsed nothing else says how errors are to be written.
  const output = new Output(argv.includes('--json'));
  try {
    await createProgram().parseAsync(argv, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (isReaderGone(error)) return EXIT.done;
    const cause = error instanceof CommanderError ? fromCommander(error) : error;
    if (cause === null) return error instanceof CommanderError && error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const failure = failureOf(cause);
    await output.failure(failure).catch((broken: unknown) => {
      if (!isReaderGone(broken)) throw broken;
    });
    return failure.exitCode;
  }
}

/** Our error for one of commander's; null where help or version was shown and nothing is left to say. */
function fromCommander({ code, message }: CommanderError): Error | null {
  const name = code.replace(/^commander\./, '');
  if (['help', 'helpDisplayed', 'version'].includes(name)) return null;
  const kebab = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const text = message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return usageError(kebab === 'excess-arguments' ? 'unexpected-argument' : kebab, text);
}
