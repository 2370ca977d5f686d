import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv } from '../csv.ts';

test('a table is CSV as RFC 4180 has it', () => {
  assert.equal(csv([['a', 'b', 'c'], [1, -2.5, null], ['x, y', 'say "hi"', 'two\r\nlines'], [undefined, NaN, '']]), 'a,b,c\r\n1,-2.5,\r\n"x, y","say ""hi""","two\r\nlines"\r\n,,\r\n');
});

test('no text is a formula in a spreadsheet', () => {
  const texts = ['=1+1', '+1', '-1', '@a', '\ta', '\ra', '\uFF1D1', '=a,"b"'];
  assert.equal(csv(texts.map((text) => [text])), "'=1+1\r\n'+1\r\n'-1\r\n'@a\r\n'\ta\r\n\"'\ra\"\r\n'\uFF1D1\r\n\"'=a,\"\"b\"\"\"\r\n");
});
