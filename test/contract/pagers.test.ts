import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '@vigil/clock';
import { compactVerify, importJWK } from 'jose';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { MemoryPager } from '../../src/adapters/memory/memory-pager.js';
import { NetGuard } from '../../src/adapters/net-guard/net-guard.js';
import { SmtpPager } from '../../src/adapters/smtp/smtp-pager.js';
import { SmsPager } from '../../src/adapters/twilio/sms-pager.js';
import { VoicePager } from '../../src/adapters/twilio/voice-pager.js';
import { SignedTokens } from '../../src/adapters/signed-tokens/signed-tokens.js';
import { vapidKeys } from '../../src/adapters/web-push/vapid.js';
import { WebPushKeys } from '../../src/adapters/web-push/web-push-keys.js';
import { WebPushPager } from '../../src/adapters/web-push/web-push-pager.js';
import { WebhookPager } from '../../src/adapters/webhook/webhook-pager.js';
import type { OutgoingPage, Pager } from '../../src/ports/pager.js';
import { pagerContract, pageTo, type PagerUnderTest, type ReceivedPage, type Refusal } from './pager.contract.js';

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
/** For a test of what never answers. */
const IMPATIENT = { timeoutMs: 100 } as const;
const clock = new SystemClock();

async function smtp(): Promise<PagerUnderTest & { readonly mails: string[] }> {
  const mails: string[] = [];
  let refusal: number | 'hang' | null = null;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    closeTimeout: 100,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refusal === 'hang') return;
        if (refusal !== null) return done(Object.assign(new Error('no amy@hospital.test'), { responseCode: refusal }));
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  let closed = false;
  const options = { url: `smtp://127.0.0.1:${port}`, from: 'Vigil <vigil@hospital.test>' };
  return {
    pager: new SmtpPager(options),
    impatient: new SmtpPager({ ...options, ...IMPATIENT }),
    mails,
    also: ['hang'],
    received: () => Promise.resolve(mails.map(readMail)),
    refuse: (how) => void (refusal = how === 'later' ? 451 : how === 'hang' ? 'hang' : 550),
    end: async () => {
      if (closed) return;
      closed = true;
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

/** Enough of a mail reader for plain text with short headers. */
function readMail(mail: string): ReceivedPage {
  const [head = '', ...rest] = mail.split('\r\n\r\n');
  const unfolded = head.replace(/\r\n[ \t]/g, ' ');
  const header = (name: string): string => new RegExp(`^${name}: (.*)$`, 'mi').exec(unfolded)?.[1] ?? '';
  const body = rest.join('\r\n\r\n').trimEnd();
  const quoted = /quoted-printable/i.test(header('Content-Transfer-Encoding'));
  const text = quoted
    ? body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
    : body;
  return { key: /<(.*)@vigil>/.exec(header('Message-ID'))?.[1] ?? '', subject: header('Subject'), text };
}

interface Provider {
  readonly base: string;
  readonly host: string;
  readonly statuses: number[];
  readonly got: ReceivedPage[];
  refuse(how: Refusal): void;
  end(): Promise<void>;
}

const STATUS: Readonly<Record<Refusal, number>> = {
  later: 503,
  never: 400,
  busy: 429,
  redirect: 302,
  garbage: 200,
  hang: 0,
  gone: 410,
};

/** A provider over HTTP that looks at each request as the real one does: what `read` refuses is answered 401 and kept as nothing. */
async function provider(
  read: (request: IncomingMessage, body: Buffer) => Promise<ReceivedPage> | ReceivedPage,
  taken: { readonly status: number; readonly body: string },
  goneBody = '',
): Promise<Provider> {
  const got: ReceivedPage[] = [];
  const statuses: number[] = [];
  let how: Refusal | null = null;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void (async () => {
        const status = how === null ? taken.status : STATUS[how];
        statuses.push(status);
        if (how === 'hang') return;
        try {
          const page = await read(request, Buffer.concat(chunks));
          if (how === null) got.push(page);
          const body = how === null ? taken.body : how === 'gone' ? goneBody : how === 'garbage' ? '<html>amy@hospital' : '';
          response.writeHead(how === 'gone' && goneBody !== '' ? 400 : status, { location: '/elsewhere' }).end(body);
        } catch {
          response.writeHead(401).end();
        }
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    statuses,
    got,
    refuse: (next) => void (how = next),
    end: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const underTest = (p: Provider, make: (more: { readonly timeoutMs?: number }) => Pager, also: readonly Refusal[]) => ({
  pager: make({}),
  impatient: make(IMPATIENT),
  also,
  statuses: p.statuses,
  received: () => Promise.resolve(p.got),
  refuse: p.refuse,
  end: p.end,
});

/** A pager whose pages all go to one address. */
const sentTo = <T extends Pager>(address: string, pager: T): T =>
  Object.assign(Object.create(pager) as T, { send: (page: OutgoingPage) => pager.send({ ...page, address }) });

function verified(request: IncomingMessage, body: Buffer): ReceivedPage {
  // Throws unless the signature is that of this body, id and time.
  const event = new Webhook(secret).verify(body.toString(), request.headers as Record<string, string>) as {
    readonly data: ReceivedPage;
  };
  return { ...event.data, key: String(request.headers['webhook-id']) };
}

const HTTP_ALSO = ['busy', 'redirect', 'hang'] as const;

async function webhook() {
  const p = await provider(verified, { status: 204, body: '' });
  const site = { url: `${p.base}/hook?key=hospital`, secret };
  return underTest(p, (more) => new WebhookPager({ site, guard: new NetGuard(), clock, ...more }), HTTP_ALSO);
}

/** Of one person: the address says where, and the guard lets it because the site allows the host. */
async function personal() {
  const p = await provider(verified, { status: 204, body: '' });
  const guard = new NetGuard([p.host]);
  const at = JSON.stringify({ url: `${p.base}/mine`, secret });
  return underTest(p, (more) => sentTo(at, new WebhookPager({ site: null, guard, clock, ...more })), [...HTTP_ALSO, 'gone']);
}

const keys = vapidKeys(Buffer.alloc(32, 5));
const browser = createECDH('prime256v1');
browser.generateKeys();
const auth = randomBytes(16);

/** Decrypts as a browser does (RFC 8291, section 3.4), after the token was checked as a push service does (RFC 8292, section 4.2). */
async function opened(request: IncomingMessage, body: Buffer): Promise<ReceivedPage> {
  const [, token = '', key = ''] = /^vapid t=([^,]+), k=(.+)$/.exec(request.headers.authorization ?? '') ?? [];
  const point = Buffer.from(key, 'base64url');
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const { payload } = await compactVerify(token, await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256'));
  const claims = JSON.parse(Buffer.from(payload).toString()) as { aud: string; exp: number; sub: string };
  const leftS = claims.exp - Date.now() / 1_000;
  if (claims.aud !== `http://${request.headers.host}` || leftS < 0 || leftS > 86_400 || claims.sub !== 'mailto:it@h.test') {
    throw new Error('not for this push service');
  }
  const [salt, theirs] = [body.subarray(0, 16), body.subarray(21, 86)];
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), theirs]);
  const ikm = Buffer.from(hkdfSync('sha256', browser.computeSecret(theirs), auth, info, 32));
  const cek = Buffer.from(hkdfSync('sha256', ikm, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16));
  const nonce = Buffer.from(hkdfSync('sha256', ikm, salt, Buffer.from('Content-Encoding: nonce\0'), 12));
  const decipher = createDecipheriv('aes-128-gcm', cek, nonce);
  decipher.setAuthTag(body.subarray(-16));
  const padded = Buffer.concat([decipher.update(body.subarray(86, -16)), decipher.final()]);
  const message = JSON.parse(padded.subarray(0, padded.lastIndexOf(2)).toString()) as {
    readonly web_push: number;
    readonly notification: { readonly title: string; readonly body: string; readonly navigate: string };
  };
  if (message.web_push !== 8030 || request.headers.ttl !== '600' || request.headers.urgency !== 'high') throw new Error('odd');
  const { title, body: words, navigate } = message.notification;
  return { key: 'page-1', subject: title, text: `${words} ${navigate}` };
}

async function webPush() {
  const p = await provider(opened, { status: 201, body: '' });
  const guard = new NetGuard([p.host]);
  const at = JSON.stringify({
    endpoint: `${p.base}/push/amy@hospital`,
    p256dh: browser.getPublicKey().toString('base64url'),
    auth: auth.toString('base64url'),
  });
  const options = { keys: new WebPushKeys(() => Promise.resolve(keys), tokens), subject: 'mailto:it@h.test', guard, clock };
  return underTest(p, (more) => sentTo(at, new WebPushPager({ ...options, ...more })), [...HTTP_ALSO, 'gone']);
}

const ACCOUNT = 'AC0123456789';
const TOKEN = 'token-of-the-provider';

/** Looks at what a provider with the Twilio API looks at: account, password, sender, number, and the token against doubles. */
function form(request: IncomingMessage, body: Buffer, resource: string): URLSearchParams {
  const expected = `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`;
  const fields = new URLSearchParams(body.toString());
  const isWhole =
    request.url === `/2010-04-01/Accounts/${ACCOUNT}/${resource}.json` && request.headers.authorization === expected;
  if (!isWhole || fields.get('To') !== '+43123456789' || fields.get('From') !== '+43999') throw new Error('odd');
  if ([...fields.keys()].length !== new Set(fields.keys()).size) throw new Error('a field twice');
  if (request.headers['i-twilio-idempotency-token'] === undefined) throw new Error('no token');
  if (!fields.get('StatusCallback')?.startsWith('https://vigil.test/api/v1/providers/twilio/status?page='))
    throw new Error('odd');
  return fields;
}

const TAKEN = { status: 201, body: JSON.stringify({ sid: 'SM123', status: 'queued' }) };
const NO_NUMBER = JSON.stringify({ code: 21_211, message: "The 'To' number +43123456789 is not valid", status: 400 });
const accountAt = (p: Provider) => ({
  ...{ baseUrl: p.base, account: ACCOUNT, token: TOKEN, publicUrl: 'https://vigil.test' },
});

async function sms() {
  const p = await provider(
    (request, body) => {
      const text = form(request, body, 'Messages').get('Body')!;
      return { key: 'page-1', subject: text.replace(/\. (Open: )?https?:\S+$/, ''), text };
    },
    TAKEN,
    NO_NUMBER,
  );
  return underTest(p, (more) => new SmsPager({ ...accountAt(p), ...more }, '+43999'), [...HTTP_ALSO, 'garbage', 'gone']);
}

const tokens = new SignedTokens({ secret: () => Promise.resolve(Buffer.alloc(32, 9)) }, clock, 'voice-token');

async function voice() {
  const p = await provider(
    (request, body) => {
      const twiml = form(request, body, 'Calls').get('Twiml')!;
      if (/<Dial|<Redirect|<Play/.test(twiml)) throw new Error('more than speech');
      const said = /<Say[^>]*>([^<]*)<\/Say>/.exec(twiml)![1]!;
      return { key: 'page-1', subject: said, text: said };
    },
    TAKEN,
    NO_NUMBER,
  );
  return underTest(p, (more) => new VoicePager({ ...accountAt(p), ...more }, '+43999', tokens), [
    ...HTTP_ALSO,
    'garbage',
    'gone',
  ]);
}

function memory(): Promise<PagerUnderTest> {
  const pager = new MemoryPager();
  return Promise.resolve({
    pager,
    also: [],
    received: () => Promise.resolve(pager.sent.map((p) => ({ key: p.idempotencyKey, subject: p.subject, text: p.text }))),
    refuse: (how) => void (pager.failing = { retryable: how === 'later' }),
    end: () => Promise.resolve(void (pager.failing = { retryable: true })),
  });
}

describe('SmtpPager', () => {
  pagerContract(smtp);

  test('a mail is plain text, to the person by name, and no reply is asked for', async () => {
    const t = await smtp();
    await t.pager.send(pageTo());
    await t.end();
    expect(t.mails[0]).toMatch(/^Content-Type: text\/plain/m);
    expect(t.mails[0]).toMatch(/^Auto-Submitted: auto-generated/m);
    expect(t.mails[0]).toMatch(/^To: .*<amy@hospital\.test>/m);
  });
});

describe('WebhookPager', () => {
  pagerContract(webhook, 'amy');

  test('a redirect is not followed', async () => {
    const t = await webhook();
    t.refuse('redirect');
    await expect(t.pager.send(pageTo({ address: 'amy' }))).rejects.toMatchObject({ retryable: false });
    await t.end();
    expect(t.statuses).toEqual([302]);
  });

  test('an address that would send the link in the clear is refused', () => {
    const at = (url: string) => new WebhookPager({ site: { url, secret }, guard: new NetGuard(), clock });
    expect(() => at('http://pager.hospital.test/x')).toThrow(/https/);
    expect(() => at('https://pager.hospital.test/x')).not.toThrow();
  });
});

describe('WebhookPager of a person', () => pagerContract(personal));

describe('WebPushPager', () => pagerContract(webPush));

describe('SmsPager', () => {
  pagerContract(sms, '+43123456789');
});

describe('VoicePager', () => {
  pagerContract(voice, '+43123456789', ({ subject }) => {
    const said = subject.replace('*** ', '');
    return { subject: said, text: said };
  });

  test('a key answers for one page and ten minutes; the signature of another one is no key', async () => {
    const token = await tokens.issue('page-1');
    expect(await tokens.read(token)).toBe('page-1');
    const [, expires, signature] = token.split('.');
    const other = Buffer.from('page-2').toString('base64url');
    expect(await tokens.read([other, expires, signature].join('.'))).toBeNull();
    expect(await tokens.read(token.replace(expires!, String(Number(expires) + 1)))).toBeNull();
    const late = new SignedTokens(
      { secret: () => Promise.resolve(Buffer.alloc(32, 9)) },
      { wallMs: () => clock.wallMs() + 600_000 },
      'voice-token',
    );
    expect(await late.read(token)).toBeNull();
  });
});

describe('MemoryPager', () => pagerContract(memory));
