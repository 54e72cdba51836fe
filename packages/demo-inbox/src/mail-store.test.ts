import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAILS_MAX, MailStore } from './mail-store.js';

const mail = (n: number) => ({ receivedAtMs: n, from: 'a@demo.invalid', to: ['b@demo.invalid'], subject: `${n}`, text: '' });

test('the newest mails are kept, and neither memory nor file grows beyond its bound', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-mails-'));
  const store = new MailStore(dir);
  for (let n = 1; n <= MAILS_MAX * 2 + 5; n++) store.add(mail(n));
  expect(store.list()).toHaveLength(MAILS_MAX);
  expect(store.list()[0]?.subject).toBe(`${MAILS_MAX * 2 + 5}`);
  expect(readFileSync(join(dir, 'mails.jsonl'), 'utf8').split('\n').length).toBeLessThanOrEqual(MAILS_MAX * 2);
  store.close();
  const reopened = new MailStore(dir);
  expect(reopened.list()[0]?.id).toBe(`m-${MAILS_MAX * 2 + 5}`);
  reopened.close();
});
