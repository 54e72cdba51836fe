import { csvOf } from './csv.js';

test('cells are quoted where they have to be, lines end as RFC 4180 says, and there is no byte order mark', () => {
  expect(
    csvOf([
      ['a', 1, null],
      ['b,c', 'say "no"', 'two\nlines'],
    ]),
  ).toBe('a,1,\r\n"b,c","say ""no""","two\nlines"\r\n');
});

test('what a spreadsheet would run as a formula is text to it', () => {
  const wicked = ['=HYPERLINK("x")', '+1', '-1', '@SUM(A1)', '\tx', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠x'];
  for (const text of wicked) expect(csvOf([[text]])).toMatch(/^"?'/);
  expect(csvOf([['spo2.low', 'a-b', 'x=1']])).toBe('spo2.low,a-b,x=1\r\n');
  expect(csvOf([[-1]])).toBe('-1\r\n');
});
