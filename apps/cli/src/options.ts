/** Options and arguments that several commands share, checked before anything is asked of anybody. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { Output } from './output.js';
import { parseTime, TIME_FORMS } from './time.js';

export const NODE_DEFAULT = 'http://127.0.0.1:7410';
/** Where `cluster` keeps its network, and `device` looks for an administrator's key. */
export const DATA_DIRECTORY_DEFAULT = './tangle-data';

/** Options of every command that talks to nodes. */
export interface NodeOptions {
  readonly node: readonly string[];
  /** A genesis file or hash; without it the nodes' word is taken. */
  readonly genesis?: string;
  /** Read in access.ts, before the command runs. */
  readonly ca?: string;
  readonly tokenFile?: string;
}

/** Adds `--node`, `--genesis`, `--ca` and `--token-file`. */
export function withNodes(command: Command): Command {
  const node = new Option('--node <url,...>', 'nodes, the preferred one first')
    .env('TANGLE_NODE')
    .argParser(parseNodes)
    .default([NODE_DEFAULT], NODE_DEFAULT);
  return command
    .addOption(node)
    .option('--genesis <file|hash>', "the network's genesis; without it the first node that answers says which")
    .addOption(
      new Option('--ca <file>', 'PEM file: trust its authorities, and no others (ca.crt of tangle init)').env(
        'TANGLE_CA',
      ),
    )
    .option('--token-file <file>', 'a token, where the nodes ask for one; else TANGLE_TOKEN itself');
}

/** `--set PATH=VALUE`, as often as there are fields: above the environment, which is above the file. */
export function settingOption(): Option {
  return new Option('--set <path=value>', 'a field of the configuration, above file and environment; repeatable')
    .argParser((text: string, before: readonly string[]) => [...before, text])
    .default([], 'none');
}

/** Adds examples below the help of a command. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`);
}

export function outputOf(command: Command): Output {
  return new Output(command.optsWithGlobals()['json'] === true);
}

/** A parser of whole numbers in a range. */
export function integerFrom(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`Allowed: an integer from ${min} to ${max}.`);
    return value;
  };
}

/** A parser of positive numbers. */
export function parsePositive(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0)) throw new InvalidArgumentError('Allowed: a number above 0.');
  return value;
}

export function parseNodes(text: string): string[] {
  const urls = text.split(',').map((url) => url.trim());
  for (const url of urls) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new InvalidArgumentError(`Allowed: addresses like ${NODE_DEFAULT}, separated by commas.`);
    }
  }
  return urls;
}

export function parseTransactionId(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('Allowed: 64 lower-case hex digits.');
  return text;
}

/** Unix ms. */
export function parseTimeOption(text: string): number {
  const timeMs = parseTime(text);
  if (timeMs === null) throw new InvalidArgumentError(`Allowed: ${TIME_FORMS}.`);
  return timeMs;
}

/** Version of this package. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8'));
  const version: unknown = typeof manifest === 'object' && manifest !== null && Reflect.get(manifest, 'version');
  return typeof version === 'string' ? version : 'unknown';
}
