import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { Webhook } from 'standardwebhooks';

const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
const code = /```js\n([\s\S]*?)```/
  .exec(page)![1]!
  .replace(/^import .*$/m, '')
  .replace('export function', 'function');
const secret = `whsec_${Buffer.alloc(24, 3).toString('base64')}`;
type Verifier = (message: {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly secret: string;
  readonly nowMs: number;
}) => 'new' | 'again' | null;
const open = (): Verifier =>
  runInNewContext(`${code}; verdictOf`, { ...crypto, createHmac: crypto.createHmac, Buffer, Map, Date }) as Verifier;

const NOW = 1_800_000_000_000;
function message(id = 'page-1', body = '{"type":"page.queued"}') {
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(NOW / 1_000),
    'webhook-signature': new Webhook(secret).sign(id, new Date(NOW), body),
  };
  return { headers, body, secret, nowMs: NOW };
}

test('the verifier of the page takes what is signed, and tells what comes again', () => {
  const verdictOf = open();
  expect([verdictOf(message()), verdictOf(message()), verdictOf(message('page-2'))]).toEqual(['new', 'again', 'new']);
});

test.each([
  ['another body', { ...message(), body: '{}' }],
  ['another secret', { ...message(), secret: `whsec_${Buffer.alloc(24, 4).toString('base64')}` }],
  ['a time that is over', { ...message(), nowMs: NOW + 300_001 }],
  ['a time to come', { ...message(), nowMs: NOW - 300_001 }],
  ['no signature', { ...message(), headers: { ...message().headers, 'webhook-signature': '' } }],
  ['no time', { ...message(), headers: { ...message().headers, 'webhook-timestamp': 'x' } }],
])('and refuses %s', (_what, refused) => expect(open()(refused)).toBeNull());
