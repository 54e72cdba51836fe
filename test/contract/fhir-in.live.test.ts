/** Reading from a real FHIR R4 server: HAPI, or what VIGIL_TEST_FHIR_URL names. The fake of the other tests promises the same. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { SystemClock } from '@vigil/clock';
import { fhirEncounter, fhirLocation, fhirPatient, openReader, type ReaderUnderTest } from '../support/ehr-reader.js';
import { fhirServerOfTests, Hapi } from '../support/hapi.js';
import { until } from '../support/until.js';

const found = fhirServerOfTests();
if ('missing' in found) process.stdout.write(`skipped: reading from a real FHIR server (${found.missing})\n`);
jest.setTimeout(300_000);
/** A hook arrives within seconds; HAPI looks for new subscriptions every minute. */
const HOOK_MS = 90_000;

interface Hook {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

('missing' in found ? describe.skip : describe)('a real FHIR server', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-hapi-'));
  const run = randomUUID().slice(0, 8);
  const clock = new SystemClock();
  const readers: ReaderUnderTest[] = [];
  const hooks: Hook[] = [];
  let hapi: Hapi | null = null;
  let baseUrl: string;
  let receiver: Server;
  let bed1: string;
  let bed2: string;

  const put = async (resource: object, id?: string): Promise<{ readonly id: string }> => {
    const { resourceType } = resource as { readonly resourceType: string };
    const response = await fetch(`${baseUrl}/${resourceType}${id === undefined ? '' : `/${id}`}`, {
      method: id === undefined ? 'POST' : 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(id === undefined ? resource : { ...resource, id }),
    });
    expect(response.status).toBeLessThan(300);
    return (await response.json()) as { readonly id: string };
  };
  const open = async (more: Parameters<typeof openReader>[1] = {}): Promise<ReaderUnderTest> => {
    const reader = await openReader(baseUrl, { readerClock: clock, ...more });
    readers.push(reader);
    return reader;
  };
  const minutesAgo = (count: number): number => Math.floor(Date.now() / 1_000) * 1_000 - count * 60_000;
  const admission = async (mrn: string) => {
    const { id } = await put(fhirPatient(`${mrn}-${run}`));
    const sinceMs = minutesAgo(30);
    const { id: encounterId } = await put(fhirEncounter(id, [[bed1, sinceMs]]));
    return { id, encounterId, sinceMs };
  };
  const visits = ({ inbound }: ReaderUnderTest, patientId: string) =>
    inbound.moves.filter(({ visit }) => visit?.value === `V-${patientId}`);

  beforeAll(async () => {
    if ('missing' in found) return;
    if ('folder' in found) hapi = await Hapi.start(found.folder, { validate: false, dataDir });
    baseUrl = hapi?.baseUrl ?? ('url' in found ? found.url : '');
    bed1 = (await put(fhirLocation('B-icu-1'))).id;
    bed2 = (await put(fhirLocation('B-icu-2'))).id;
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        hooks.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const reader of readers) {
      await reader.reader.stop();
      await reader.end();
    }
    receiver?.close();
    await hapi?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('a patient who lies here is looked up by the record number and linked', async () => {
    const t = await open();
    const person = { name: [{ family: 'Testman', given: ['Tim'] }], birthDate: '1960-01-02', gender: 'male' };
    const { id } = await put(fhirPatient('M1', person));
    await t.reader.look();
    expect((await t.stores.ehrLinks.ofLocal('patient', 'pat-1'))?.serverId).toBe(id);
  });

  test('a look finds what changed since the last one, in order, each version once', async () => {
    const t = await open();
    await t.reader.look();
    const { id, encounterId, sinceMs } = await admission('M9');
    await t.reader.look();
    // Within the minute in which this server answers a search from one that it did before, unless it is told not to.
    const movedMs = minutesAgo(10);
    await put(
      fhirEncounter(id, [
        [bed1, sinceMs],
        [bed2, movedMs],
      ]),
      encounterId,
    );
    await t.reader.look();
    await t.reader.look();
    const moves = visits(t, id);
    expect(moves.map(({ kind, atMs, place }) => [kind, atMs, place?.value])).toEqual([
      ['admit', sinceMs, 'B-icu-1'],
      ['transfer', movedMs, 'B-icu-2'],
    ]);
    expect(moves[0]).toMatchObject({ identifiers: [{ value: `M9-${run}` }], person: { familyName: 'SAMPLE', sex: 'female' } });
  });

  test('more than a page of changes is read to the end', async () => {
    const t = await open();
    await t.reader.look();
    const { id } = await put(fhirPatient(`M50-${run}`));
    for (let count = 0; count < 12; count++) {
      await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          put({
            ...fhirEncounter(id, [[bed1, minutesAgo(5)]]),
            identifier: [{ system: 'urn:hospital:visit', value: `P-${count}-${n}-${run}` }],
          }),
        ),
      );
    }
    await t.reader.look();
    const own = t.inbound.moves.filter(({ visit }) => visit?.value.startsWith('P-') === true);
    expect(new Set(own.map(({ visit }) => visit?.value)).size).toBe(120);
    expect(own).toHaveLength(120);
  });

  test('a deleted patient is gone, and a read of it is no error', async () => {
    const { id } = await put(fhirPatient(`M66-${run}`));
    const t = await open();
    await t.reader.look();
    await fetch(`${baseUrl}/Patient/${id}`, { method: 'DELETE' });
    await t.reader.look();
    expect(t.inbound.told.filter((told) => told === 'deleted-at-source')).toEqual([]);
  });

  test('the rest-hook arrives with its bearer and without content, and only makes the next look come sooner', async () => {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    // Nothing but a hint brings a look within the hour.
    const t = await open({ pollMs: 3_600_000, hint: { url, bearer: () => Promise.resolve('hook-bearer') } });
    t.reader.start();
    const isActive = async (): Promise<boolean> => {
      const response = await fetch(`${baseUrl}/Subscription?url=${encodeURIComponent(url)}`, {
        headers: { 'cache-control': 'no-cache' },
      });
      const { entry = [] } = (await response.json()) as {
        readonly entry?: readonly { readonly resource: { readonly status: string } }[];
      };
      return entry.length === 5 && entry.every(({ resource }) => resource.status === 'active');
    };
    await until('the subscriptions to be active', isActive, HOOK_MS);
    // The look with which it starts would find the admission by itself.
    await until('the first look to be over', () => t.reader.state().readUntilWallMs !== null, HOOK_MS);
    const before = hooks.length;
    const { id } = await admission('M10');
    await until('a hook', () => hooks.length > before, HOOK_MS);
    for (const { headers, body } of hooks) expect([headers.authorization, body]).toEqual(['Bearer hook-bearer', '']);
    expect(hooks.map((hook) => hook.url).every((path) => path === '/hook')).toBe(true);
    expect(visits(t, id)).toEqual([]);
    // What the platform does with it.
    await until(
      'the look',
      () => {
        t.reader.hint();
        return visits(t, id).length > 0;
      },
      HOOK_MS,
    );
    expect(visits(t, id).map(({ kind }) => kind)).toEqual(['admit']);
    await t.reader.stop();
  });

  ('folder' in found ? test : test.skip)('a restart of the server in between loses nothing and tells nothing twice', async () => {
    const t = await open();
    await t.reader.look();
    const { id, encounterId, sinceMs } = await admission('M11');
    await t.reader.look();
    await hapi!.stop();
    await expect(t.reader.look()).rejects.toMatchObject({ code: 'ehr-unavailable', why: 'unreached' });
    await hapi!.restart();
    await t.reader.look();
    await put(fhirEncounter(id, [[bed1, sinceMs]], { status: 'finished' }), encounterId);
    await t.reader.look();
    expect(visits(t, id).map(({ kind }) => kind)).toEqual(['admit', 'discharge']);
  });
});
