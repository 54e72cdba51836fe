import { EpochMs, type FeedIdentifier, type FeedMove, type PlaceName } from '@vigil/contracts';
import { z } from 'zod';
import { EhrRefused, type FhirResource } from '../ports/fhir-server.js';
import type { Locations } from './locations.js';
import { type EhrParts, keep, versionMs } from './parts.js';
import { FhirEncounter, FhirPatient, identifiersOf, personOf, referredId, selfOf } from './reading.js';
import { historyOf, movesNobody } from './stay-history.js';
import { laterOf, newsOf, type Step, STEPS_MAX, stepsOf, type Told } from './stay-steps.js';

/** A stay that was over for longer than this when it was first heard of is history. Event time. */
const OLD_MS = 72 * 3_600_000;

const StepRead = z.object({ kind: z.enum(['admit', 'transfer', 'discharge']), atMs: z.number(), place: z.string().nullable() });
/**
 * What was told of one Encounter. `asked`: a person was asked who its patient is, at this version; null once that is known. `unnamed`:
 * places that were no bed of ours when they were told.
 */
const Stored = z.object({
  v: z.literal(1),
  versionMs: z.number(),
  steps: z.array(StepRead).max(STEPS_MAX),
  asked: z.string().nullable(),
  unnamed: z.array(z.string()).max(STEPS_MAX).default([]),
});
type Stored = z.infer<typeof Stored>;
const NOTHING: Stored = { v: 1, versionMs: -Infinity, steps: [], asked: null, unnamed: [] };

interface News {
  readonly steps: readonly Step[];
  readonly moves: readonly Told[];
  /** It tells the past otherwise than before. */
  readonly isOtherwise: boolean;
  /** Tells the moves from those of the same version that were told before. */
  readonly part?: string;
}

type Who =
  | { readonly patient: FhirPatient; readonly identifiers: readonly FeedIdentifier[] }
  | { readonly nobody: 'no-identifier' | 'deleted-at-source' };

/**
 * Encounters of the hospital as moves of the feed: what their versions say of admission, beds and end, each thing told once and in the
 * order of its time. Where the record tells the past otherwise than before, a person is asked.
 */
export class Encounters {
  constructor(
    private readonly parts: EhrParts,
    private readonly locations: Locations,
  ) {}

  /**
   * Tells what is new. @returns `waits` where its patient has no record number yet, so that it is looked at again
   * @throws EhrUnavailable and what the stores throw; nothing is noted then, and the same is told again under the same ids
   */
  async look(resource: FhirResource, signal: AbortSignal): Promise<'done' | 'waits'> {
    const { metrics, links } = this.parts;
    const self = selfOf(resource);
    const read = FhirEncounter.safeParse(resource);
    if (self === null || !read.success) {
      metrics.found('Encounter', 'unreadable');
      if (self !== null) await this.ask(self, resource, 'missing-field');
      return 'done';
    }
    const encounter = read.data;
    const stored = await this.stored(self.id);
    if (stored === NOTHING && movesNobody(encounter)) {
      metrics.found('Encounter', 'outpatient');
      return 'done';
    }
    const atMs = versionMs(this.parts, self.atMs);
    if (atMs < stored.versionMs) {
      metrics.found('Encounter', 'older');
      return 'done';
    }
    const news = (await this.newsOf(encounter, stored.steps, atMs, signal)) ?? (await this.namedSince(stored, signal));
    if (news === null) {
      metrics.found('Encounter', 'unchanged');
      return 'done';
    }
    metrics.found('Encounter', 'read');
    if (news.isOtherwise) await this.ask(self, encounter, 'unknown-event');
    const who = await this.whoIn(encounter, signal);
    if ('nobody' in who) return this.nobody(self, encounter, stored, who.nobody);
    const part = news.part ?? '';
    for (const [at, move] of news.moves.entries()) {
      const evidence = { encounter, patient: who.patient, move };
      await keep(this.parts, { type: 'Encounter', ...self, part: `${part}${at}` }, evidence, {
        move: await this.moveOf(move, encounter, who, signal),
      });
    }
    const unnamed = await this.unnamedOf(news.steps, signal);
    const now: Stored = { v: 1, versionMs: atMs, steps: [...news.steps], asked: null, unnamed };
    await links.setCursor(nameOf(self.id), JSON.stringify(now));
    return 'done';
  }

  /** The Encounter is no longer there although its patient still lies here: a person has to say what that means. */
  async gone(serverId: string): Promise<void> {
    await this.ask({ id: serverId, version: 'gone' }, { resourceType: 'Encounter', id: serverId }, 'deleted-at-source');
  }

  /** Identifiers of a stay: its visit number, or its id where the server gives none or the setting names none. */
  visitOf(encounter: FhirEncounter): FeedIdentifier {
    const { visitSystem, baseUrl } = this.parts;
    const [visit] = visitSystem === null ? [] : identifiersOf(encounter, visitSystem);
    return visit ?? { system: `${baseUrl}/Encounter`.slice(-160), value: encounter.id };
  }

  /** Null where nothing is new. `isOtherwise`: it tells the past otherwise than before; what comes after that is told all the same. */
  private async newsOf(encounter: FhirEncounter, told: readonly Step[], atMs: number, signal: AbortSignal): Promise<News | null> {
    const locationIdOf = (reference: string | undefined): string | null => referredId(reference, 'Location', this.parts.baseUrl);
    const ids = encounter.location.flatMap(({ location }) => locationIdOf(location.reference) ?? []);
    const ours = await this.locations.ours(ids, signal);
    const history = historyOf(encounter, told, (id) => ours.has(id), locationIdOf, atMs);
    const isOld = history.state === 'over' && (history.endMs ?? atMs) < this.parts.clock.nowMs() - OLD_MS;
    if (told.length === 0 && isOld) return null;
    const steps = stepsOf(history);
    const moves = newsOf(told, steps, atMs);
    if (moves === null) return { steps, moves: laterOf(told, steps), isOtherwise: true };
    return moves.length === 0 ? null : { steps, moves, isOtherwise: false };
  }

  /** Somebody gave the place where the patient lies now the name of a bed of ours, after it was told: told once more, as arriving there. */
  private async namedSince({ steps, unnamed }: Stored, signal: AbortSignal): Promise<News | null> {
    const last = steps.at(-1);
    if (last === undefined || last.kind === 'discharge' || last.place === null || !unnamed.includes(last.place)) return null;
    const { atMs, place } = last;
    if (!(await this.locations.ours([place], signal)).has(place)) return null;
    return { steps, moves: [{ kind: 'admit', atMs, place, fromPlace: null }], isOtherwise: false, part: `named/${place}/` };
  }

  private async unnamedOf(steps: readonly Step[], signal: AbortSignal): Promise<string[]> {
    const places = [...new Set(steps.flatMap(({ place }) => place ?? []))];
    const ours = await this.locations.ours(places, signal);
    return places.filter((place) => !ours.has(place));
  }

  private async moveOf(
    { kind, atMs, place, fromPlace }: Told,
    encounter: FhirEncounter,
    who: Extract<Who, { patient: FhirPatient }>,
    signal: AbortSignal,
  ): Promise<Omit<FeedMove, 'v' | 'source' | 'messageId'>> {
    const named = async (id: string | null): Promise<PlaceName | null> =>
      id === null ? null : this.locations.nameOf(id, signal);
    return {
      kind,
      atMs: EpochMs.parse(atMs),
      identifiers: [...who.identifiers],
      person: personOf(who.patient),
      visit: this.visitOf(encounter),
      place: await named(place),
      fromPlace: await named(fromPlace),
      merged: [],
    };
  }

  private async whoIn({ subject }: FhirEncounter, signal: AbortSignal): Promise<Who> {
    const { server, baseUrl, mrnSystem } = this.parts;
    const id = referredId(subject?.reference, 'Patient', baseUrl);
    if (id === null) return { nobody: 'no-identifier' };
    const resource = await server.read('Patient', id, signal).catch((error: unknown) => {
      // A record that this client may not see names nobody either.
      if (error instanceof EhrRefused && error.status === 403) return undefined;
      throw error;
    });
    if (resource === null) return { nobody: 'deleted-at-source' };
    const patient = FhirPatient.safeParse(resource);
    if (!patient.success) return { nobody: 'no-identifier' };
    const identifiers = identifiersOf(patient.data, mrnSystem);
    return identifiers.length === 0 ? { nobody: 'no-identifier' } : { patient: patient.data, identifiers };
  }

  /** A person is asked once; what was told stays as it is, so that the moves come as soon as somebody can be named. */
  private async nobody(
    self: { readonly id: string; readonly version: string },
    encounter: FhirEncounter,
    stored: Stored,
    why: 'no-identifier' | 'deleted-at-source',
  ): Promise<'done' | 'waits'> {
    if (stored.asked === null) {
      await this.ask(self, encounter, why);
      const now = { ...stored, versionMs: Math.max(stored.versionMs, 0), asked: self.version };
      await this.parts.links.setCursor(nameOf(self.id), JSON.stringify(now));
    }
    return why === 'no-identifier' ? 'waits' : 'done';
  }

  private ask(
    { id, version }: { readonly id: string; readonly version: string },
    evidence: unknown,
    unreadable: 'missing-field' | 'unknown-event' | 'no-identifier' | 'deleted-at-source',
  ): Promise<void> {
    const said = { type: 'Encounter', id, version, part: unreadable };
    return keep(this.parts, said, unreadable === 'missing-field' ? { resourceType: 'Encounter', id } : evidence, { unreadable });
  }

  private async stored(id: string): Promise<Stored> {
    const text = await this.parts.links.cursor(nameOf(id));
    return text === null ? NOTHING : Stored.parse(JSON.parse(text));
  }
}

const nameOf = (id: string): string => `stay:${id}`;
