/** Who cosigns what, when it is certified, and when a node must stop (PROTOCOL 11). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/ids.js';
import { InvariantError } from '../../src/assert.js';
import {
  COMPUTED_HEADS_MAX,
  CosignerRule,
  medianTime,
  SIZES_HELD_MAX,
  type Cosignature,
  type CosignerEffect,
  type CosignerState,
} from '../../src/log/index.js';
import { Prng } from '../../src/testing/index.js';
import { committeeOf, cosignatureOf, rootNamed } from './signers.js';

const FRESH: CosignerState = { lastCosigned: null, certified: null, published: null, computed: null };
const four = committeeOf(1, 1, 1, 1);
const head = (size: number, root: Digest = rootNamed(`root ${size}`)): { size: number; root: Digest } => ({
  size,
  root,
});
const by = (validator: number, size: number, time?: bigint): Cosignature =>
  cosignatureOf(validator, size, rootNamed(`root ${size}`), time);
const other = (validator: number, size: number): Cosignature =>
  cosignatureOf(validator, size, rootNamed(`other ${size}`));
const kinds = (effects: readonly CosignerEffect[]): string[] =>
  effects.map((effect) => (effect.kind === 'halt' ? effect.code : effect.kind));

function ruleOf(self: number | null = 0, committee = four, state = FRESH): CosignerRule {
  return new CosignerRule(committee, self, state);
}

describe('cosigning', () => {
  test('every size that was computed, ascending', () => {
    const rule = ruleOf();
    expect(rule.compute(head(2))).toEqual([{ kind: 'cosign', head: head(2) }]);
    expect(rule.compute(head(5))).toEqual([{ kind: 'cosign', head: head(5) }]);
    expect(() => rule.compute(head(5))).toThrow(InvariantError);
    expect(() => rule.compute(head(4))).toThrow(InvariantError);
  });

  test('nothing at or below a certified size, and again above it', () => {
    const rule = ruleOf();
    for (const validator of [1, 2, 3]) rule.add(by(validator, 9));
    expect(rule.certified?.size).toBe(9);
    expect(rule.compute(head(4))).toEqual([]);
    expect(rule.compute(head(9))).toEqual([]);
    expect(kinds(rule.compute(head(11)))).toEqual(['cosign']);
  });

  test('nothing at all by a node that is no validator', () => {
    const rule = ruleOf(null);
    expect(rule.compute(head(2))).toEqual([]);
    expect([1, 2, 3].flatMap((validator) => kinds(rule.add(by(validator, 2))))).toEqual(['certified']);
  });

  test('a certified size once more, where its quorum has not the heads that a policy file asks for', () => {
    const heavy = committeeOf(5, 1, 1);
    const rule = ruleOf(1, heavy);
    expect(kinds(rule.add(by(0, 7)))).toEqual(['certified']);
    expect(rule.compute(head(4))).toEqual([]);
    expect(kinds(rule.compute(head(7)))).toEqual(['cosign']);
    expect(kinds(rule.add(by(1, 7)))).toEqual(['certified']);
    expect(kinds(rule.add(by(2, 7)))).toEqual(['certified']);
    expect(rule.certified?.cosignatures.map(({ validator }) => validator)).toEqual([0, 1, 2]);
    expect(rule.judge(by(1, 7))).toBe('below-certified');
  });
});

describe('certification', () => {
  test('takes weight Q behind one root of one size, each validator once', () => {
    const rule = ruleOf();
    rule.compute(head(2));
    expect(rule.add(by(0, 2))).toEqual([]);
    expect(rule.add(by(1, 2))).toEqual([]);
    expect(rule.add(by(1, 2, 5n))).toEqual([]);
    expect(rule.add(by(2, 3))).toEqual([]);
    const effects = rule.add(by(3, 2));
    expect(kinds(effects)).toEqual(['certified']);
    expect(rule.certified).toMatchObject({
      ...head(2),
      cosignatures: [{ validator: 0 }, { validator: 1 }, { validator: 3 }],
    });
  });

  test('of a single validator needs its own word only', () => {
    const rule = ruleOf(0, committeeOf(1));
    rule.compute(head(2));
    expect(kinds(rule.add(by(0, 2)))).toEqual(['certified']);
  });

  test('counts weights, not heads', () => {
    const rule = ruleOf(0, committeeOf(1, 2, 4));
    rule.compute(head(2));
    expect(kinds(rule.add(by(2, 2)))).toEqual([]);
    expect(kinds(rule.add(by(0, 2)))).toEqual(['certified']);
  });

  test('bears the weighted median of the times', () => {
    const rule = ruleOf();
    for (const [validator, time] of [
      [3, 2n ** 63n - 1n],
      [1, 900n],
      [2, 1_000n],
    ] as const) {
      rule.add(by(validator, 2, time));
    }
    expect(rule.certified?.time).toBe(1_000n);
    const times = [
      { time: 2n ** 60n + 1n, weight: 3 },
      { time: 2n ** 60n, weight: 3 },
      { time: 5n, weight: 1 },
    ];
    expect(medianTime(times)).toBe(2n ** 60n);
    expect(medianTime([...times, { time: 2n ** 60n + 2n, weight: 5 }])).toBe(2n ** 60n + 1n);
  });

  test('makes what is at or below it not worth checking', () => {
    const rule = ruleOf();
    for (const validator of [1, 2, 3]) rule.add(by(validator, 9));
    expect(rule.judge(by(0, 9))).toBe('below-certified');
    expect(rule.judge(by(0, 4))).toBe('below-certified');
    expect(rule.judge(other(0, 9))).toBe('below-certified');
    expect(rule.judge(by(0, 10))).toBe('verify');
    expect(rule.judge(by(4, 10))).toBe('unknown-validator');
    expect(rule.add(by(4, 10))).toEqual([]);
  });
});

describe('evidence', () => {
  test('is two roots of one cosigner for one size, told once', () => {
    const rule = ruleOf();
    expect(rule.add(by(3, 8))).toEqual([]);
    expect(rule.add(other(3, 8))).toEqual([{ kind: 'evidence', validator: 3, first: by(3, 8), second: other(3, 8) }]);
    expect(rule.judge(cosignatureOf(3, 8, rootNamed('a third')))).toBe('known');
    expect(rule.add(by(3, 9))).toEqual([]);
    expect(rule.add(other(3, 9))).toEqual([]);
    expect(rule.halted).toBe(false);
  });
});

describe('halting', () => {
  test('weight above f behind another root stops a node that computed this size, before and after it did', () => {
    const late = ruleOf();
    late.compute(head(6));
    expect(late.add(other(1, 6))).toEqual([]);
    const effects = late.add(other(2, 6));
    expect(effects).toMatchObject([
      { kind: 'halt', code: 'outvoted', own: head(6), against: [other(1, 6), other(2, 6)] },
    ]);
    expect(late.halted).toBe(true);
    expect(() => late.compute(head(7))).toThrow(InvariantError);
    expect(() => late.add(by(1, 7))).toThrow(InvariantError);

    const early = ruleOf();
    early.add(other(1, 6));
    early.add(other(2, 6));
    expect(kinds(early.compute(head(6)))).toEqual(['outvoted']);
  });

  test('weight f does not', () => {
    const rule = ruleOf(0, committeeOf(2, 2, 1, 1, 1));
    rule.compute(head(6));
    expect(kinds(rule.add(other(1, 6)))).toEqual([]);
    expect(kinds(rule.add(other(2, 6)))).toEqual(['outvoted']);
  });

  test('a root or a size that a quorum certified and this log has not stops the node that reaches it', () => {
    const certifying = (): CosignerRule => {
      const rule = ruleOf();
      rule.compute(head(2));
      for (const validator of [1, 2, 3]) rule.add(by(validator, 9));
      for (const size of [20, 30]) for (const validator of [1, 2, 3]) rule.add(by(validator, size));
      return rule;
    };
    expect(kinds(certifying().compute(head(9, rootNamed('mine'))))).toEqual(['certified-otherwise']);
    expect(kinds(certifying().compute(head(10)))).toEqual(['certified-otherwise']);
    const agreeing = certifying();
    for (const size of [5, 9, 15, 20, 30]) expect(agreeing.compute(head(size))).toEqual([]);
    expect(kinds(agreeing.compute(head(31)))).toEqual(['cosign']);
  });

  test('a restart does not forget that', () => {
    const rule = ruleOf();
    for (const validator of [1, 2, 3]) rule.add(by(validator, 9));
    const { certified } = rule;
    const stopped = ruleOf(0, four, { ...FRESH, certified, computed: head(9, rootNamed('mine')) });
    expect(kinds(stopped.resume())).toEqual(['certified-otherwise']);
    const ahead = ruleOf(0, four, { ...FRESH, certified, computed: head(4) });
    expect(ahead.resume()).toEqual([]);
    expect(kinds(ahead.compute(head(10)))).toEqual(['certified-otherwise']);
    const fine = ruleOf(0, four, { ...FRESH, certified, computed: head(9) });
    expect(fine.resume()).toEqual([]);
    expect(kinds(fine.compute(head(10)))).toEqual(['cosign']);
  });

  test('another root under the own key stops, whether it was stored or comes from outside', () => {
    const restarted = ruleOf(0, four, { ...FRESH, lastCosigned: other(0, 6) });
    expect(restarted.compute(head(4))).toEqual([]);
    expect(kinds(restarted.compute(head(6)))).toEqual(['own-key-contradicts']);
    const doubled = ruleOf();
    doubled.compute(head(6));
    doubled.add(by(0, 6));
    expect(kinds(doubled.add(other(0, 6)))).toEqual(['evidence', 'own-key-contradicts']);
  });
});

describe('a restart', () => {
  test('goes on above the last cosigned size and still counts that cosignature', () => {
    const rule = ruleOf(0, four, { lastCosigned: by(0, 6), certified: null, published: null, computed: head(6) });
    expect(rule.resume()).toEqual([]);
    expect(rule.newest()).toEqual([by(0, 6)]);
    rule.add(by(1, 6));
    expect(kinds(rule.add(by(2, 6)))).toEqual(['certified']);
    expect(kinds(rule.compute(head(8)))).toEqual(['cosign']);
  });

  test('cosigns the stored head where a crash came in between, and nothing in a new network', () => {
    const rule = ruleOf(0, four, { lastCosigned: by(0, 4), certified: null, published: null, computed: head(6) });
    expect(rule.resume()).toEqual([{ kind: 'cosign', head: head(6) }]);
    expect(rule.resume()).toEqual([]);
    expect(ruleOf().resume()).toEqual([]);
    const otherRoot = ruleOf(0, four, {
      lastCosigned: other(0, 6),
      certified: null,
      published: null,
      computed: head(6),
    });
    expect(kinds(otherRoot.resume())).toEqual(['own-key-contradicts']);
  });

  test('with a log behind the last cosigned size cosigns none of the sizes up to it again', () => {
    const rule = ruleOf(0, four, { lastCosigned: by(0, 6), certified: null, published: null, computed: null });
    expect(rule.compute(head(4))).toEqual([]);
    expect(rule.compute(head(6))).toEqual([]);
    expect(kinds(rule.compute(head(8)))).toEqual(['cosign']);
  });
});

describe('what is held', () => {
  test('are the largest sizes of each validator, and a flood pushes out none of the others', () => {
    const rule = ruleOf(null);
    rule.add(by(1, 2));
    rule.add(by(2, 2));
    for (let size = 1_000; size < 1_000 + 2 * SIZES_HELD_MAX; size++) rule.add(other(3, size));
    expect(rule.judge(other(3, 1_000))).toBe('verify');
    expect(rule.judge(other(3, 999 + 2 * SIZES_HELD_MAX))).toBe('known');
    expect(kinds(rule.add(by(0, 2)))).toEqual(['certified']);
    expect(rule.newest().map(({ validator, size }) => [validator, size])).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
      [3, 999 + 2 * SIZES_HELD_MAX],
    ]);
  });

  test('are the largest sizes in whatever order they come', () => {
    const rule = ruleOf(null);
    const sizes = Array.from({ length: SIZES_HELD_MAX + 20 }, (_, index) => 100 + index);
    for (const size of new Prng(5).shuffled(sizes)) {
      rule.add(by(3, size));
      rule.add(other(3, size));
    }
    const known = sizes.filter((size) => rule.judge(by(3, size)) === 'known');
    expect(known).toEqual(sizes.slice(20));
    expect(rule.newest().map(({ size }) => size)).toEqual([sizes.at(-1)]);
  });

  test('are own heads up to a bound: what was let go is not compared', () => {
    const rule = ruleOf(null);
    for (let size = 2; size < COMPUTED_HEADS_MAX + 3; size++) rule.compute(head(size, rootNamed('r')));
    expect(kinds([1, 2].flatMap((validator) => rule.add(other(validator, 2))))).toEqual([]);
    expect(kinds([1, 2].flatMap((validator) => rule.add(other(validator, 3))))).toEqual(['outvoted']);
  });
});

test('with at most f faulty, honest validators certify the last size under any delivery and never halt', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const prng = new Prng(seed);
      const committee = committeeOf(...Array.from({ length: 4 + prng.below(4) }, () => 1 + prng.below(4)));
      const faulty = new Set<number>();
      for (const { index, weight } of prng.shuffled(committee.validators)) {
        const together = [...faulty].reduce((sum, validator) => sum + committee.weightOf(validator), weight);
        if (together <= committee.faultWeight) faulty.add(index);
      }
      const sizes = Array.from({ length: 12 }, (_, index) => 2 + index * 3);
      const rules = committee.validators.map(({ index }) => ruleOf(index, committee));
      const honest = committee.validators.map(({ index }) => index).filter((index) => !faulty.has(index));
      const progress = new Map(honest.map((index) => [index, 0]));
      const mail: { readonly to: number; readonly cosignature: Cosignature }[] = [];
      const signed = new Map<string, string>();
      const handle = (validator: number, effects: readonly CosignerEffect[]): void => {
        expect(effects.filter((effect) => isWrong(effect, faulty))).toEqual([]);
        for (const effect of effects) {
          if (effect.kind !== 'cosign') continue;
          const { size, root } = effect.head;
          expect(signed.get(`${validator}/${size}`)).toBeUndefined();
          signed.set(`${validator}/${size}`, root);
          const cosignature = cosignatureOf(validator, size, root);
          for (const to of honest) if (to !== validator) mail.push({ to, cosignature });
          handle(validator, rules[validator]!.add(cosignature));
        }
      };
      const deliver = (): void => {
        const [item] = mail.splice(prng.below(mail.length), 1);
        if (item !== undefined && rules[item.to]!.judge(item.cosignature) === 'verify') {
          handle(item.to, rules[item.to]!.add(item.cosignature));
        }
      };
      while ([...progress.values()].some((done) => done < sizes.length)) {
        const validator = prng.pick(honest)!;
        const done = progress.get(validator)!;
        if (done < sizes.length && prng.chance(0.5)) {
          progress.set(validator, done + 1);
          handle(validator, rules[validator]!.compute(head(sizes[done]!)));
        }
        for (const liar of faulty) {
          const size = prng.pick(sizes)!;
          const cosignature = prng.chance(0.5) ? by(liar, size) : other(liar, size);
          if (prng.chance(0.3)) mail.push({ to: prng.pick(honest)!, cosignature });
        }
        if (mail.length > 0 && prng.chance(0.7)) deliver();
        // Some of it is lost for ever; anti-entropy below makes up for it.
        if (mail.length > 0 && prng.chance(0.2)) mail.splice(prng.below(mail.length), 1);
      }
      while (mail.length > 0) deliver();
      for (const from of honest) {
        for (const cosignature of rules[from]!.newest()) for (const to of honest) mail.push({ to, cosignature });
      }
      while (mail.length > 0) deliver();
      for (const validator of honest) expect(rules[validator]!.certified?.size).toBe(sizes.at(-1));
    }),
    { numRuns: 60 },
  );
});

/** What must never happen to an honest node while at most f are faulty. */
function isWrong(effect: CosignerEffect, faulty: ReadonlySet<number>): boolean {
  switch (effect.kind) {
    case 'halt':
      return true;
    case 'evidence':
      return !faulty.has(effect.validator);
    case 'certified':
    case 'cosign':
      return effect.head.root !== head(effect.head.size).root;
  }
}
