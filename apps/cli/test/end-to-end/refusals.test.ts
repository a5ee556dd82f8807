/**
 * What a stranger can offer to a real node, and the code each gets; afterwards the node, its store and the other nodes are
 * as if nothing had been. Bad files and directories are in errors.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeTransaction, encodeUnsignedTransaction } from '@tangle/core/codec';
import { nobleSigner, signingMessage, type Signer } from '@tangle/core/crypto';
import type { TransactionId } from '@tangle/core/ids';
import {
  parseGenesis,
  PAYLOAD_TYPE,
  signTransaction,
  SUITE_ED25519,
  type Genesis,
  type UnsignedTransaction,
} from '@tangle/core/model';
import { present } from '@tangle/core/assert';
import { sodiumCrypto, sodiumSigner } from '@tangle/node';
import { generateKey, Reader } from '@tangle/sdk';
import { Administrator, readKeyFile } from '@tangle/sdk/node';
import { cleanUp } from '../support/tangle.js';
import { eventually, Network } from './network.js';

let network: Network;
let genesis: Genesis;
let reader: Reader;
let administrator: Administrator;
let device: Signer;
let deviceId: string;
let sequence = 0n;

beforeAll(async () => {
  network = await Network.create(4);
  await network.startAll();
  const parsed = parseGenesis(network.genesis, sodiumCrypto);
  genesis = present(parsed.ok ? parsed.value : null, 'the genesis that init wrote is valid');
  const nodes = [network.urlOf(0)];
  reader = await Reader.open({ genesis: network.genesis, nodes });
  administrator = await Administrator.open({
    key: await readKeyFile(network.adminKeyFile),
    genesis: network.genesis,
    nodes,
  });
  const key = generateKey();
  device = sodiumSigner(key.secretKey);
  deviceId = key.id;
  await administrator.register(deviceId);
}, 60_000);

afterAll(async () => {
  await administrator.close();
  reader.close();
  await network.endAll();
  await cleanUp();
});

async function draft(changes: Partial<UnsignedTransaction> = {}): Promise<UnsignedTransaction> {
  const { tips } = (await (await fetch(`${network.urlOf(0)}/v1/tips?count=2`)).json()) as { tips: TransactionId[] };
  const [first = genesis.transactionId, second = genesis.transactionId] = tips;
  return {
    network: genesis.network,
    suite: SUITE_ED25519,
    issuerKey: device.publicKey,
    sequence: ++sequence,
    timestampMs: 1_700_000_000_000,
    parents: [first, second],
    payloadType: PAYLOAD_TYPE.opaque,
    payload: Uint8Array.of(1, 2, 3),
    ...changes,
  };
}

/** Status, code and problem document of an offer. */
async function offer(
  bytes: Uint8Array,
): Promise<{ readonly status: number; readonly code: unknown; readonly id: unknown }> {
  const response = await fetch(`${network.urlOf(0)}/v1/transactions`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  const { code, id } = (await response.json()) as { readonly code?: unknown; readonly id?: unknown };
  return { status: response.status, code, id };
}

const signed = async (changes: Partial<UnsignedTransaction> = {}, signer = device): Promise<Uint8Array> =>
  signTransaction(await draft(changes), signer, sodiumCrypto).bytes;

/** Signed bytes that our own constructor would refuse to make. */
function signedAnyhow(unsigned: UnsignedTransaction): Uint8Array {
  return encodeTransaction(unsigned, device.sign(signingMessage('tx', encodeUnsignedTransaction(unsigned))));
}

describe('a node refuses', () => {
  const cases: readonly (readonly [string, number, string, () => Promise<Uint8Array>])[] = [
    [
      'a signature that does not verify',
      422,
      'bad-signature',
      async () => {
        const bytes = Uint8Array.from(await signed());
        bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
        return bytes;
      },
    ],
    [
      'an issuer key under which anybody can sign',
      422,
      'small-order-key',
      async () => {
        const smallOrder = Uint8Array.of(1, ...new Uint8Array(31));
        return encodeTransaction(await draft({ issuerKey: smallOrder }), new Uint8Array(64));
      },
    ],
    ['bytes left over', 422, 'malformed', async () => Uint8Array.of(...(await signed()), 0)],
    ['bytes cut off', 422, 'malformed', async () => (await signed()).subarray(0, 150)],
    ['another version', 422, 'unsupported-version', async () => Uint8Array.of(9, ...(await signed()).subarray(1))],
    [
      'a transaction of another network',
      422,
      'wrong-network',
      async () => signed({ network: '00112233aabbccdd' as UnsignedTransaction['network'] }),
    ],
    [
      'parents that it does not know',
      422,
      'parent-unknown',
      async () => signed({ parents: ['ab'.repeat(32) as TransactionId, 'cd'.repeat(32) as TransactionId] }),
    ],
    [
      'one parent twice',
      422,
      'parents-equal',
      async () => {
        const { parents } = await draft();
        return signedAnyhow(await draft({ parents: [parents[0], parents[0]] }));
      },
    ],
    [
      'a statement as a parent',
      422,
      'parent-not-a-transaction',
      async () => {
        const lines = (await (await fetch(`${network.urlOf(0)}/v1/export`)).text()).split('\n');
        const statement = lines.find((line) => line.startsWith('{"kind":"statement"')) ?? '{}';
        const { id } = JSON.parse(statement) as { readonly id: TransactionId };
        return signed({ parents: [id, genesis.transactionId] });
      },
    ],
    [
      'a payload over the limit, before it is read whole',
      413,
      'body-too-large',
      async () => signed({ payload: new Uint8Array(32_769) }),
    ],
    [
      'telemetry that nobody can read',
      422,
      'malformed-payload',
      async () => signed({ payloadType: PAYLOAD_TYPE.telemetry, payload: Uint8Array.of(0xc1) }),
    ],
    [
      'a device that was never registered',
      403,
      'unknown-device',
      async () => {
        const stranger = nobleSigner(new Uint8Array(32).fill(9));
        return signed({ issuerKey: stranger.publicKey }, stranger);
      },
    ],
    [
      'a device that was revoked',
      403,
      'revoked',
      async () => {
        const key = generateKey();
        await administrator.register(key.id);
        await administrator.revoke(key.id);
        const signer = sodiumSigner(key.secretKey);
        return signed({ issuerKey: signer.publicKey }, signer);
      },
    ],
  ];

  test.each(cases)('%s', async (_what, status, code, make) => {
    const before = await reader.info();
    const bytes = await make();
    const settled = await network.agreement([0, 1, 2, 3]);
    expect(await offer(bytes)).toMatchObject({ status, code });
    const after = await reader.info();
    expect(after.pending).toBe(0);
    expect(after.commit.digest).toBe(settled.commit.digest);
    expect(after.commit.index).toBeGreaterThanOrEqual(before.commit.index);
  });

  test('a key of small order for a new device, at execution', async () => {
    const payload = Uint8Array.of(1, 1, 1, 1, ...new Uint8Array(31), 1, 0, 0, 0, 10);
    const key = await readKeyFile(network.adminKeyFile);
    const admin = sodiumSigner(key.secretKey);
    const shown = await reader.device(key.id);
    const unsigned = await draft({
      issuerKey: admin.publicKey,
      sequence: (shown?.highestSequence ?? 0n) + 1n,
      payloadType: PAYLOAD_TYPE.registry,
      payload,
    });
    expect(await outcomeOf(signTransaction(unsigned, admin, sodiumCrypto).bytes)).toEqual({
      status: 'rejected',
      code: 'malformed-payload',
    });
  });
});

test('the same bytes again get the same answer, and are final once', async () => {
  const bytes = await signed();
  const first = await offer(bytes);
  expect(first.status).toBe(202);
  expect(await offer(bytes)).toEqual(first);
  expect(await outcomeOf(bytes)).toEqual({ status: 'accepted' });
  expect(await offer(bytes)).toEqual(first);
});

test('a used number under another content is final, rejected, and remembered of the device', async () => {
  const used = await draft();
  expect(await outcomeOf(signTransaction(used, device, sodiumCrypto).bytes)).toEqual({ status: 'accepted' });
  const { parents } = await draft();
  const attachedAnew = signTransaction({ ...used, parents }, device, sodiumCrypto);
  expect(await outcomeOf(attachedAnew.bytes)).toEqual({ status: 'rejected', code: 'sequence-used' });
  expect((await reader.device(deviceId))?.equivocated).toBe(false);
  const rival = signTransaction({ ...used, payload: Uint8Array.of(9) }, device, sodiumCrypto);
  expect(await outcomeOf(rival.bytes)).toEqual({ status: 'rejected', code: 'sequence-used' });
  expect((await reader.device(deviceId))?.equivocated).toBe(true);
});

test('after all of it the nodes agree, and what is offered well becomes final', async () => {
  expect(await outcomeOf(await signed())).toEqual({ status: 'accepted' });
  await network.agreement([0, 1, 2, 3]);
});

/** Offers bytes that a node takes, and waits for what execution says of them. */
async function outcomeOf(bytes: Uint8Array): Promise<unknown> {
  const { status, id } = await offer(bytes);
  expect(status).toBe(202);
  const final = await eventually('it is final', async () => (await reader.transaction(String(id)))?.final ?? undefined);
  return final.outcome;
}
