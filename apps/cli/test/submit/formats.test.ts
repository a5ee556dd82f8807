import { describe, expect, it } from 'vitest';
import { LINE_BYTES_MAX, readLines } from '../../src/submit/lines.js';
import { chunksOf, collect, csvRows, inShort, jsonRows, linesOf, senmlRows } from './rows.js';

describe('lines', () => {
  it('are numbered from 1, with either line end, with or without a last one', async () => {
    const lines = await collect(linesOf('\uFEFFone\r\ntwo\n\nfour'));
    expect(lines.map(({ number, text }) => [number, text])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, ''],
      [4, 'four'],
    ]);
  });

  it('that are no UTF-8 or too long cost only themselves', async () => {
    const bytes = Buffer.concat([
      Buffer.from('good\n\xff\n', 'latin1'),
      Buffer.alloc(LINE_BYTES_MAX + 1, 0x61),
      Buffer.from('\nlast'),
    ]);
    const lines = await collect(readLines(chunksOf(bytes, 65_536)));
    expect(lines).toEqual([
      { number: 1, text: 'good' },
      { number: 2, text: null, problem: 'not-utf-8' },
      { number: 3, text: null, problem: 'line-too-long' },
      { number: 4, text: 'last' },
    ]);
  });
});

describe('CSV', () => {
  it('makes each column but the time a reading: a number or else a string, and nothing of an empty cell', async () => {
    const rows = await csvRows(
      'time,TS1,state,PS1\n2026-01-02T00:00:00Z,35.1,stable,-0\n1767312000, 1e3 ,,.5\n2026-01-02,1,2,3\n',
    );
    expect(inShort(rows)).toEqual([
      '2: TS1=35.1 state="stable" PS1="-0" @1767312000000',
      '3: TS1=1000 PS1=0.5 @1767312000000',
      '4! bad-time',
    ]);
  });

  it('keeps an integer that no number holds exactly as the text it is', async () => {
    const rows = await csvRows('a,b,c\n9007199254740991,9007199254740993,-9007199254740992\n0,-0.0,+7\n');
    expect(inShort(rows)).toEqual([
      '2: a=9007199254740991 b="9007199254740993" c="-9007199254740992"',
      '3: a=0 b="-0.0" c=7',
    ]);
  });

  it('takes the time of sending where there is no time column, and knows timestamp too', async () => {
    expect(inShort(await csvRows('a\n1\n'))).toEqual(['2: a=1']);
    expect(inShort(await csvRows('a,Timestamp\n1,1767312000\n'))).toEqual(['2: a=1 @1767312000000']);
  });

  it('keeps commas, quotes and line breaks of quoted cells', async () => {
    const rows = await csvRows('a,b\n"x, ""y""\nz",2\n3,4\n');
    expect(inShort(rows)).toEqual(['2: a="x, \\"y\\"\\nz" b=2', '4: a=3 b=4']);
  });

  it('reports a broken row with its line and loses no other', async () => {
    const rows = await csvRows('a,b\n1,2\n3,"4\n5,6\n7\n8,9,10\n11,x"y\n"a"b,1\n12,13\n');
    expect(inShort(rows)).toEqual([
      '2: a=1 b=2',
      '3! bad-quote',
      '4: a=5 b=6',
      '5! wrong-column-count',
      '6! wrong-column-count',
      '7! bad-quote',
      '8! bad-quote',
      '9: a=12 b=13',
    ]);
  });

  it('refuses numbers and times that a reading cannot have', async () => {
    expect(inShort(await csvRows('a\n1e999\n'))).toEqual(['2! not-finite']);
    expect(inShort(await csvRows('time,a\n5,1\n'))).toEqual(['2! time-out-of-range']);
  });

  it.each([
    ['', 'empty'],
    ['time\n1767312000\n', 'no column of readings'],
    ['time,timestamp,a\n', 'more than one'],
    ['a,a\n', 'twice'],
    ['time,Temp (C)\n', 'Temp (C)'],
    ['time;a\n', 'separated by commas'],
  ])('refuses the header of %j and says why', async (text, reason) => {
    await expect(csvRows(text)).rejects.toThrow(reason);
  });
});

describe('JSON lines', () => {
  it('are objects like CSV rows, with booleans, and null for no reading', async () => {
    const rows = await jsonRows(
      '{"time":"2026-01-02T00:00:00Z","a":1.5,"b":true,"c":null}\n\n{"timestamp":1767312000,"s":"x"}\n{"a":2}',
    );
    expect(inShort(rows)).toEqual(['1: a=1.5 b=true @1767312000000', '3: s="x" @1767312000000', '4: a=2']);
  });

  it.each([
    ['{"a":', 'bad-json'],
    ['[1]', 'bad-json'],
    ['{"a":{}}', 'bad-value'],
    ['{"a":[1]}', 'bad-value'],
    ['{"time":true,"a":1}', 'bad-time'],
    ['{"time":1767312000,"timestamp":1767312000}', 'bad-time'],
    ['{"a b":1}', 'bad-name'],
  ])('reports %s', async (line, code) => {
    expect(inShort(await jsonRows(`{"a":1}\n${line}\n{"a":2}\n`))).toEqual(['1: a=1', `2! ${code}`, '3: a=2']);
  });
});

describe('SenML', () => {
  it('makes a row of the readings of one time, counted by records', async () => {
    const rows = await senmlRows(
      '[{"bt":1767312000,"n":"a","u":"Cel","v":1},{"n":"b","vs":"x"},{"n":"a","v":2,"t":1}]',
    );
    expect(inShort(rows)).toEqual(['2: a=1 b="x" @1767312000000', '3: a=2 @1767312001000']);
    expect(rows[0]).toMatchObject({ readings: [{ unit: 'Cel' }, { name: 'b' }] });
  });

  it.each(['{}', '[{"n":"a"}]', '[{"v":1}]', 'x'])('refuses %s as a whole', async (text) => {
    await expect(senmlRows(text)).rejects.toMatchObject({ code: 'bad-senml' });
  });
});
