import type { BedId, DeviceId } from '@vigil/contracts';
import {
  type Draft,
  type DraftStay,
  type Minute,
  minuteDrafts,
  MINUTE_MS,
  type ObservedName,
  type OutMode,
  type OutSubject,
  type PlacedDraft,
} from '@vigil/domain';
import type { CareRelations } from '../ports/care-relations.js';
import type { EhrLinks } from '../ports/ehr-links.js';

/** Who lay in the beds of these minutes, by event time, and so what goes out of them. One question for each bed. */
export async function placed(
  minutes: readonly Minute[],
  mode: OutMode,
  relations: Pick<CareRelations, 'staysIn'>,
): Promise<readonly PlacedDraft[]> {
  const byBed = new Map<BedId, Minute[]>();
  for (const minute of minutes) byBed.set(minute.bedId, [...(byBed.get(minute.bedId) ?? []), minute]);
  const drafts: PlacedDraft[] = [];
  for (const [bedId, of] of byBed) {
    const fromMs = Math.min(...of.map(({ slotMs }) => slotMs));
    const toMs = Math.max(...of.map(({ slotMs }) => slotMs)) + MINUTE_MS;
    const stayAt = await staysOf(relations, { bedId, fromMs, toMs });
    for (const minute of of) drafts.push(...minuteDrafts(minute, mode, stayAt));
  }
  return drafts;
}

/** Answers who lay in the bed at a moment of [fromMs, toMs), event time; null for nobody. */
export async function staysOf(
  relations: Pick<CareRelations, 'staysIn'>,
  { bedId, fromMs, toMs }: { readonly bedId: BedId; readonly fromMs: number; readonly toMs: number },
): Promise<(atMs: number) => DraftStay | null> {
  const stays = await relations.staysIn(bedId, fromMs, toMs);
  return (atMs) =>
    stays.find(({ admittedMs, dischargedMs }) => admittedMs <= atMs && (dischargedMs === null || atMs < dischargedMs)) ?? null;
}

/** References at the server, looked up once each for one batch. */
export class Subjects {
  private readonly asked = new Map<string, Promise<string | null>>();

  constructor(
    private readonly links: Pick<EhrLinks, 'ofLocal'>,
    private readonly deviceRef: (deviceId: DeviceId, name: ObservedName) => Promise<string | null>,
  ) {}

  /** Null where the server does not know the patient: nothing can be said of anybody then. */
  async of(draft: Draft, { patientId, encounterId }: DraftStay): Promise<OutSubject | null> {
    const patient = await this.ask(`patient/${patientId}`, () => this.linked('patient', patientId));
    if (patient === null) return null;
    const encounter = await this.ask(`encounter/${encounterId}`, () => this.linked('encounter', encounterId));
    if (draft.is === 'score') return { patient, encounter, device: null };
    const { deviceId, name } = draft;
    const device = await this.ask(`device/${deviceId}/${name}`, () => this.deviceRef(deviceId, name));
    return { patient, encounter, device };
  }

  private async linked(kind: 'patient' | 'encounter', localId: string): Promise<string | null> {
    const link = await this.links.ofLocal(kind, localId);
    return link === null ? null : `${link.resourceType}/${link.serverId}`;
  }

  private ask(name: string, look: () => Promise<string | null>): Promise<string | null> {
    const asked = this.asked.get(name) ?? look();
    this.asked.set(name, asked);
    return asked;
  }
}
