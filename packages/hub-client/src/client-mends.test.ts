import { topUp } from './client-mends.js';

test('a grant of credit fills up to what is wanted, whatever is open already', () => {
  const granted: number[] = [];
  const link = topUp({
    credit: 0,
    addCredit(n: number) {
      granted.push(n);
      this.credit += n;
    },
  });
  link.addCredit(900);
  link.credit -= 3;
  link.addCredit(900);
  link.addCredit(900);
  link.addCredit(600);
  expect([granted, link.credit]).toEqual([[900, 3], 900]);
});
