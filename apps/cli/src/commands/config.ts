/** `tangle config`: what a node would run with, and whether it would start, without starting it. */
import type { Command } from 'commander';
import type { ConfigValue } from '@tangle/node/config';
import { outputOf, settingOption, withExamples } from '../options.js';
import { plain, table } from '../output.js';

interface SettingOptions {
  readonly set: readonly string[];
}

interface PrintOptions extends SettingOptions {
  readonly config: string;
}

export function registerConfig(program: Command): void {
  const config = program.command('config').description("a node's configuration: file, environment and flags together");
  withExamples(
    config,
    'tangle config print --config net/node-0/config.json',
    'tangle config check net/node-0/config.json',
  );
  const print = config
    .command('print')
    .description('every field, its value, and where that comes from: default, file, env or flag')
    .requiredOption('--config <file>', "the node's config.json")
    .addOption(settingOption())
    .action(printConfig);
  withExamples(
    print,
    'tangle config print --config net/node-0/config.json',
    'TANGLE_CONFIG_LOG_LEVEL=debug tangle config print --config net/node-0/config.json --set roundSpacingMs=20',
  );
  const check = config
    .command('check')
    .description('whether a node would start with this configuration: its fields, genesis and keys')
    .argument('<file>', "the node's config.json")
    .addOption(settingOption())
    .action(checkConfig);
  withExamples(check, 'tangle config check net/node-0/config.json');
}

async function printConfig({ config: file, set }: PrintOptions, command: Command): Promise<void> {
  const { explainConfig } = await import('@tangle/node/config');
  const fields = await explainConfig(file, { env: process.env, flags: set });
  await outputOf(command).result({ fields }, table([['FIELD', 'VALUE', 'FROM'], ...fields.map(rowOf)]));
}

async function checkConfig(file: string, { set }: SettingOptions, command: Command): Promise<void> {
  const { loadConfig, nameOf } = await import('@tangle/node/config');
  const { checkNodeFiles } = await import('../doctor/directory.js');
  const config = await loadConfig(file, { env: process.env, flags: set });
  const genesis = await checkNodeFiles(config);
  const { api, peers, validator } = config;
  const name = nameOf(config);
  const role = validator === undefined ? 'observer' : 'validator';
  const listens = peers.port === undefined ? 'no peers let in' : `peers on ${peers.host}:${peers.port}`;
  const text = `${name}, ${role} of ${genesis.name}: API on ${api.host}:${api.port}, ${listens}`;
  await outputOf(command).result({ ok: true, node: name, role, network: genesis.network }, text);
}

function rowOf({ path, value, origin, variable }: ConfigValue): string[] {
  const from = origin === 'env' ? `env ${variable}` : origin;
  return [path, plain(value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value)), from];
}
