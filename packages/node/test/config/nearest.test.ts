import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from '../../src/config/nearest.js';

describe('the nearest name', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['port', 'prot', 1],
    ['port', 'ports', 1],
    ['port', 'part', 1],
    ['kitten', 'sitting', 3],
  ])('%j and %j are %i edits apart', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  it('is suggested for a slip, not for another word', () => {
    const names = ['genesis', 'dataDirectory', 'api', 'peers', 'log'];
    expect(nearestName('gensis', names)).toBe('genesis');
    expect(nearestName('DataDirectory', names)).toBe('dataDirectory');
    expect(nearestName('apis', names)).toBe('api');
    expect(nearestName('validator', names)).toBeUndefined();
  });
});
