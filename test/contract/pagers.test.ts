import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '@vigil/clock';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { MemoryPager } from '../../src/adapters/memory/memory-pager.js';
import { SmtpPager } from '../../src/adapters/smtp/smtp-pager.js';
import { WebhookPager } from '../../src/adapters/webhook/webhook-pager.js';
import { pagerContract, type PagerUnderTest, queuedPage, type ReceivedPage } from './pager.contract.js';

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

async function smtp(): Promise<PagerUnderTest & { readonly mails: string[] }> {
  const mails: string[] = [];
  let refusal: number | null = null;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    closeTimeout: 100,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refusal !== null) return done(Object.assign(new Error('no amy@hospital.test'), { responseCode: refusal }));
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  let closed = false;
  return {
    pager: new SmtpPager({ url: `smtp://127.0.0.1:${port}`, from: 'Vigil <vigil@hospital.test>' }),
    mails,
    received: () => Promise.resolve(mails.map(readMail)),
    refuse: (how) => void (refusal = how === 'later' ? 451 : 550),
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

async function webhook(): Promise<PagerUnderTest & { readonly requests: number[] }> {
  const got: ReceivedPage[] = [];
  const requests: number[] = [];
  let status = 204;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push(status);
      const body = Buffer.concat(chunks).toString();
      // Throws unless the signature is that of this body, id and time.
      const event = new Webhook(secret).verify(body, request.headers as Record<string, string>) as { data: ReceivedPage };
      if (status === 204) got.push({ ...event.data, key: String(request.headers['webhook-id']) });
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/hook?key=hospital`;
  return {
    pager: new WebhookPager({ url, secret, clock: new SystemClock() }),
    requests,
    received: () => Promise.resolve(got),
    refuse: (how) => void (status = how === 'later' ? 503 : 302),
    end: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function memory(): Promise<PagerUnderTest> {
  const pager = new MemoryPager();
  return Promise.resolve({
    pager,
    received: () => Promise.resolve(pager.sent.map((p) => ({ key: p.idempotencyKey, subject: p.subject, text: p.text }))),
    refuse: (how) => void (pager.failing = { retryable: how === 'later' }),
    end: () => Promise.resolve(void (pager.failing = { retryable: true })),
  });
}

describe('SmtpPager', () => {
  pagerContract(smtp);

  test('a mail is plain text, to the person by name, and no reply is asked for', async () => {
    const t = await smtp();
    await t.pager.send(queuedPage());
    await t.end();
    expect(t.mails[0]).toMatch(/^Content-Type: text\/plain/m);
    expect(t.mails[0]).toMatch(/^Auto-Submitted: auto-generated/m);
    expect(t.mails[0]).toMatch(/^To: .*<amy@hospital\.test>/m);
  });
});

describe('WebhookPager', () => {
  pagerContract(webhook);

  test('a redirect is not followed', async () => {
    const t = await webhook();
    t.refuse('never');
    await expect(t.pager.send(queuedPage())).rejects.toMatchObject({ retryable: false });
    await t.end();
    expect(t.requests).toEqual([302]);
  });

  test('an address that would send the link in the clear is refused', () => {
    const clock = new SystemClock();
    expect(() => new WebhookPager({ url: 'http://pager.hospital.test/x', secret, clock })).toThrow(/https/);
    expect(() => new WebhookPager({ url: 'https://pager.hospital.test/x', secret, clock })).not.toThrow();
  });
});

describe('MemoryPager', () => pagerContract(memory));
