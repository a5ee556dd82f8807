/** What a run comes to: the same for the same seed, never faster than distance allows, whatever fails meanwhile. */
import { describe, expect, test, vi } from 'vitest';
import { GEOGRAPHY_NAMES } from '../../src/latency/geography.js';
import { completeOptions } from '../../src/latency/options.js';
import { type LatencyResult, runLatency, STAGES } from '../../src/latency/result.js';

vi.setConfig({ testTimeout: 120_000 });

const SMALL = { nodes: 4, rate: 40, duration: 1.5, warmup: 0.5, devices: 10 };

async function latency(given: Readonly<Record<string, unknown>> = {}, seed = 1): Promise<LatencyResult> {
  const options = completeOptions({ ...SMALL, ...given });
  const { result } = await runLatency({ options, seed, version: 'test' }, () => 0);
  return result;
}

describe.each(GEOGRAPHY_NAMES)('on the network %s', (network) => {
  test('everything becomes final, and nothing before three message delays', async () => {
    const { measured, unfinished, rejected, gateway, everywhere, least, cdf } = await latency({ network, jitter: 0 });
    expect(measured).toBeGreaterThan(10);
    expect({ unfinished, rejected }).toEqual({ unfinished: 0, rejected: 0 });
    expect(gateway?.min).toBeGreaterThanOrEqual(least.min);
    expect(everywhere?.min).toBeGreaterThanOrEqual(gateway?.min ?? Number.NaN);
    expect(cdf.gateway).toEqual(cdf.gateway.toSorted((one, other) => one - other));
    expect(cdf.gateway.at(-1)).toBe(gateway?.max);
  });
});

test('the same seed gives the same result, another seed another one', async () => {
  const given = {
    nodes: 7,
    network: 'metro',
    loss: 0.05,
    churn: 60,
    byzantine: 1,
    strategy: 'withholder',
    link: 'lte',
  };
  const [one, again, other] = [await latency(given, 7), await latency(given, 7), await latency(given, 8)];
  expect(JSON.stringify(again)).toBe(JSON.stringify(one));
  expect(other.digest).not.toBe(one.digest);
});

test('the stages add up to the latency at all nodes', async () => {
  const { stages, everywhere } = await latency({ link: 'nb-iot' });
  const sum = STAGES.reduce((total, stage) => total + (stages?.[stage].mean ?? Number.NaN), 0);
  expect(sum).toBeCloseTo(everywhere?.mean ?? 0, 1);
  expect(stages?.link.mean).toBeGreaterThan(500);
});

test('a single node waits for nobody', async () => {
  const { gateway, least, perSecond } = await latency({ nodes: 1, network: 'lan', link: 'none' });
  expect(least.min).toBe(0);
  expect(gateway?.p50).toBeLessThan(500);
  expect(perSecond.messages).toBe(0);
});

test('crashed validators cost time and nothing else', async () => {
  const [all, fewer] = [await latency({ network: 'metro' }), await latency({ network: 'metro', crashed: 1 })];
  expect(fewer.unfinished).toBe(0);
  expect(fewer.gateway?.mean).toBeGreaterThan(all.gateway?.mean ?? Number.NaN);
});

test.each(['silent', 'equivocator', 'late-leader', 'tip-flood'])(
  'f validators that play %s stop nothing',
  async (strategy) => {
    const { unfinished, gateway } = await latency({ network: 'metro', byzantine: 1, strategy });
    expect(unfinished).toBe(0);
    expect(gateway).not.toBeNull();
  },
);

test('what was at a node that crashes becomes final too, and at that node', async () => {
  const given = { network: 'metro', churn: 60, duration: 8, rate: 20 };
  const { measured, unfinished, everywhere } = await latency(given, 3);
  expect(measured).toBeGreaterThan(50);
  expect(unfinished).toBe(0);
  // Who was down has it when it is back.
  expect(everywhere?.max).toBeGreaterThan(1_000);
});

test('a narrow link delays, and batches make it wider', async () => {
  const narrow = { network: 'metro', bandwidth: 1, rate: 400 };
  const [single, batched] = [await latency(narrow), await latency({ ...narrow, batch: 20 })];
  expect(batched.perSecond.bytes).toBeLessThan(single.perSecond.bytes / 2);
  expect(batched.batchWaitMs).toBe((19 * 10 * 1_000) / 400);
});
