import type { ConfigError } from '../../src/config/index.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../src/config/index.js';

const least = {
  genesis: '../genesis.json',
  dataDirectory: './data',
  validator: { name: 'node-0', keyFile: './keys.json' },
  api: { port: 7410 },
  peers: { port: 7411 },
};

function refusal(json: unknown): ConfigError {
  try {
    parseConfig(json, '/net/node-0/config.json');
  } catch (error) {
    return error as ConfigError;
  }
  throw new Error('the configuration was accepted');
}

describe('a configuration', () => {
  it('needs only paths, ports and who it is, and has defaults for the rest', () => {
    expect(parseConfig(least, '/net/node-0/config.json')).toEqual({
      genesis: '/net/genesis.json',
      dataDirectory: '/net/node-0/data',
      validator: { name: 'node-0', keyFile: '/net/node-0/keys.json' },
      api: {
        host: '127.0.0.1',
        port: 7410,
        plaintext: false,
        reading: 'open',
        allowedHosts: [],
        allowedOrigins: [],
      },
      peers: { host: '127.0.0.1', port: 7411, plaintext: false, addresses: {}, observers: [] },
      limits: { maxPending: 20_000, pendingAreaVertices: 16_384, pendingAreaBytes: 67_108_864, deviceRatePerSecond: 0 },
      disk: { reserveBytes: 268_435_456, stopBytes: 67_108_864 },
      roundSpacingMs: 50,
      antiEntropyMs: 1_000,
      log: { level: 'info' },
    });
  });

  it('takes paths from the directory of its file, absolute ones as they are', () => {
    const config = parseConfig(
      { ...least, genesis: '/etc/tangle/genesis.json', validator: { name: 'node-0', keyFile: 'keys.json' } },
      '/net/node-0/config.json',
    );
    expect(config.genesis).toBe('/etc/tangle/genesis.json');
    expect(config.validator).toEqual({ name: 'node-0', keyFile: '/net/node-0/keys.json' });
  });

  it('refuses an unknown field with the nearest name', () => {
    const error = refusal({ ...least, antiEntropyMS: 5, limits: { maxPendign: 3 }, wholly: 1 });
    expect(error.code).toBe('config-invalid');
    const suggestions = error.problems.map(({ path: at, suggestion }) => [at, suggestion]);
    expect(suggestions).toContainEqual(['antiEntropyMS', 'antiEntropyMs']);
    expect(suggestions).toContainEqual(['limits.maxPendign', 'maxPending']);
    expect(suggestions).toContainEqual(['wholly', undefined]);
    expect(error.message).toContain('did you mean antiEntropyMs?');
  });

  it('reports every problem with its path, what was found and what is allowed', () => {
    const error = refusal({
      genesis: '',
      validator: { name: 'node-0' },
      api: { port: 'http' },
      peers: { port: 70_000, addresses: { 'node-1': 'no-port' } },
      log: { level: 'loud' },
      roundSpacingMs: 1.5,
    });
    expect(error.problems).toEqual(
      expect.arrayContaining([
        { path: 'genesis', found: '""', allowed: 'a path, absolute or relative to this file' },
        { path: 'dataDirectory', found: 'nothing', allowed: 'a path, absolute or relative to this file' },
        { path: 'validator.keyFile', found: 'nothing', allowed: 'a path, absolute or relative to this file' },
        { path: 'api.port', found: '"http"', allowed: 'an integer from 1 to 65535' },
        { path: 'peers.port', found: '70000', allowed: 'an integer from 1 to 65535' },
        { path: 'roundSpacingMs', found: '1.5', allowed: 'an integer from 0 to 60000' },
        { path: 'log.level', found: '"loud"', allowed: 'one of trace, debug, info, warn, error, fatal, silent' },
      ]),
    );
    expect(error.problems.find(({ found }) => found === '"no-port"')?.allowed).toContain('host:port');
  });

  it('refuses what is no object at all', () => {
    expect(refusal([]).problems).toEqual([{ path: '', found: '[]', allowed: 'an object' }]);
    expect(refusal({ ...least, api: 7410 }).problems).toEqual([{ path: 'api', found: '7410', allowed: 'an object' }]);
  });

  it.each(['0.0.0.0', '::', '192.168.0.4', '128.0.0.1', 'node.example', '::2'])('binds nothing to %s', (host) => {
    const error = refusal({ ...least, api: { host, port: 1 }, peers: { host, port: 2 } });
    expect(error.code).toBe('bind-beyond-loopback');
    expect(error.problems.map((problem) => problem.path)).toEqual(['api.host', 'api.host', 'peers.host']);
  });

  it('binds beyond loopback with tokens and TLS, or a word that something else keeps the way private', () => {
    const tls = { certificateFile: 'tls.crt', keyFile: './tls.key' };
    const api = { host: '0.0.0.0', port: 1, tokensFile: '../tokens.json' };
    const peers = { host: '::', port: 2 };
    const parse = (json: object) => parseConfig({ ...least, ...json }, '/net/node-0/config.json');
    const config = parse({ api: { ...api, tls }, peers: { ...peers, tls } });
    const absolute = { certificateFile: '/net/node-0/tls.crt', keyFile: '/net/node-0/tls.key' };
    expect([config.api.tls, config.peers.tls, config.api.tokensFile]).toEqual([absolute, absolute, '/net/tokens.json']);
    expect(parse({ api: { ...api, plaintext: true }, peers: { ...peers, plaintext: true } }).api.host).toBe('0.0.0.0');
    const without = (json: object) => refusal({ ...least, ...json }).problems.map(({ allowed }) => allowed);
    expect(without({ api })).toEqual([expect.stringContaining('api.tls')]);
    expect(without({ api: { ...api, tls, tokensFile: undefined } })).toEqual([expect.stringContaining('tokensFile')]);
    expect(without({ peers })).toEqual([expect.stringContaining('peers.tls')]);
  });

  it.each([
    [{ allowedOrigins: ['https://a.example/'] }, 'api.allowedOrigins.0'],
    [{ allowedOrigins: ['*'] }, 'api.allowedOrigins.0'],
    [{ allowedHosts: ['Node.Example'] }, 'api.allowedHosts.0'],
    [{ allowedHosts: ['node.example:443'] }, 'api.allowedHosts.0'],
    [{ reading: 'ajar' }, 'api.reading'],
    [{ tls: { certificateFile: 'a' } }, 'api.tls.keyFile'],
  ])('refuses %j of the api', (fields, where) => {
    const paths = refusal({ ...least, api: { port: 1, ...fields } }).problems.map((problem) => problem.path);
    expect(paths.map((at) => at.replace('[0]', '.0'))).toEqual([where]);
  });

  it.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('binds to %s', (host) => {
    expect(parseConfig({ ...least, api: { host, port: 1 } }, 'config.json').api.host).toBe(host);
  });

  it('stops for want of room later than it ceases to take transactions', () => {
    const { problems } = refusal({ ...least, disk: { reserveBytes: 10, stopBytes: 11 } });
    expect(problems).toEqual([{ path: 'disk.stopBytes', found: '11', allowed: 'at most disk.reserveBytes' }]);
  });

  it.each(['127.0.0.1:7411', '[::1]:7411', 'node-1.example:80'])('dials %s', (address) => {
    const peers = { port: 1, addresses: { 'node-1': address } };
    expect(parseConfig({ ...least, peers }, 'config.json').peers.addresses).toEqual({ 'node-1': address });
  });

  it.each(['', ':1', 'host', 'host:0', 'host:65536', 'user@host:1', 'host:1/path', '::1:7411', 'host:1#'])(
    'does not dial %j',
    (address) => {
      expect(refusal({ ...least, peers: { port: 1, addresses: { 'node-1': address } } }).code).toBe('config-invalid');
    },
  );
});

describe('a configuration file', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'tangle-config-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('is read', async () => {
    const file = path.join(directory, 'config.json');
    await writeFile(file, JSON.stringify(least));
    expect((await loadConfig(file)).dataDirectory).toBe(path.join(directory, 'data'));
  });

  it('that is missing or no JSON is an error that says so', async () => {
    const file = path.join(directory, 'config.json');
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/cannot be read/),
    });
    await writeFile(file, '{"genesis": ');
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/is no JSON/),
    });
  });
});
