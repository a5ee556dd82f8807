/** What the tests of the SDK share: servers and devices that are stopped afterwards, and waiting without sleeping. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { DeviceOptions, Limits } from '@tangle/sdk';
import { Device, keyFromSecret } from '@tangle/sdk';
import { FakeLedger, FakeNode } from './fake-ledger.js';
import { genesisFile } from './fake-network.js';

/** Small, so that rare paths are common and tests quick. */
export const LIMITS: Partial<Limits> = {
  backoffMsMin: 1,
  backoffMsMax: 5,
  statusPollMs: 60_000,
  witnessPollMs: 2,
};
export const key = keyFromSecret(new Uint8Array(32).fill(7));
export const TIME = '2026-01-31T12:00:00Z';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function onEnd(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup);
}

export async function startNode(ledger = new FakeLedger()): Promise<FakeNode> {
  const node = await FakeNode.start(ledger);
  onEnd(async () => {
    await node.stop().catch(() => undefined);
  });
  return node;
}

export async function openDevice(nodes: readonly FakeNode[], options: Partial<DeviceOptions> = {}): Promise<Device> {
  const urls = nodes.map(({ url }) => url);
  const device = await Device.open({
    key,
    genesis: genesisFile,
    nodes: urls,
    ...options,
    limits: { ...LIMITS, ...options.limits },
  });
  onEnd(() => device.close());
  return device;
}

export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tangle-sdk-'));
  onEnd(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Resolves once the condition holds; fails with what was waited for after a generous deadline. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The code of what a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : `not coded: ${String(error)}`;
  }
  return 'nothing was thrown';
}
