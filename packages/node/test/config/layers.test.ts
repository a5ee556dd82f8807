import type { ConfigError, ConfigOverrides } from '../../src/config/index.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFIG_FIELDS, explainConfig, loadConfig, variableOf } from '../../src/config/index.js';

const file = {
  genesis: '../genesis.json',
  dataDirectory: './data',
  validator: { name: 'node-0', keyFile: './keys.json' },
  api: { port: 7410 },
  peers: { port: 7411 },
  roundSpacingMs: 30,
};

let directory: string;
let configFile: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tangle-config-'));
  configFile = path.join(directory, 'config.json');
  await writeFile(configFile, JSON.stringify(file));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function refusal(overrides: ConfigOverrides): Promise<ConfigError> {
  try {
    await loadConfig(configFile, overrides);
  } catch (error) {
    return error as ConfigError;
  }
  throw new Error('the configuration was accepted');
}

describe('layers of a configuration', () => {
  it('put flags above the environment, that above the file, and the file above the defaults', async () => {
    const env = { TANGLE_CONFIG_ROUND_SPACING_MS: '40', TANGLE_CONFIG_LOG_LEVEL: 'warn', HOME: '/root' };
    const flags = ['log.level=debug', 'log.level=trace'];
    const config = await loadConfig(configFile, { env, flags });
    expect(config).toMatchObject({ roundSpacingMs: 40, log: { level: 'trace' }, antiEntropyMs: 1_000 });

    const fields = new Map((await explainConfig(configFile, { env, flags })).map((field) => [field.path, field]));
    expect(fields.get('roundSpacingMs')).toMatchObject({ value: 40, origin: 'env' });
    expect(fields.get('log.level')).toMatchObject({ value: 'trace', origin: 'flag' });
    expect(fields.get('api.port')).toMatchObject({ value: 7_410, origin: 'file', variable: 'TANGLE_CONFIG_API_PORT' });
    expect(fields.get('antiEntropyMs')).toMatchObject({ value: 1_000, origin: 'default' });
  });

  it('have every field, under a variable of its own', () => {
    const variables = CONFIG_FIELDS.map(({ path: field }) => variableOf(field));
    expect(new Set(variables).size).toBe(variables.length);
    expect(variables).toContain('TANGLE_CONFIG_LIMITS_PENDING_AREA_BYTES');
    expect(variables).toContain('TANGLE_CONFIG_VALIDATOR_KEY_FILE');
  });

  it('read objects as JSON, text as text, and paths from the directory of the file', async () => {
    const addresses = { 'node-1': '127.0.0.1:7413' };
    const flags = [`peers.addresses=${JSON.stringify(addresses)}`, 'dataDirectory=7', 'genesis=../a=b.json'];
    const config = await loadConfig(configFile, { flags });
    expect(config.peers.addresses).toEqual(addresses);
    expect(config.dataDirectory).toBe(path.join(directory, '7'));
    expect(config.genesis).toBe(path.join(path.dirname(directory), 'a=b.json'));
  });

  it('refuse names that no field has, with the nearest one', async () => {
    const misspelt = await refusal({ env: { TANGLE_CONFIG_API_PROT: '1' } });
    expect(misspelt).toMatchObject({
      code: 'config-invalid',
      problems: [{ path: 'TANGLE_CONFIG_API_PROT', suggestion: 'TANGLE_CONFIG_API_PORT' }],
    });
    expect(await refusal({ flags: ['api.prot=1'] })).toMatchObject({ problems: [{ suggestion: 'api.port' }] });
    expect(await refusal({ flags: ['api.port'] })).toMatchObject({ problems: [{ found: 'no value' }] });
    for (const field of ['__proto__.polluted', 'constructor.prototype.polluted', 'api', '']) {
      expect((await refusal({ flags: [`${field}=1`] })).problems[0]?.found, `--set ${field}`).toBe('an unknown field');
    }
    expect({}).not.toHaveProperty('polluted');
  });

  it('say which layer a wrong value stands in', async () => {
    const error = await refusal({ env: { TANGLE_CONFIG_API_PORT: 'http' }, flags: ['log.level=loud'] });
    expect(error.problems.map(({ path: at, found }) => [at, found])).toEqual([
      ['api.port (TANGLE_CONFIG_API_PORT)', '"http"'],
      ['log.level (--set)', '"loud"'],
    ]);
  });

  it('leave it to the schema where the file has something else than an object', async () => {
    await writeFile(configFile, JSON.stringify({ ...file, api: 5 }));
    const error = await refusal({ flags: ['api.port=7000'] });
    expect(error.problems).toContainEqual({ path: 'api', found: '5', allowed: 'an object' });
    await writeFile(configFile, '[]');
    expect((await refusal({ flags: ['api.port=7000'] })).code).toBe('config-invalid');
  });
});
