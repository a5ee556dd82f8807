import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networkPolicy, parsePolicy } from '@tangle/core/log';
import type { InitOptions } from '../../src/config/index.js';
import {
  ConfigError,
  initNetwork,
  loadConfig,
  loadGenesis,
  peerAddressesOf,
  readKeyFile,
  readValidatorKeys,
  validatorIndexOf,
  writeKeyFile,
} from '../../src/config/index.js';
import { sodiumCrypto, sodiumSigner } from '../../src/crypto/index.js';

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'tangle-init-'));
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

const options = (changes: Partial<InitOptions> = {}): InitOptions => ({
  directory: path.join(parent, 'net'),
  validators: 4,
  timeMs: 1_700_000_000_000,
  random: (length) => randomBytes(length),
  markFirstStart: async (dataDirectory) => {
    await mkdir(dataDirectory);
    await writeFile(path.join(dataDirectory, 'first-start'), '');
  },
  ...changes,
});

const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

describe('a new network', () => {
  it('is complete: every node loads, knows itself and the others, and has its own keys', async () => {
    const network = await initNetwork(options());
    expect(network.nodes.map(({ name, apiPort, peersPort }) => [name, apiPort, peersPort])).toEqual([
      ['node-0', 7410, 7411],
      ['node-1', 7412, 7413],
      ['node-2', 7414, 7415],
      ['node-3', 7416, 7417],
    ]);
    for (const [index, node] of network.nodes.entries()) {
      const config = await loadConfig(node.configFile);
      const genesis = await loadGenesis(config.genesis);
      expect(genesis.hash).toBe(network.genesis.hash);
      expect(validatorIndexOf(config, genesis)).toBe(index);
      const addresses = peerAddressesOf(config, genesis);
      expect([...addresses.keys()]).toEqual([0, 1, 2, 3].filter((other) => other !== index));
      for (const [peer, address] of addresses) expect(address).toBe(`127.0.0.1:${7411 + 2 * peer}`);
      const secrets = await readValidatorKeys(config.validator?.keyFile ?? '');
      const validator = genesis.committee.validators[index];
      expect(sodiumSigner(secrets.statement).publicKey).toEqual(validator?.statementKey);
      expect(sodiumSigner(secrets.cosigner).publicKey).toEqual(validator?.cosignerKey);
      expect(sodiumSigner(secrets.log).publicKey).toEqual(validator?.logKey);
      expect(await readdir(config.dataDirectory)).toEqual(['first-start']);
    }
  });

  it('comes with a policy file that asks for a quorum of its cosigners', async () => {
    const { genesis, policyFile } = await initNetwork(options());
    const policy = parsePolicy(await readFile(policyFile, 'utf8'), sodiumCrypto);
    expect(policy).toEqual({ ok: true, value: networkPolicy(genesis, sodiumCrypto) });
    expect(policy.ok && policy.value.groups).toMatchObject([{ threshold: 3, members: { length: 4 } }]);
  });

  it('has an administrator whose key is in admin.key', async () => {
    const network = await initNetwork(options({ validators: 1 }));
    const { id } = await readKeyFile(network.adminKeyFile);
    expect(network.genesis.administrators).toEqual([id]);
  });

  it('shows its keys to the owner alone', async () => {
    const network = await initNetwork(options({ validators: 2 }));
    expect(await modeOf(network.adminKeyFile)).toBe('600');
    for (const node of network.nodes) expect(await modeOf(path.join(node.directory, 'keys.json'))).toBe('600');
  });

  it('takes name, weights and ports', async () => {
    const network = await initNetwork(options({ validators: 2, name: 'plant-7', weights: [3, 1], basePort: 9000 }));
    expect(network.genesis.name).toBe('plant-7');
    expect(network.genesis.committee.validators.map((validator) => validator.weight)).toEqual([3, 1]);
    expect(network.nodes[1]?.peersPort).toBe(9003);
  });

  it('may be made in an empty directory, which stays the same one', async () => {
    const directory = path.join(parent, 'net');
    await mkdir(directory);
    const { ino } = await stat(directory);
    await initNetwork(options({ validators: 1 }));
    expect((await stat(directory)).ino).toBe(ino);
    expect((await readdir(directory)).sort()).toEqual(['admin.key', 'genesis.json', 'node-0', 'tlog-policy']);
  });

  it('is not made where something is already, and leaves that as it is', async () => {
    const directory = path.join(parent, 'net');
    await mkdir(directory);
    await writeFile(path.join(directory, 'note.txt'), 'mine');
    await expect(initNetwork(options())).rejects.toMatchObject({ code: 'directory-not-empty' });
    expect(await readdir(directory)).toEqual(['note.txt']);
    expect(await readdir(parent)).toEqual(['net']);
  });

  it.each([true, false])('leaves nothing behind when it fails half-way (directory there before: %s)', async (there) => {
    if (there) await mkdir(path.join(parent, 'net'));
    let calls = 0;
    const failing = options({
      markFirstStart: async () => {
        calls++;
        if (calls === 3) throw new Error('disk full');
      },
    });
    await expect(initNetwork(failing)).rejects.toMatchObject({
      code: 'init-failed',
      message: expect.stringMatching(/disk full/),
    });
    expect(await readdir(parent)).toEqual(there ? ['net'] : []);
    expect(there ? await readdir(path.join(parent, 'net')) : []).toEqual([]);
  });

  it.each<[string, Partial<InitOptions>]>([
    ['validators', { validators: 0 }],
    ['validators', { validators: 1.5 }],
    ['weights', { weights: [1, 2] }],
    ['basePort', { basePort: 65_530 }],
    ['validators[1].weight', { weights: [1, 0, 1, 1] }],
    ['name', { name: 'has space' }],
  ])('is refused for bad %s', async (field, changes) => {
    const refused = initNetwork(options(changes));
    await expect(refused).rejects.toMatchObject({ code: 'init-invalid' });
    await expect(refused).rejects.toThrow(field);
    expect(await readdir(parent)).toEqual([]);
  });
});

describe('a key file', () => {
  it('is read back with its id and signs', async () => {
    const file = path.join(parent, 'device.key');
    const written = await writeKeyFile(file, new Uint8Array(32).fill(5));
    const { id, signer } = await readKeyFile(file);
    expect(id).toBe(written.id);
    expect(id).toMatch(/^did:key:z6Mk/);
    expect(signer.publicKey).toEqual(sodiumSigner(new Uint8Array(32).fill(5)).publicKey);
  });

  it('is never overwritten', async () => {
    const file = path.join(parent, 'device.key');
    await writeKeyFile(file, new Uint8Array(32).fill(5));
    const before = await readFile(file, 'utf8');
    await expect(writeKeyFile(file, new Uint8Array(32).fill(6))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it.each([0o640, 0o604, 0o644, 0o660, 0o610])('is refused with mode %o', async (mode) => {
    const file = path.join(parent, 'device.key');
    await writeKeyFile(file, new Uint8Array(32).fill(5));
    await chmod(file, mode);
    await expect(readKeyFile(file)).rejects.toMatchObject({
      code: 'key-file-too-open',
      message: expect.stringMatching(/chmod 600/),
    });
  });

  it('whose halves do not belong together, or that is none, is refused without showing the secret', async () => {
    const file = path.join(parent, 'device.key');
    const content = await writeKeyFile(file, new Uint8Array(32).fill(5));
    const secret = '06'.repeat(32);
    for (const wrong of [
      JSON.stringify({ ...content, secretKey: secret }),
      JSON.stringify({ ...content, secretKey: `${secret}00` }),
      JSON.stringify({ ...content, suite: 'p256', secretKey: secret }),
      `{"secretKey":"${secret}`,
      '[]',
    ]) {
      await writeFile(file, wrong);
      const error = await readKeyFile(file).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ConfigError);
      expect(error).toMatchObject({ code: 'key-file-invalid' });
      expect(String(error)).not.toContain(secret);
      expect((error as ConfigError).cause).toBeUndefined();
    }
  });

  it('that is missing is an error that says so', async () => {
    await expect(readKeyFile(path.join(parent, 'none'))).rejects.toMatchObject({ code: 'key-file-invalid' });
  });
});
