import { encrypt } from './encrypt.js';
import { pushMessage } from './web-push-pager.js';
import { vapidKeys } from './vapid.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'base64url');

test('the example of RFC 8291, appendix A, comes out byte for byte', () => {
  const keys = {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  };
  const chance = { salt: bytes('DGv6ra1nlYgDCS1FRnbzlw'), privateKey: bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw') };
  const body = encrypt('When I grow up, I want to be a watermelon', keys, chance, 1);
  expect(body.toString('base64url')).toBe(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  );
});

test('texts of different length are as long as each other, and one that is too long is refused', () => {
  const keys = { p256dh: vapidKeys(Buffer.alloc(32, 1)).publicKey, auth: Buffer.alloc(16).toString('base64url') };
  expect(encrypt('a', keys)).toHaveLength(encrypt('a'.repeat(400), keys).length);
  expect(encrypt('a'.repeat(3_993), keys).length).toBeLessThanOrEqual(4_096);
  expect(() => encrypt('a'.repeat(3_994), keys)).toThrow(RangeError);
});

test('the keys follow from the secret: the same at each start, others at another site', () => {
  expect(vapidKeys(Buffer.alloc(32, 1)).publicKey).toBe(vapidKeys(Buffer.alloc(32, 1)).publicKey);
  expect(vapidKeys(Buffer.alloc(32, 2)).publicKey).not.toBe(vapidKeys(Buffer.alloc(32, 1)).publicKey);
  // Larger than the order of the curve, so that it is no key itself.
  expect(vapidKeys(Buffer.alloc(32, 255)).publicKey).toHaveLength(87);
});

test('a phone that reads the message by itself gets a title, a link to open and a tag that replaces', () => {
  const page = { subject: 'TEST *** High', text: 'TEST *** High. Open: https://v.test/p/abc', kind: 'alarm' } as const;
  const of = (alarmId: string, covers: readonly string[] = ['p']) => {
    const about = { alarmId: alarmId as never, staffId: 'amy' as never, covers, idempotencyKey: `together-${covers.join()}` };
    return JSON.parse(pushMessage({ ...page, ...about }, 'receipt'));
  };
  expect(of('A')).toMatchObject({
    web_push: 8030,
    notification: { title: 'TEST *** High', navigate: 'https://v.test/p/abc', silent: false },
  });
  expect(of('A').notification.tag).toBe(of('A').notification.tag);
  expect(of('A').notification.tag).not.toBe(of('B').notification.tag);
  // What is said of A later leaves on the screen what told of A and B.
  expect(of('A', ['p', 'q']).notification.tag).not.toBe(of('A').notification.tag);
  expect(of('A', ['p', 'q']).notification.tag).toBe(of('A', ['p', 'q']).notification.tag);
});
