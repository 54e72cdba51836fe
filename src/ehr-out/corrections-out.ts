import type { Clock } from '@vigil/clock';
import type { DeviceId, EncounterId, PatientId } from '@vigil/contracts';
import { DEVICE_SYSTEM, OBSERVATION_SYSTEM, PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { auditEntry, type AuditTrail } from '../ports/audit-trail.js';
import type { CareRelations } from '../ports/care-relations.js';
import type { Corrected, Corrections } from '../ports/corrections.js';
import type { Directory } from '../ports/directory.js';
import type { EhrLinks } from '../ports/ehr-links.js';
import type { FhirResource, FhirServer, FhirSink } from '../ports/fhir-server.js';
import type { EhrOutMetrics } from './ehr-out-metrics.js';
import { rebuild, type RebuildParts, type RebuildSpan, type Rebuilt } from './rebuild.js';

/** Name of the place in the list of corrections, beside those of the reader of the server's changes. */
const CURSOR = 'ehr-out-corrections';
/** Wall time after which history has followed a correction: its jobs run at once, after 10 s and after a minute. */
export const HISTORY_FOLLOWS_MS = 75_000;
const CORRECTIONS_MAX = 50;
const NOTHING: Rebuilt = { sent: 0, kept: 0, leftOut: 0 };

const Sent = z.looseObject({
  resourceType: z.literal('Observation'),
  id: z.string(),
  meta: z.looseObject({ versionId: z.string().optional() }).optional(),
  status: z.string(),
  identifier: z.array(z.looseObject({ system: z.string().optional() })),
  device: z
    .looseObject({ reference: z.string().optional(), identifier: z.looseObject({ value: z.string().optional() }).optional() })
    .optional(),
  note: z.array(z.unknown()).optional(),
  effectiveDateTime: z.string().optional(),
  effectivePeriod: z.looseObject({ start: z.string() }).optional(),
});
type Sent = z.infer<typeof Sent>;

interface Begun {
  readonly wallMs: number;
  readonly retracted: number;
}

export interface CorrectionsOutParts extends RebuildParts {
  readonly corrections: Pick<Corrections, 'since'>;
  readonly server: Pick<FhirServer, 'search'>;
  readonly sink: FhirSink;
  readonly links: EhrLinks;
  readonly directory: Pick<Directory, 'encounter'>;
  readonly trail: Pick<AuditTrail, 'append'>;
  readonly metrics: EhrOutMetrics;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Follows what was put right here: what had been sent of the wrong patient is marked `entered-in-error` there, and sent again as
 * whose it is. Done again after a crash it changes nothing; the audit trail has one entry for each correction, with counts.
 */
export class CorrectionsOut {
  private readonly begun = new Map<number, Begun>();

  constructor(private readonly parts: CorrectionsOutParts) {}

  /** @throws PlatformError 'store-unavailable', 'ehr-unavailable', 'ehr-refused'; what the signal says */
  async look(): Promise<void> {
    const { corrections, links, clock } = this.parts;
    const seq = Number((await links.cursor(CURSOR)) ?? 0);
    for (const corrected of await corrections.since(seq, CORRECTIONS_MAX)) {
      const begun = await this.begin(corrected);
      if (clock.wallMs() - begun.wallMs < HISTORY_FOLLOWS_MS) return;
      await this.end(corrected, begun.retracted);
      await links.setCursor(CURSOR, String(corrected.seq));
      this.begun.delete(corrected.seq);
    }
  }

  /** What is wrong there is marked at once. */
  private async begin(corrected: Corrected): Promise<Begun> {
    const known = this.begun.get(corrected.seq);
    if (known !== undefined) return known;
    const retracted = await this.markAll(await this.wrong(corrected), 'entered-in-error');
    const begun = { wallMs: this.parts.clock.wallMs(), retracted };
    this.begun.set(corrected.seq, begun);
    return begun;
  }

  /** What was marked wrong earlier and is right after all is right again; the rest is sent from history. */
  private async end(corrected: Corrected, retractedBefore: number): Promise<void> {
    const { trail, clock, whereabouts, relations, metrics } = this.parts;
    await whereabouts.refresh(clock.nowMs());
    // History has followed by now: what went out between is marked too.
    const wrong = await this.wrong(corrected);
    const retracted = retractedBefore + (await this.markAll(wrong, 'entered-in-error'));
    const right = rightOf(corrected, clock.nowMs());
    const isDevice = corrected.is === 'device';
    const owners = right === null ? [] : await sentIn(relations, right, isDevice ? corrected.deviceId : null);
    const reinstated = await this.markAll(owners, 'final');
    const { sent, leftOut } = right === null ? NOTHING : await rebuild(this.parts, right);
    metrics.sent('retracted', retracted);
    metrics.sent('reinstated', reinstated);
    await trail.append(
      auditEntry({
        entryId: `ehr-out/${corrected.seq}`,
        ...{ actor: 'system:ehr-out', action: 'ehr.correct', object: `correction:${corrected.correctionId}`, outcome: 'allowed' },
        patientIds: [...new Set([...wrong, ...owners].flatMap(({ patientId }) => patientId ?? []))],
        detail: `retracted ${retracted}, reinstated ${reinstated}, sent ${sent}, left out ${leftOut}`,
      }),
      clock.wallMs(),
    );
  }

  private async wrong(corrected: Corrected): Promise<readonly SentSpan[]> {
    const { clock, relations, directory } = this.parts;
    const { fromMs } = corrected;
    const toMs = corrected.toMs ?? clock.nowMs();
    if (corrected.is === 'device') {
      const { fromBedId: bedId, deviceId } = corrected;
      return sentIn(relations, { bedId, fromMs, toMs }, deviceId);
    }
    const encounter = await directory.encounter(corrected.wrongEncounterId);
    return [{ encounterId: corrected.wrongEncounterId, patientId: encounter?.patientId ?? null, deviceId: null, fromMs, toMs }];
  }

  private async markAll(spans: readonly SentSpan[], status: 'entered-in-error' | 'final'): Promise<number> {
    let marked = 0;
    for (const span of spans) marked += await this.mark(span, status);
    return marked;
  }

  private async mark(span: SentSpan, status: 'entered-in-error' | 'final'): Promise<number> {
    const { server, links, signal } = this.parts;
    const encounter = await links.ofLocal('encounter', span.encounterId);
    const patient = span.patientId === null ? null : await links.ofLocal('patient', span.patientId);
    if (encounter === null && patient === null) return 0;
    const whose: Readonly<Record<string, string>> =
      encounter === null ? { subject: `Patient/${patient!.serverId}` } : { encounter: `Encounter/${encounter.serverId}` };
    const devices = span.deviceId === null ? null : await this.devicesOf(span.deviceId);
    let marked = 0;
    const date = `ge${new Date(span.fromMs).toISOString()}`;
    for await (const found of server.search('Observation', { ...whose, date, identifier: `${OBSERVATION_SYSTEM}|` }, signal)) {
      const sent = Sent.safeParse(found).data;
      if (sent === undefined || !isOf(sent, span, devices)) continue;
      if (await this.put(found, sent, status)) marked += 1;
    }
    return marked;
  }

  /** False where it is so already, or refused, which is counted. @throws PlatformError 'ehr-unavailable' where it is to be tried again */
  private async put(
    found: FhirResource,
    { id, meta, status: now, note }: Sent,
    wanted: 'entered-in-error' | 'final',
  ): Promise<boolean> {
    const isWrong = now === 'entered-in-error';
    if (isWrong === (wanted === 'entered-in-error')) return false;
    const { sink, signal } = this.parts;
    // Only what a device marked as questionable has a note, and that makes it preliminary.
    const status = wanted === 'final' && note !== undefined ? 'preliminary' : wanted;
    const outcome = await sink.put({ ...found, id, status }, meta?.versionId ?? null, signal);
    if (outcome.is === 'stored') return true;
    if (outcome.is !== 'refused') throw new PlatformError('ehr-unavailable', {}, true);
    this.parts.metrics.refused(outcome.issue);
    return false;
  }

  /** What Observations of this device name as such: our own Device there, one of the hospital, or our identifier. */
  private async devicesOf(deviceId: DeviceId): Promise<ReadonlySet<string>> {
    const { server, links, signal } = this.parts;
    const names = new Set<string>([deviceId]);
    const link = await links.ofLocal('device', deviceId);
    if (link !== null) names.add(`Device/${link.serverId}`);
    for await (const found of server.search('Device', { identifier: `${DEVICE_SYSTEM}|${deviceId}` }, signal)) {
      if (typeof found['id'] === 'string') names.add(`Device/${found['id']}`);
    }
    return names;
  }
}

/** What was sent of one stay in a span of event time; of one device, or of all (null). */
interface SentSpan {
  readonly encounterId: EncounterId;
  readonly patientId: PatientId | null;
  readonly deviceId: DeviceId | null;
  readonly fromMs: number;
  readonly toMs: number;
}

async function sentIn(
  relations: Pick<CareRelations, 'staysIn'>,
  { bedId, fromMs, toMs }: RebuildSpan,
  deviceId: DeviceId | null,
): Promise<readonly SentSpan[]> {
  return (await relations.staysIn(bedId, fromMs, toMs)).map(({ encounterId, patientId, admittedMs, dischargedMs }) => ({
    ...{ encounterId, patientId, deviceId },
    fromMs: Math.max(fromMs, admittedMs),
    toMs: Math.min(toMs, dischargedMs ?? toMs),
  }));
}

/** Where and when what was wrong belongs; null: nowhere. */
function rightOf(corrected: Corrected, nowMs: number): RebuildSpan | null {
  const bedId = corrected.is === 'device' ? corrected.toBedId : corrected.bedId;
  if (bedId === null || (corrected.is === 'stay' && corrected.encounterId === null)) return null;
  return { bedId, fromMs: corrected.fromMs, toMs: corrected.toMs ?? nowMs };
}

/** A score is a person's, so a device that was elsewhere changes none; a series counts by its begin. */
function isOf({ identifier, device, ...sent }: Sent, { fromMs, toMs }: SentSpan, devices: ReadonlySet<string> | null): boolean {
  if (!identifier.some(({ system }) => system === OBSERVATION_SYSTEM)) return false;
  const atMs = Date.parse(sent.effectiveDateTime ?? sent.effectivePeriod?.start ?? '');
  if (!(atMs >= fromMs && atMs < toMs)) return false;
  if (devices === null) return true;
  return devices.has(device?.reference ?? '') || devices.has(device?.identifier?.value ?? '');
}
