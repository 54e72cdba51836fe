import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '@vigil/clock';
import { FhirHttp } from '../../src/adapters/fhir-server/fhir-http.js';
import { HttpFhirServer } from '../../src/adapters/fhir-server/http-fhir-server.js';
import { HttpFhirSink } from '../../src/adapters/fhir-server/sink.js';
import { type FhirResource, FhirSink, type OutResource, type SendOutcome } from '../../src/ports/fhir-server.js';
import { EhrOutWard, HOUR_MINUTES, hourOf, HOUR_OBSERVATIONS, MINUTE_MS, START_MS } from '../support/ehr-out-ward.js';
import { fhirServerOfTests, Hapi } from '../support/hapi.js';
import { ROOT } from '../support/root.js';
import { until } from '../support/until.js';

const found = fhirServerOfTests();

/** Passes everything on, and keeps what was sent and what became of it. */
class Listening extends FhirSink {
  readonly sent = new Map<string, FhirResource>();
  readonly outcomes: string[] = [];
  requests = 0;

  constructor(private readonly sink: FhirSink) {
    super();
  }
  override async send(batch: readonly OutResource[], signal: AbortSignal): Promise<readonly SendOutcome[]> {
    this.requests += 1;
    for (const { identity, resource } of batch) this.sent.set(`${resource.resourceType}-${identity}`, resource);
    const outcomes = await this.sink.send(batch, signal);
    this.outcomes.push(...outcomes.map((each) => (each.is === 'refused' ? `refused ${each.status} ${each.issue}` : each.is)));
    return outcomes;
  }
  override put = (resource: FhirResource, ifVersion: string | null, signal: AbortSignal) =>
    this.sink.put(resource, ifVersion, signal);
}

if ('missing' in found) {
  test.skip(`what goes out against a real FHIR server: ${found.missing}`, () => undefined);
} else {
  describe('what goes out, against a real FHIR server that validates', () => {
    const signal = AbortSignal.timeout(600_000);
    let hapi: Hapi | null = null;
    let http: FhirHttp;
    const refs = new Map<string, string>();

    beforeAll(async () => {
      if ('folder' in found) hapi = await Hapi.start(found.folder, { validate: true });
      const baseUrl = hapi === null ? (found as { readonly url: string }).url : hapi.baseUrl;
      http = new FhirHttp({ baseUrl, auth: null, wallMs: () => Date.now() });
      for (const name of ['ann', 'bob']) {
        const patient = await make({ resourceType: 'Patient', identifier: [{ system: 'urn:test', value: name }] });
        refs.set(`patient/${name}`, patient);
        const encounter = {
          ...{ resourceType: 'Encounter', status: 'in-progress', subject: { reference: `Patient/${patient}` } },
          class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
        };
        refs.set(`encounter/enc-${name}`, await make(encounter));
      }
    }, 210_000);
    afterAll(() => hapi?.stop());

    async function make(body: FhirResource): Promise<string> {
      const answer = await http.exchange({ method: 'POST', url: body.resourceType, body }, signal);
      return String(answer.resource?.['id'] ?? answer.location?.split('/').at(-3));
    }

    async function count(): Promise<number> {
      const answer = await http.exchange({ method: 'GET', url: 'Observation?_summary=count' }, signal);
      return Number(answer.resource?.['total']);
    }

    /** The same hour from a process that is killed in the middle of it; nothing of what it sent is remembered. */
    async function killed(): Promise<void> {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'fhir-out-child.mjs')], {
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      const ended = once(child, 'close');
      child.stdin.end(JSON.stringify([http.baseUrl, Object.fromEntries(refs), hourOf(new EhrOutWard())]));
      await until('some are there', async () => (await count()) >= 150, 120_000);
      child.kill('SIGKILL');
      await ended;
    }

    /** The same hour each time. */
    async function hour(): Promise<{ ward: EhrOutWard; sink: Listening }> {
      const ward = new EhrOutWard('minute', 4);
      ward.links.links.length = 0;
      for (const [name, serverId] of refs) {
        const [kind, localId] = name.split('/') as ['patient' | 'encounter', string];
        const resourceType = kind === 'patient' ? 'Patient' : 'Encounter';
        ward.links.links.push({ kind, localId, resourceType, serverId, version: null });
      }
      ward.lies('bob', 'icu-2');
      ward.stands('mon-2', 'icu-2');
      const sink = new Listening(new HttpFhirSink(http, new SystemClock()));
      await ward.log.append(hourOf(ward));
      const work = ward.work({ sink, server: new HttpFhirServer(http), signal });
      await ward.log.subscribe('fhir', 'checkpoint', ward.reader(work));
      await ward.clock.advance((HOUR_MINUTES + 3) * MINUTE_MS);
      return { ward, sink };
    }

    /** A busy machine lets a request time out; the exporter then rests on the clock of the ward. */
    const settled = (ward: EhrOutWard, what: string, isSo: () => boolean): Promise<boolean> =>
      until(
        what,
        async () => {
          await ward.clock.advance(1_000);
          return isSo();
        },
        300_000,
      );

    /** What the server said of each; `later` is sent again. */
    const said = (sink: Listening): string[] => sink.outcomes.filter((outcome) => outcome !== 'later');
    const isThere = (sink: Listening): number => said(sink).filter((outcome) => !outcome.startsWith('refused')).length;

    test('an hour of 1,000 Observations is taken, every one, and is there once however often it is sent', async () => {
      await killed();
      expect(await count()).toBeLessThan(HOUR_OBSERVATIONS);

      const { ward, sink } = await hour();
      const observations = (): number =>
        [...sink.sent.values()].filter(({ resourceType }) => resourceType === 'Observation').length;
      await settled(ward, 'all are there', () => observations() === HOUR_OBSERVATIONS && isThere(sink) >= sink.sent.size);
      expect(new Set(said(sink))).toEqual(new Set(['stored', 'there-already']));
      expect(await ward.store.counts()).toEqual({ 'no-stay': 0, 'no-identifier': 0, refused: 0 });
      expect(await count()).toBe(HOUR_OBSERVATIONS);

      const again = await hour();
      await settled(again.ward, 'all were there', () => isThere(again.sink) >= sink.sent.size);
      expect(new Set(said(again.sink))).toEqual(new Set(['there-already']));
      expect(await count()).toBe(HOUR_OBSERVATIONS);
      await validate([...sink.sent.values()]);
    }, 600_000);

    test('a series, a charted score and what was put right are taken too', async () => {
      const ward = new EhrOutWard('sampled');
      const patient = refs.get('patient/ann')!;
      ward.links.links.splice(0, 10, {
        kind: 'patient',
        localId: 'ann',
        resourceType: 'Patient',
        serverId: patient,
        version: null,
      });
      const sink = new Listening(new HttpFhirSink(http, new SystemClock()));
      const work = ward.work({ sink, server: new HttpFhirServer(http), signal });
      const before = await count();
      const score = {
        is: 'score',
        form: 'score',
        bedId: 'icu-1',
        deviceId: null,
        name: 'news2',
        slotMs: START_MS,
        atMs: START_MS,
      } as const;
      const parts = [{ part: 'pulse', points: 2, value: 112, atMs: null, source: 'charted' }] as const;
      await work.exporter.deliver([
        { draft: { ...score, bedId: 'icu-1' as never, total: 2, parts: [...parts] }, stay: ward.stays[0]! },
      ]);
      await ward.log.append(Array.from({ length: 60 }, (_, s) => ward.message(START_MS + s * 1_000, { heartRate: 72.5 })));
      await ward.log.subscribe('fhir', 'checkpoint', ward.reader(work));
      await ward.clock.advance(3 * MINUTE_MS);
      await until('the series is there', () => sink.outcomes.length >= 4, 60_000);
      expect(new Set(sink.outcomes)).toEqual(new Set(['stored', 'there-already']));
      expect(await count()).toBe(before + 2);
      const span = {
        fromMs: START_MS,
        toMs: START_MS + MINUTE_MS,
        wrongEncounterId: 'enc-ann',
        encounterId: null,
        bedId: 'icu-1',
      };
      ward.corrected.push({ seq: 1, correctionId: 'c-1', is: 'stay', ...span } as never);
      await work.corrections.look();
      const wrong = await http.exchange({ method: 'GET', url: 'Observation?status=entered-in-error&_summary=count' }, signal);
      expect(Number(wrong.resource?.['total'])).toBeGreaterThanOrEqual(2);
    }, 120_000);

    /** By the HL7 validator, without a network. */
    async function validate(resources: readonly FhirResource[]): Promise<void> {
      if (!('folder' in found)) return;
      const folder = mkdtempSync(join(tmpdir(), 'vigil-fhir-out-'));
      try {
        resources.forEach((resource, n) => writeFileSync(join(folder, `${n}.json`), JSON.stringify(resource)));
        const script = join(ROOT, 'scripts', 'hapi.mjs');
        const said = await new Promise<string>((resolve) => {
          const options = { maxBuffer: 16 * 1024 * 1024 };
          execFile(process.execPath, [script, 'validate', found.folder, folder], options, (error, stdout, stderr) =>
            resolve(`${stdout.trimEnd().split('\n').at(-1)} ${error === null ? '' : stderr.slice(-500)}`),
          );
        });
        expect(said.trim()).toBe(`${resources.length} of ${resources.length} valid`);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  });
}
