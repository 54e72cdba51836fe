import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainState, consistencyProof, leafHash, nodesAfter, openSigningKeyFile, type Signer } from '@vigil/audit-chain';
import { SystemClock } from '@vigil/clock';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { FileAnchor } from '../../src/adapters/audit-anchors/file-anchor.js';
import { MailAnchor } from '../../src/adapters/audit-anchors/mail-anchor.js';
import { WebhookAnchor } from '../../src/adapters/audit-anchors/webhook-anchor.js';
import { WitnessAnchor } from '../../src/adapters/audit-anchors/witness-anchor.js';
import { notesInOrder } from '../../src/verify/notes-file.js';
import { serveHealth } from '../../src/watchdog/http.js';
import type { Watchdog } from '../../src/watchdog/watchdog.js';
import { Witness } from '../../src/watchdog/witness.js';
import { type AnchorUnderTest, auditAnchorContract } from './audit-anchor.contract.js';

const folder = mkdtempSync(join(tmpdir(), 'vigil-anchor-'));
const signer = openSigningKeyFile(join(folder, 'signing-key.json'), { create: true });
const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A log of entries by one writer; another writer makes another log. */
function logBy(writer: string, by: Signer = signer) {
  const entries = Array.from({ length: 20 }, (_, i) => Buffer.from(`${writer} ${i + 1}`));
  return {
    note: (size: number, timeMs = size * 1_000): string => {
      const state = ChainState.empty();
      for (const entry of entries.slice(0, size)) state.append(entry);
      return by.sign({ size, root: state.frontier.root(), head: state.chainHead, timeMs });
    },
    proofFrom: async (first: number, size: number): Promise<readonly string[]> => {
      const nodes = nodesAfter(ChainState.empty().frontier, (i) => Promise.resolve(entries[i] ? leafHash(entries[i]) : null));
      return (await consistencyProof(first, size, nodes)).map((hash) => hash.toString('base64'));
    },
  };
}
const log = logBy('amy');

async function listen(handler: RequestListener): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/anchor` };
}

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

async function collected(path: string): Promise<string[]> {
  const notes: string[] = [];
  for await (const note of notesInOrder(path)) notes.push(note);
  return notes;
}

describe('FileAnchor', () => {
  const open = async (): Promise<AnchorUnderTest & { readonly path: string }> => {
    const own = mkdtempSync(join(folder, 'file-'));
    const path = join(own, 'deep', 'anchor.txt');
    return {
      path,
      anchor: new FileAnchor(path),
      kept: () => Promise.resolve(readFileSync(path, 'utf8')),
      // A folder is where the file should be: nobody can append to that, not even root.
      breakIt: async () => {
        if (existsSync(path)) renameSync(path, `${path}.aside`);
        mkdirSync(path, { recursive: true });
      },
      mend: async () => rmSync(path, { recursive: true }),
      end: () => Promise.resolve(),
    };
  };
  auditAnchorContract(open, () => log);

  test('only its owner may read the file, and a note behind one that was cut short is found', async () => {
    const { anchor, path } = await open();
    await anchor.publish({ note: log.note(5), proofFrom: () => Promise.resolve([]) });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    appendFileSync(path, `\n\n${log.note(7).slice(0, 60)}`);
    await anchor.publish({ note: log.note(9), proofFrom: () => Promise.resolve([]) });
    expect(await collected(path)).toEqual([log.note(5), log.note(9)]);
  });
});

describe('WebhookAnchor', () => {
  auditAnchorContract(
    async () => {
      const got: string[] = [];
      let status = 204;
      const { server, url } = await listen((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          new Webhook(secret).verify(body, request.headers as Record<string, string>);
          if (status === 204) got.push((JSON.parse(body) as { data: { note: string } }).data.note);
          response.writeHead(status, status === 302 ? { location: url } : {}).end();
        });
      });
      return {
        anchor: new WebhookAnchor({ url, secret, clock: new SystemClock() }),
        kept: () => Promise.resolve(got.join('\n')),
        breakIt: async () => void (status = 302),
        mend: async () => void (status = 204),
        end: () => stop(server),
      };
    },
    () => log,
  );

  test('plain http is for this machine only', () => {
    const clock = new SystemClock();
    expect(() => new WebhookAnchor({ url: 'http://169.254.169.254/x', secret, clock })).toThrow(/must be https/);
    expect(() => new WebhookAnchor({ url: 'https://anchor.test/x', secret: '', clock })).toThrow();
  });
});

describe('MailAnchor', () => {
  const open = async (): Promise<AnchorUnderTest> => {
    const mails: string[] = [];
    let isBroken = false;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      closeTimeout: 100,
      onData(stream, _session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (isBroken) return done(Object.assign(new Error('no officer@hospital.test'), { responseCode: 451 }));
          const [, ...body] = Buffer.concat(chunks).toString().split('\r\n\r\n');
          mails.push(Buffer.from(body.join(''), 'base64').toString().replaceAll('\r\n', '\n'));
          done();
        });
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.server.address() as AddressInfo;
    const anchor = new MailAnchor({ url: `smtp://127.0.0.1:${port}`, from: 'v@hospital.test', to: ['officer@hospital.test'] });
    return {
      anchor,
      kept: () => Promise.resolve(mails.join('\n')),
      breakIt: async () => void (isBroken = true),
      mend: async () => void (isBroken = false),
      end: async () => {
        await anchor.close();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      },
    };
  };
  auditAnchorContract(open, () => log);

  test('the text of a mail is a file that the verifier finds the note in, quoted or with other line ends', async () => {
    const t = await open();
    await t.anchor.publish({ note: log.note(5), proofFrom: () => Promise.resolve([]) });
    const text = await t.kept();
    await t.end();
    const path = join(folder, 'mail.txt');
    for (const saved of [text, text.replaceAll('\n', '\r\n'), text.replace(/^/gm, '> ')]) {
      rmSync(path, { force: true });
      appendFileSync(path, `${saved}\nKind regards\n`);
      expect(await collected(path)).toEqual([log.note(5)]);
    }
  });
});

describe('WitnessAnchor', () => {
  const open = async () => {
    const own = mkdtempSync(join(folder, 'witness-'));
    const witness = new Witness({ file: join(own, 'witness.json'), readKeys: () => signer.publicKeys, wallMs: () => Date.now() });
    let token: string | null = 'the-token';
    const watchdog = { auditProblem: () => (witness.changed === null ? null : 'audit-log-changed') } as unknown as Watchdog;
    const { server, port } = await serveHealth(watchdog, 0, { witness, readToken: () => token });
    const url = `http://127.0.0.1:${port}`;
    const anchor = new WitnessAnchor({ url: `${url}/audit/add-checkpoint`, readToken: () => 'the-token' });
    return {
      anchor,
      url,
      witness,
      kept: () => Promise.resolve((JSON.parse(readFileSync(join(own, 'witness.json'), 'utf8')) as { note: string }).note),
      breakIt: async () => void (token = null),
      mend: async () => void (token = 'the-token'),
      end: () => stop(server),
    };
  };
  auditAnchorContract(open, () => log);

  test('a note that the witness has gone beyond is old news: it is taken, and holds up none behind it', async () => {
    const { anchor, witness, kept, end } = await open();
    await anchor.publish({ note: log.note(9), proofFrom: () => Promise.resolve([]) });
    await anchor.publish({ note: log.note(5), proofFrom: () => Promise.resolve([]) });
    expect([await kept(), witness.changed]).toEqual([log.note(9), null]);
    await end();
  });

  test('a new process finds out by itself what the witness has', async () => {
    const t = await open();
    const publish = (anchor: WitnessAnchor, size: number): Promise<void> =>
      anchor.publish({ note: log.note(size), proofFrom: (first) => log.proofFrom(first, size) });
    await publish(t.anchor, 5);
    await publish(new WitnessAnchor({ url: `${t.url}/audit/add-checkpoint`, readToken: () => 'the-token' }), 12);
    expect(await t.kept()).toBe(log.note(12));
    await t.end();
  });

  test('another log is refused for good, and the health of the watchdog says so', async () => {
    const t = await open();
    await t.anchor.publish({ note: log.note(12), proofFrom: () => Promise.resolve([]) });
    const other = logBy('eve');
    const publish = (size: number): Promise<void> =>
      t.anchor.publish({ note: other.note(size, 99_000), proofFrom: (first) => other.proofFrom(first, size) });
    for (const size of [15, 12, 7]) await expect(publish(size)).rejects.toMatchObject({ code: 'anchor-refused' });
    const health = await fetch(`${t.url}/health/ready`);
    expect([health.status, await health.text()]).toEqual([503, 'audit-log-changed\n']);
    expect(await t.kept()).toBe(log.note(12));
    await t.end();
  });

  test.each([
    ['without the token', { method: 'POST', body: 'x' }, 401],
    ['by GET', { method: 'GET' }, 405],
    ['of 20 KiB', { method: 'POST', body: 'x'.repeat(20_480), headers: { authorization: 'Bearer the-token' } }, 413],
  ] as const)('a request %s is refused', async (_, init, status) => {
    const t = await open();
    expect((await fetch(`${t.url}/audit/add-checkpoint`, init)).status).toBe(status);
    await t.end();
  });
});
