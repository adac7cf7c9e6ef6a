import { describe, expect, test } from 'vitest';
import {
  HEADER_CHARACTERS_MAX,
  HEADERS_MAX,
  readIdentityHeaders,
} from '../../../src/passport/identity-header.ts';

const FULL = { token: 'aaa.bbb.ccc', info: 'https://c.example/x.pem', alg: 'ES256', ppt: 'shaken' };

/** The values that read, and the problems, in order. */
const read = (...headers: string[]): unknown[] =>
  readIdentityHeaders(headers).map((value) => (value.ok ? value.value : value.problem));

describe('one header', () => {
  test.each([
    ['as Asterisk writes it', 'aaa.bbb.ccc;info=<https://c.example/x.pem>;alg=ES256;ppt=shaken'],
    ['parameters in another order', 'aaa.bbb.ccc;ppt=shaken;alg=ES256;info=<https://c.example/x.pem>'],
    [
      'ppt as a quoted string (RFC 8224 §4)',
      'aaa.bbb.ccc;info=<https://c.example/x.pem>;alg=ES256;ppt="shaken"',
    ],
    ['names in capitals', 'aaa.bbb.ccc;INFO=<https://c.example/x.pem>;Alg=ES256;PPT=shaken'],
    [
      'blanks around every sign',
      'aaa.bbb.ccc ; info = <https://c.example/x.pem> ;\talg = ES256 ; ppt = shaken ',
    ],
    ['folded', 'aaa.bbb.ccc\r\n ;info=<https://c.example/x.pem>\r\n\t;alg=ES256;\r\n  ppt=shaken\r\n'],
    ['info without brackets', 'aaa.bbb.ccc;info=https://c.example/x.pem;alg=ES256;ppt=shaken'],
    ['info as a quoted string', 'aaa.bbb.ccc;info="https://c.example/x.pem";alg=ES256;ppt=shaken'],
    ['a quoted string with escapes', 'aaa.bbb.ccc;info=<https://c.example/x.pem>;alg=ES256;ppt="sha\\ken"'],
    ['foreign parameters', 'aaa.bbb.ccc;x;y=1;z="a;b,c";info=<https://c.example/x.pem>;alg=ES256;ppt=shaken'],
  ])('%s', (_, header) => {
    expect(read(header)).toEqual([FULL]);
  });

  test('compact form has only the signature', () => {
    expect(read('..ccc;info=<https://c.example/x.pem>')).toEqual([
      { ...FULL, token: '..ccc', alg: null, ppt: null },
    ]);
  });

  test.each([
    ['', 'ends after 0 characters; expected a PASSporT'],
    [';info=<x>', 'expected a PASSporT'],
    ['"aaa.bbb.ccc";info=<x>', 'expected a PASSporT'],
    ['aaa.bbb.ccc info=<x>', 'expected `;`, `,` or the end'],
    ['aaa.bbb.ccc;', 'expected the name of a parameter'],
    ['aaa.bbb.ccc;info', 'expected a value of `info`'],
    ['aaa.bbb.ccc;info=', 'expected a value of `info`'],
    ['aaa.bbb.ccc;info=<https://c.example', 'expected a value of `info`'],
    ['aaa.bbb.ccc;ppt="shaken', 'expected a value of `ppt`'],
    ['aaa.bbb.ccc;ppt=shaken;ppt=div', 'names `ppt` twice'],
    ['aaa.bbb.ccc;info=<a>;INFO=<b>', 'names `info` twice'],
    ['aaa.bbb.ccc\r\nX: y', 'expected `;`, `,` or the end'],
    ['aaa.bbb.c\0c;ppt=shaken', 'expected `;`, `,` or the end'],
    [`aaa.bbb.ccc${';x=1'.repeat(17)}`, 'expected at most 16 parameters'],
    ['a'.repeat(HEADER_CHARACTERS_MAX + 1), `expected at most ${HEADER_CHARACTERS_MAX}`],
  ])('%s does not read', (header, problem) => {
    expect(read(header)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('several', () => {
  test('headers, and values in one header', () => {
    const values = read('a.b.c;ppt=shaken, d.e.f;ppt=div', 'g.h.i;ppt="rph"');
    expect(values).toEqual([
      { token: 'a.b.c', info: null, alg: null, ppt: 'shaken' },
      { token: 'd.e.f', info: null, alg: null, ppt: 'div' },
      { token: 'g.h.i', info: null, alg: null, ppt: 'rph' },
    ]);
  });

  test('one that does not read leaves the others alone', () => {
    expect(read('???', 'a.b.c')).toEqual([
      expect.stringContaining('expected a PASSporT'),
      { token: 'a.b.c', info: null, alg: null, ppt: null },
    ]);
  });

  test('no more than the bound', () => {
    expect(read('a.b.c,'.repeat(100))).toHaveLength(HEADERS_MAX);
    expect(read(...new Array<string>(100).fill('a.b.c'))).toHaveLength(HEADERS_MAX);
  });
});
