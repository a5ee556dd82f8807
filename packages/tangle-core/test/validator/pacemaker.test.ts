import { describe, expect, test } from 'vitest';
import { drawDag, Follower, type TestNetwork } from '../../src/testing/index.js';
import { Pacemaker, PACEMAKER_DEFAULTS, type PacemakerLimits } from '../../src/validator/index.js';
import { four, one } from '../confirmation/networks.js';

const { roundSpacingMs, burstRounds, delayInitialMs, processingMs, delayFloorMs } = PACEMAKER_DEFAULTS;
const TIMER_MS = 2 * delayInitialMs + processingMs;

interface Stage {
  readonly pacemaker: Pacemaker;
  readonly draw: (text: string) => void;
}

/** The pacemaker of a validator that has signed up to `own`, over a drawn DAG. */
function stage(text: string, own: number, network: TestNetwork = four, limits: Partial<PacemakerLimits> = {}): Stage {
  const follower = new Follower(network);
  const pacemaker = new Pacemaker(follower.tangle, follower.committer, { ...PACEMAKER_DEFAULTS, ...limits }, own);
  follower.onStatement = (statement) => pacemaker.observe(statement);
  let drawn = '';
  const draw = (more: string): void => {
    drawn += `\n${more}`;
    follower.acceptAll(drawDag(network, drawn).vertices.filter(({ id }) => !follower.tangle.has(id)));
  };
  draw(text);
  return { pacemaker, draw };
}

describe('open rounds', () => {
  test('round 1 always is, the next as soon as statements of weight Q are there', () => {
    const { pacemaker, draw } = stage('', 0);
    expect(pacemaker.openRound).toBe(1);
    expect(pacemaker.next(0)).toEqual({ kind: 'sign', round: 1 });
    draw('Round 1 : { AB }');
    pacemaker.onSigned(1, 0);
    expect(pacemaker.next(0)).toEqual({ kind: 'idle' });
    draw('Round 1 : { C }');
    expect(pacemaker.openRound).toBe(2);
    expect(pacemaker.next(0)).toEqual({ kind: 'sign', round: 2 });
  });

  test('two versions of one author count once', () => {
    const { pacemaker } = stage("Round 1 : { AB, B', B'' }", 1);
    expect(pacemaker.openRound).toBe(1);
  });
});

describe('waiting at the open round', () => {
  test('for the leader below, until the timer of 2D + processing runs out, counted from the first wait', () => {
    const { pacemaker, draw } = stage('Round 1 : { BCD }', 1);
    expect(pacemaker.next(1_000)).toEqual({ kind: 'wait', untilMs: 1_000 + TIMER_MS });
    expect(pacemaker.next(1_050)).toEqual({ kind: 'wait', untilMs: 1_000 + TIMER_MS });
    expect(pacemaker.next(1_000 + TIMER_MS)).toEqual({ kind: 'sign', round: 2 });
    draw('Round 1 : { A }');
    expect(pacemaker.next(1_060)).toEqual({ kind: 'sign', round: 2 });
  });

  test('starts afresh after a rest', () => {
    const { pacemaker } = stage('Round 1 : { BCD }', 1);
    pacemaker.next(0);
    pacemaker.rest();
    expect(pacemaker.next(10_000)).toEqual({ kind: 'wait', untilMs: 10_000 + TIMER_MS });
  });

  test('for votes or blames on the slot two below: a split one waits, a quorum on either side does not', () => {
    const split = stage('Round 1 : { * }\nRound 2 : { B -> [*], CD -> [-A] }', 2);
    expect(split.pacemaker.next(0)).toEqual({ kind: 'wait', untilMs: TIMER_MS });
    split.draw('Round 2 : { A -> [*] }');
    expect(split.pacemaker.next(0).kind).toBe('wait');
    const votes = stage('Round 1 : { * }\nRound 2 : { ABC -> [*] }', 2);
    expect(votes.pacemaker.next(0)).toEqual({ kind: 'sign', round: 3 });
    const blames = stage('Round 1 : { * }\nRound 2 : { BCD -> [-A] }', 2);
    expect(blames.pacemaker.next(0)).toEqual({ kind: 'sign', round: 3 });
  });

  test('for votes that can be cited: a second version shows one that cannot', () => {
    const { pacemaker, draw } = stage('Round 1 : { * }\nRound 2 : { AB -> [*], C -> [-A] }', 2);
    draw("Round 2 : { C' -> [*] }");
    expect(pacemaker.next(0)).toEqual({ kind: 'wait', untilMs: TIMER_MS });
    draw('Round 2 : { D -> [*] }');
    expect(pacemaker.next(0)).toEqual({ kind: 'sign', round: 3 });
  });
});

describe('below the open round', () => {
  const rounds = (from: number, to: number, who: string): string =>
    Array.from({ length: to - from + 1 }, (_, index) => `Round ${from + index} : { ${who} }`).join('\n');

  test('rounds are jumped where the slot two below is decided', () => {
    // D has been away: slots 1 to 3 are committed, its own slot 4 is blamed by all of round 5.
    const { pacemaker } = stage(rounds(1, 5, 'ABC'), 0);
    expect(pacemaker.next(0)).toEqual({ kind: 'sign', round: 6 });
    expect(pacemaker.own).toBe(5);
  });

  test('rounds are filled in, one by one and without a wait, where it is not', () => {
    const { pacemaker, draw } = stage(
      `Round 1 : { * }
       Round 2 : { AB -> [*], CD -> [-A] }
       ${rounds(3, 4, 'ACD')}`,
      2,
    );
    expect(pacemaker.openRound).toBe(5);
    expect(pacemaker.next(0)).toEqual({ kind: 'sign', round: 3 });
    draw('Round 3 : { B }');
    pacemaker.onSigned(3, 0);
    // Slot 2 is committed directly: only slot 1 held the validator back.
    expect(pacemaker.next(0)).toMatchObject({ round: 5 });
  });

  test('a long back-fill does not delay the open round after it', () => {
    const { pacemaker } = stage('', 0, one);
    for (let round = 1; round <= 1_000; round++) pacemaker.onSigned(round, 5_000);
    const { pacemaker: fresh } = stage('Round 1 : { * }', 0, one);
    for (let round = 1; round <= 1_000; round++) fresh.onSigned(1, 5_000);
    expect(fresh.next(5_000)).toEqual({ kind: 'wait', untilMs: 5_000 + roundSpacingMs });
    expect(pacemaker.own).toBe(1_000);
  });

  test('what was given up is never signed', () => {
    const { pacemaker } = stage('', 0);
    pacemaker.giveUpThrough(7);
    expect(pacemaker.next(0)).toEqual({ kind: 'idle' });
  });
});

describe('pacing', () => {
  test('lets a burst through after a rest, then one statement each spacing', () => {
    const { pacemaker, draw } = stage('', 0, one);
    const signedAt: number[] = [];
    let nowMs = 10_000;
    for (let round = 1; round <= burstRounds + 4;) {
      const step = pacemaker.next(nowMs);
      if (step.kind === 'wait') nowMs = step.untilMs;
      if (step.kind !== 'sign') continue;
      signedAt.push(nowMs - 10_000);
      draw(`Round ${round} : { * }`);
      pacemaker.onSigned(round, nowMs);
      round++;
    }
    const burst = Array.from({ length: burstRounds }, () => 0);
    expect(signedAt).toEqual([...burst, ...[1, 2, 3, 4].map((count) => count * roundSpacingMs)]);
  });

  test('D doubles after every 8 rounds without a commit up to its cap, and sinks with commits down to its floor', () => {
    const { pacemaker } = stage('', 0, one, { delayCapMs: 300 });
    const delays: number[] = [];
    for (let round = 1; round <= 40; round++) {
      pacemaker.onSigned(round, 0);
      if (round % 8 === 0) delays.push(pacemaker.delayMs);
    }
    expect(delays).toEqual([100, 200, 300, 300, 300]);
    pacemaker.onCommit();
    expect(pacemaker.delayMs).toBeLessThan(300);
    expect(pacemaker.delayMs).toBeGreaterThan(280);
    for (let commit = 0; commit < 1_000; commit++) pacemaker.onCommit();
    expect(pacemaker.delayMs).toBe(delayFloorMs);
  });
});
