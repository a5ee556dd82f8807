import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceId } from '../../src/ids.js';
import { toHex } from '../../src/codec/index.js';
import { nobleCrypto, nobleSigner } from '../../src/crypto/index.js';
import { createGenesis, deviceIdOf, genesisToJson, parseGenesis } from '../../src/model/index.js';
import { ed25519Vectors } from '../vectors/ed25519.js';

/** The public key of a secret made of one repeated number. */
const keyOf = (number: number): Uint8Array => nobleSigner(new Uint8Array(32).fill(number)).publicKey;
const hexKeyOf = (number: number): string => toHex(keyOf(number));
const device = (number: number): DeviceId => deviceIdOf(1, keyOf(number));

/** A document as a test changes it: any member may become anything. */
type Loose = Record<string, unknown>;
interface Document extends Loose {
  validators: Loose[];
  administrators: unknown[];
  parameters: Loose;
}

const validDocument = (): Document => ({
  version: 1,
  name: 'factory-7.example',
  validators: [
    { name: 'north', weight: 3, statementKey: hexKeyOf(1), cosignerKey: hexKeyOf(2), logKey: hexKeyOf(3) },
    { name: 'south', weight: 1, statementKey: hexKeyOf(4), cosignerKey: hexKeyOf(5), logKey: hexKeyOf(6) },
  ],
  administrators: [device(7), device(8)],
  parameters: { time: 1_795_000_000_000, maxTips: 1_024, maxPayload: 32_768, snapshotInterval: 256, epochRounds: 0 },
});

let document: Document;
beforeEach(() => {
  document = validDocument();
});

describe('a genesis file', () => {
  it('becomes a genesis with the hash of its canonical form', () => {
    const parsed = parseGenesis(document, nobleCrypto);
    const canonical =
      `{"administrators":["${device(7)}","${device(8)}"],"name":"factory-7.example",` +
      '"parameters":{"epochRounds":0,"maxPayload":32768,"maxTips":1024,"snapshotInterval":256,"time":1795000000000},' +
      `"validators":[{"cosignerKey":"${hexKeyOf(2)}","logKey":"${hexKeyOf(3)}","name":"north",` +
      `"statementKey":"${hexKeyOf(1)}","weight":3},{"cosignerKey":"${hexKeyOf(5)}","logKey":"${hexKeyOf(6)}",` +
      `"name":"south","statementKey":"${hexKeyOf(4)}","weight":1}],"version":1}`;
    const hash = createHash('sha256').update('tangle/genesis/v1\0').update(canonical).digest('hex');
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        name: 'factory-7.example',
        hash,
        network: hash.slice(0, 16),
        transactionId: hash,
        administrators: [device(7), device(8)],
        committee: { totalWeight: 4, faultWeight: 1, quorum: 3 },
        parameters: document.parameters,
      },
    });
    expect(parsed.ok && parsed.value.committee.validators[1]).toEqual({
      index: 1,
      name: 'south',
      weight: 1,
      statementKey: keyOf(4),
      cosignerKey: keyOf(5),
      logKey: keyOf(6),
    });
  });

  it('has the same hash in any order of members, spacing and writing of zero', () => {
    const reordered: unknown = JSON.parse(
      JSON.stringify(Object.fromEntries(Object.entries(document).toReversed()), null, 4).replace(
        '"epochRounds": 0',
        '"epochRounds": -0',
      ),
    );
    const parsed = parseGenesis(reordered, nobleCrypto);
    expect(parsed.ok && parsed.value.parameters.epochRounds).toBe(0);
    expect(parsed).toEqual(parseGenesis(document, nobleCrypto));
  });

  it('is made from its parts and written as JSON that reads back the same', () => {
    const validators = [1, 2].map((number) => ({
      name: `v${number}`,
      weight: number,
      statementKey: keyOf(number * 10),
      cosignerKey: keyOf(number * 10 + 1),
      logKey: keyOf(number * 10 + 2),
    }));
    const draft = { name: 'n', validators, administrators: [device(7)], parameters: { time: 5, maxTips: 16 } };
    const created = createGenesis(draft, nobleCrypto);
    if (!created.ok) throw new Error(JSON.stringify(created.reason));
    expect(created.value.parameters).toEqual({
      time: 5,
      maxTips: 16,
      maxPayload: 32_768,
      snapshotInterval: 256,
      epochRounds: 0,
    });
    const json: unknown = JSON.parse(JSON.stringify(genesisToJson(created.value)));
    expect(parseGenesis(json, nobleCrypto)).toEqual(created);
  });

  it('is refused as a draft for the same reasons as a file', () => {
    const draft = { name: 'n', validators: [], administrators: [device(7)], parameters: { time: 5 } };
    expect(createGenesis(draft, nobleCrypto)).toMatchObject({ ok: false, reason: { field: 'validators' } });
  });

  const mixedOrderKey = ed25519Vectors.find((vector) => vector.name === 'torsion 10')!.publicKey;

  it.each<[string, string, (draft: Document) => void]>([
    ['missing-field', 'name', (draft) => delete draft['name']],
    ['missing-field', 'validators[1].logKey', (draft) => delete draft.validators[1]!['logKey']],
    ['missing-field', 'parameters.epochRounds', (draft) => delete draft.parameters['epochRounds']],
    ['unknown-field', 'comment', (draft) => (draft['comment'] = 'x')],
    ['unknown-field', 'validators[0].url', (draft) => (draft.validators[0]!['url'] = 'x')],
    ['unknown-field', 'parameters.maxtips', (draft) => (draft.parameters['maxtips'] = 5)],
    [
      'unknown-field',
      '__proto__',
      (draft) => Object.defineProperty(draft, '__proto__', { value: 1, enumerable: true }),
    ],
    ['unsupported-version', 'version', (draft) => (draft['version'] = 2)],
    ['malformed', 'name', (draft) => (draft['name'] = 'factory 7')],
    ['malformed', 'name', (draft) => (draft['name'] = 'factory\n')],
    ['malformed', 'name', (draft) => (draft['name'] = '')],
    ['malformed', 'name', (draft) => (draft['name'] = 'x'.repeat(65))],
    ['malformed', 'validators', (draft) => Object.assign(draft, { validators: {} })],
    ['malformed', 'validators[0]', (draft) => Object.assign(draft, { validators: [null] })],
    ['malformed', 'validators[0].weight', (draft) => (draft.validators[0]!['weight'] = '3')],
    ['malformed', 'validators[0].weight', (draft) => (draft.validators[0]!['weight'] = 1.5)],
    ['malformed', 'validators[0].statementKey', (draft) => (draft.validators[0]!['statementKey'] = 'AB'.repeat(32))],
    ['malformed', 'validators[0].logKey', (draft) => (draft.validators[0]!['logKey'] = 'ab')],
    ['malformed', 'administrators[1]', (draft) => (draft.administrators[1] = 'did:key:z6Mk')],
    ['malformed', 'administrators[0]', (draft) => (draft.administrators[0] = 5)],
    ['malformed', 'parameters', (draft) => Object.assign(draft, { parameters: [] })],
    ['out-of-range', 'validators', (draft) => Object.assign(draft, { validators: [] })],
    ['out-of-range', 'validators[0].weight', (draft) => (draft.validators[0]!['weight'] = 0)],
    ['out-of-range', 'validators', (draft) => (draft.validators[0]!['weight'] = 65_535)],
    ['out-of-range', 'administrators', (draft) => Object.assign(draft, { administrators: [] })],
    ['out-of-range', 'parameters.time', (draft) => (draft.parameters['time'] = 253_402_300_800_000)],
    ['out-of-range', 'parameters.maxTips', (draft) => (draft.parameters['maxTips'] = 1_025)],
    ['out-of-range', 'parameters.maxPayload', (draft) => (draft.parameters['maxPayload'] = 64_001)],
    ['out-of-range', 'parameters.snapshotInterval', (draft) => (draft.parameters['snapshotInterval'] = 0)],
    ['out-of-range', 'parameters.epochRounds', (draft) => (draft.parameters['epochRounds'] = -1)],
    ['duplicate', 'validators[1].name', (draft) => (draft.validators[1]!['name'] = 'north')],
    ['duplicate', 'validators[0].logKey', (draft) => (draft.validators[0]!['logKey'] = hexKeyOf(1))],
    ['duplicate', 'validators[1].statementKey', (draft) => (draft.validators[1]!['statementKey'] = hexKeyOf(3))],
    ['duplicate', 'administrators[1]', (draft) => (draft.administrators[1] = device(7))],
    ['duplicate', 'administrators[0]', (draft) => (draft.administrators[0] = device(5))],
    ['invalid-key', 'validators[0].cosignerKey', (draft) => (draft.validators[0]!['cosignerKey'] = 'ff'.repeat(32))],
    [
      'small-order-key',
      'validators[0].statementKey',
      (draft) => (draft.validators[0]!['statementKey'] = '00'.repeat(32)),
    ],
    ['mixed-order-key', 'administrators[0]', (draft) => (draft.administrators[0] = deviceIdOf(1, mixedOrderKey))],
  ])('is refused as %s at %s', (code, field, change) => {
    change(document);
    expect(parseGenesis(document, nobleCrypto)).toMatchObject({ ok: false, reason: { code, field } });
  });

  it.each([null, 5, 'text', [], undefined])('is refused when it is %j', (json) => {
    expect(parseGenesis(json, nobleCrypto)).toMatchObject({ ok: false, reason: { code: 'malformed', field: '$' } });
  });
});
