import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeClock } from '@vigil/clock';
import { type AlarmId, AlarmTransition } from '@vigil/contracts';
import { alarmIdOf, PlatformError, traceIds } from '@vigil/domain';
import { OtlpHttpSink } from '../adapters/otlp/otlp-http.js';
import { SettingsError } from '../config.js';
import { tracingOf } from '../config-tracing.js';
import type { AlarmRecord } from '../ports/alarm-records.js';
import type { TraceSpan } from '../ports/trace-sink.js';
import { alarmPath } from './alarm-path.js';
import { alarmTrace } from './alarm-trace.js';
import { TraceExporter } from './trace-exporter.js';

const AT = Date.UTC(2026, 10, 22, 3, 17, 11);
const ids = traceIds(Buffer.alloc(32, 1));
const alarmId = alarmIdOf('canary-bed', 'spo2.low', AT);
const FACTS = { kind: 'physiological', priority: 'high', origin: 'live' };

const transition = AlarmTransition.parse({
  ...{ v: 1, alarmId, rev: 1, cause: 'onset', bedId: 'canary-bed', gatewayId: null },
  ...{ encounterId: 'canary-stay', conditionCode: 'spo2.low', kind: 'physiological', priority: 'high', metric: 'spo2' },
  ...{ active: true, presence: 'on', onsetMs: AT, atMs: AT, ruleId: 'canary-rule', ruleSetHash: 'abcdef0123456789' },
  ...{ origin: 'live', by: null, commandId: null },
  evidence: { value: 82, unit: '%', limit: 90, side: 'low', samples: null, samplesExpected: null },
  trigger: {
    ...{ deviceId: 'canary-mon', gatewayId: 'canary-gw', bootId: 'canary-boot', seq: 42 },
    ...{ deviceAtMs: AT, gatewayAtMs: AT + 20 },
  },
});
const hop = {
  partition: 3,
  sequence: 77,
  hubWallMs: AT + 50,
  readWallMs: AT + 60,
  steppedWallMs: AT + 61,
  storedWallMs: AT + 70,
};
const record: AlarmRecord = {
  ...{ steps: [{ transition, hop }], stepsCut: false, ruleSet: null, proposedBy: null, approvedBy: null },
  escalation: { state: 'running', startedWallMs: AT + 70, acceptedBy: null, acceptedWallMs: null },
  pages: [
    {
      ...{ step: 0, staffId: 'canary-amy', channel: 'smtp', reason: 'nurse of the bed', state: 'sent' },
      ...{ queuedWallMs: AT + 100, sentWallMs: AT + 300 },
    },
  ],
  ...{ pagesCut: false, others: [], names: new Map() },
};
const pathOf = (of: AlarmRecord) => alarmPath(of, { isWall: true, wallMs: AT + 60_000 });
const shown = (spans: readonly TraceSpan[]) => spans.map(({ name, fromMs, toMs }) => [name, fromMs - AT, toMs - AT]);

describe('the trace of an alarm', () => {
  test('has one span for each part of the way, one after the other, under one that is all of it', () => {
    const spans = alarmTrace(pathOf(record), FACTS, { ids, isWall: true });
    expect(shown(spans)).toEqual([
      ['alarm', 0, 300],
      ['device to gateway', 0, 20],
      ['gateway to hub', 20, 50],
      ['hub to engine', 50, 60],
      ['decide', 60, 61],
      ['store', 61, 70],
      ['escalate', 70, 100],
      ['send page', 100, 300],
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(new Set(spans.slice(1).map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([spans[0]!.spanId]));
    expect(spans.some(({ isWrong }) => isWrong)).toBe(false);
    expect(ids.traceparent(alarmId, 'pageSent')).toBe(`00-${spans[0]!.traceId}-${spans.at(-1)!.spanId}-01`);
    expect(ids.traceparent(alarmId, 'pageSent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  test('says where it was late, and begins at the hub where the site runs on another clock', () => {
    const late = { ...record, steps: [{ transition, hop: { ...hop, storedWallMs: AT + 5_000 } }] };
    const spans = alarmTrace(alarmPath(late, { isWall: false, wallMs: AT + 60_000 }), FACTS, { ids, isWall: false });
    expect(shown(spans)[0]).toEqual(['alarm', 50, 5_000]);
    expect(spans.filter(({ isWrong }) => isWrong).map(({ name }) => name)).toEqual(['alarm', 'store']);
    expect(spans[0]!.attributes).toMatchObject({ 'vigil.first_broken': 'stored' });
  });

  test('holds nothing of a patient, bed, device, staff, condition or alarm, and another site has other names for it', () => {
    const text = JSON.stringify(alarmTrace(pathOf(record), FACTS, { ids, isWall: true }));
    expect(text).not.toMatch(/canary|spo2|82/);
    expect(text).not.toContain(alarmId);
    expect(traceIds(Buffer.alloc(32, 2)).trace(alarmId)).not.toBe(ids.trace(alarmId));
  });

  test('is none where fewer than two times are known', () => {
    const early = {
      ...record,
      steps: [{ transition: AlarmTransition.parse({ ...transition, trigger: undefined }), hop: null }],
      pages: [],
      escalation: null,
    };
    expect(alarmTrace(pathOf(early), FACTS, { ids, isWall: true })).toEqual([]);
  });
});

describe('the exporter', () => {
  const make = (answers: readonly ('taken' | 'away' | 'refused')[], find: (id: AlarmId) => Promise<AlarmRecord | null>) => {
    const clock = new FakeClock(AT);
    const told: string[] = [];
    const sent: TraceSpan[][] = [];
    const left = [...answers];
    const sink = {
      send: (spans: readonly TraceSpan[]) => {
        sent.push([...spans]);
        return Promise.resolve(left.shift() ?? 'taken');
      },
    };
    const report = {
      sent: (n: number) => void told.push(`sent ${n}`),
      dropped: (reason: string, n: number) => void told.push(`${reason} ${n}`),
    };
    const exporter = new TraceExporter({ records: { record: find }, sink, ids, clock, report });
    return { clock, told, sent, exporter, find };
  };
  const found = (): Promise<AlarmRecord> => Promise.resolve(record);

  test('sends an alarm once, when its first page should have left, however often it changes', async () => {
    const { exporter, clock, told, sent } = make([], found);
    exporter.changed([alarmId, alarmId]);
    await exporter.turn();
    expect(sent).toEqual([]);
    await clock.advance(45_000);
    await exporter.turn();
    exporter.changed([alarmId]);
    await clock.advance(45_000);
    await exporter.turn();
    expect(sent.map((spans) => spans.length)).toEqual([8]);
    expect(told).toEqual(['sent 1']);
  });

  test('tries a collector that is away three times, one that refuses once, and keeps nothing for ever', async () => {
    for (const [answers, reason] of [
      [['away', 'away', 'away'], 'away 1'],
      [['refused'], 'refused 1'],
    ] as const) {
      const { exporter, clock, told, sent } = make(answers, found);
      exporter.changed([alarmId]);
      for (let n = 0; n < 5; n++) {
        await clock.advance(45_000);
        await exporter.turn();
      }
      expect(told).toEqual([reason]);
      expect(sent).toHaveLength(answers.length);
      expect(exporter.size).toBe(0);
    }
  });

  test('of a storm a thousand wait, twenty a turn, and the rest is counted', async () => {
    let reads = 0;
    const { exporter, clock, told } = make([], () => {
      reads += 1;
      return found();
    });
    exporter.changed(Array.from({ length: 1_500 }, (_, n) => alarmIdOf(`bed-${n}`, 'spo2.low', AT)));
    await clock.advance(45_000);
    await exporter.turn();
    expect([told[0], reads, exporter.size]).toEqual(['too-many 500', 20, 980]);
  });

  test('what is away is the store: tried again; what was raised long ago has had its trace', async () => {
    let isAway = true;
    const { exporter, clock, told, sent } = make([], () =>
      isAway ? Promise.reject(new PlatformError('store-unavailable', {}, true)) : found(),
    );
    exporter.changed([alarmId]);
    await clock.advance(45_000);
    await exporter.turn();
    isAway = false;
    await clock.advance(45_000);
    await exporter.turn();
    expect(sent).toHaveLength(1);
    await clock.advance(3_600_000);
    exporter.changed([alarmIdOf('other', 'spo2.low', AT)]);
    await clock.advance(45_000);
    await exporter.turn();
    expect(sent).toHaveLength(1);
    expect(told).toEqual(['sent 1', 'sent 0']);
  });
});

test('a collector gets OTLP/HTTP JSON at /v1/traces; what it answers says whether it is worth another try', async () => {
  const bodies: { path: string; key: string; body: Record<string, unknown> }[] = [];
  const answers = [200, 503, 400];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      bodies.push({
        path: request.url!,
        key: String(request.headers['x-key']),
        body: JSON.parse(Buffer.concat(chunks).toString()) as never,
      });
      response.writeHead(answers.shift()!, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const options = { endpoint: `http://127.0.0.1:${port}/`, headers: { 'x-key': 'k' }, serviceName: 'ward', version: '1' };
  const sink = new OtlpHttpSink(options);
  const spans = alarmTrace(pathOf(record), FACTS, { ids, isWall: true });
  expect([await sink.send(spans), await sink.send(spans), await sink.send(spans)]).toEqual(['taken', 'away', 'refused']);
  await new Promise((resolve) => server.close(resolve));
  expect(await sink.send(spans)).toBe('away');
  expect(bodies[0]).toMatchObject({ path: '/v1/traces', key: 'k' });
  const { resourceSpans } = bodies[0]!.body as {
    resourceSpans: { resource: unknown; scopeSpans: { spans: Record<string, unknown>[] }[] }[];
  };
  expect(resourceSpans[0]!.resource).toMatchObject({ attributes: [{ key: 'service.name', value: { stringValue: 'ward' } }, {}] });
  const [root, ...parts] = resourceSpans[0]!.scopeSpans[0]!.spans;
  expect(root).toMatchObject({ name: 'alarm', startTimeUnixNano: `${AT}000000`, endTimeUnixNano: `${AT + 300}000000` });
  expect(root).not.toHaveProperty('parentSpanId');
  expect(parts.map(({ parentSpanId }) => parentSpanId)).toEqual(Array.from({ length: 7 }, () => root!['spanId']));
});

test('settings: off without an endpoint; headers as OpenTelemetry writes them; no secret in the address', () => {
  const read = (endpoint: string | null, headers: string | null = null) =>
    tracingOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers, OTEL_SERVICE_NAME: 'vigil' }).tracing;
  expect(read(null, 'a=b')).toBeNull();
  expect(read('http://collector:4318', 'Authorization=Bearer%20x, X-Org=a=b')?.headers).toEqual({
    authorization: 'Bearer x',
    'x-org': 'a=b',
  });
  for (const wrong of [
    () => read('https://u:p@c'),
    () => read('https://c?key=1'),
    () => read('https://c', 'nothing'),
    () => read('https://c', 'a=%'),
  ]) {
    expect(wrong).toThrow(SettingsError);
  }
});
