import { describe, expect, it } from 'vitest';
import { createLogger, LogThrottle } from '../../src/observe/index.js';

describe('the log', () => {
  it('is JSON lines with name, level and time, from its level up', () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'info', name: 'node-0', stream: { write: (line) => lines.push(line) } });
    log.debug('unseen');
    log.info({ peer: 'node-1' }, 'peer up');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      name: 'node-0',
      peer: 'node-1',
      msg: 'peer up',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
  });

  it('shows no secret, at any depth in use', () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'info', name: 'node-0', stream: { write: (line) => lines.push(line) } });
    const secret = 'f00d'.repeat(16);
    log.info({ secretKey: secret }, 'one');
    log.info({ key: { secretKey: secret, seed: secret } }, 'two');
    log.info({ request: { headers: { authorization: secret } } }, 'three');
    log.info({ keys: { statement: secret } }, 'four');
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toContain('[secret]');
  });
});

describe('the throttle', () => {
  it('lets one of a kind through in an interval and then says how many it kept back', () => {
    const throttle = new LogThrottle({ intervalMs: 100, kindsMax: 10 });
    expect([0, 1, 99].map((nowMs) => throttle.admit('a', nowMs))).toEqual([0, null, null]);
    expect(throttle.admit('b', 99)).toBe(0);
    expect([100, 150, 200].map((nowMs) => throttle.admit('a', nowMs))).toEqual([2, null, 1]);
  });

  it('remembers no more kinds than it may', () => {
    const throttle = new LogThrottle({ intervalMs: 1_000, kindsMax: 2 });
    expect(['a', 'b', 'c'].map((kind) => throttle.admit(kind, 0))).toEqual([0, 0, 0]);
    expect(throttle.admit('b', 1)).toBeNull();
    expect(throttle.admit('a', 1)).toBe(0);
  });
});
