import { createHash } from 'node:crypto';
import type { Cancel } from '@vigil/clock';
import type { BedAlias, Page } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { EhrRefused, EhrUnavailable, type FhirResource } from '../ports/fhir-server.js';
import { Encounters } from './encounters.js';
import { Locations } from './locations.js';
import { type LookedAfter, LookUps } from './look-ups.js';
import type { EhrParts } from './parts.js';
import { Patients } from './patients.js';
import { handled, poll, type Polled } from './poll.js';
import { FhirDevice, selfOf } from './reading.js';

/** However often the server says so, it is asked no more than once in this time. Wall time. */
const HINT_EVERY_MS = 1_000;
const SUBSCRIBE_EVERY_MS = 3_600_000;
const SUBSCRIBE_AGAIN_MS = 300_000;
/** Encounters whose patient has no record number yet; more than these wait for their next version. */
const WAITING_MAX = 500;
const RETRIED_MAX = 20;
/** Looks in a row while there is more than one look takes. */
const ROUNDS_MAX = 50;
const GOES_ON = { status: 'arrived,triaged,in-progress,onleave', _count: '100' };
const WAITING = 'waiting';
const NAMED = 'bed-names';
const NAMES_PAGE = 500;

/** The types that are kept in step. A change of one of these is worth a hint. */
export const TYPES = ['Patient', 'Encounter', 'Location', 'Device', 'Practitioner'] as const;

/** Where reading stands, for people. Wall times. */
export interface ReaderState {
  /** Since when no look has succeeded; null while they do. */
  readonly failingSinceWallMs: number | null;
  /** When the last look that succeeded began: what changed before it was read. Null before the first. */
  readonly readUntilWallMs: number | null;
  /** Why a look failed last, a code; null where none has. */
  readonly lastTrouble: string | null;
  /** Encounters that are read again, because their patient has no record number yet. */
  readonly waiting: number;
  /** Types that the server does not let us read. */
  readonly refusedTypes: number;
}

export interface ReaderOptions extends LookedAfter {
  /** Wall time. */
  readonly pollMs: number;
  /** Null: the server is only asked. */
  readonly hint: { readonly url: string; readonly bearer: () => Promise<string> } | null;
  /** Told when looks begin to fail, and when they succeed again; codes only. */
  readonly onTrouble: (code: string | null) => void;
}

/**
 * Keeps in step with the hospital's records: looks each `pollMs`, or sooner when the server says so, one look at a time. While the
 * server is away nothing else of the platform notices; the next look goes on where the last one came to.
 */
export class EhrReader {
  private readonly locations: Locations;
  private readonly encounters: Encounters;
  private readonly patients: Patients;
  private readonly lookUps: LookUps;
  private readonly types: readonly Polled[];
  private readonly stopped = new AbortController();
  private looking: Promise<void> = Promise.resolve();
  private cancel: Cancel = () => undefined;
  /** Wall times. `nextMs`: of the look that is planned; null while one goes on. */
  private nextMs: number | null = null;
  private lastMs = -Infinity;
  private quietUntilMs = -Infinity;
  private subscribeMs = -Infinity;
  private failingSinceMs: number | null = null;
  private readUntilMs: number | null = null;
  private lastTrouble: string | null = null;
  private waitingCount = 0;
  private readonly refusedTypes = new Set<string>();
  private isHinted = false;

  constructor(
    private readonly parts: EhrParts,
    private readonly options: ReaderOptions,
  ) {
    this.locations = new Locations(parts);
    this.encounters = new Encounters(parts, this.locations);
    this.patients = new Patients(parts);
    this.lookUps = new LookUps(parts, this.patients, this.encounters, options);
    this.types = [
      { type: 'Location', first: null, handle: (resource) => this.location(resource) },
      { type: 'Patient', first: null, handle: (resource, signal) => this.patients.look(resource, signal) },
      { type: 'Encounter', first: GOES_ON, handle: (resource, signal) => this.encounter(resource, signal) },
      { type: 'Device', first: null, handle: (resource) => this.device(resource) },
      { type: 'Practitioner', first: null, handle: (resource) => this.linked(resource) },
    ];
  }

  start(): void {
    this.planFor(this.parts.clock.wallMs());
  }

  /** Ends what goes on; what was not noted is read again by the next start. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.cancel();
    await this.looking;
  }

  /** The server says that something changed: the next look comes sooner, at most one in a second. */
  hint(): void {
    this.isHinted = true;
    if (this.nextMs !== null) this.planFor(this.soonest());
  }

  /** One look at everything. For whoever can't wait for the next. */
  async look(): Promise<void> {
    const { signal } = this.stopped;
    this.subscribeMs = await this.subscribe(signal);
    for (const polled of this.types) await this.poll(polled, signal);
    await this.lookAgainWhenNamed(signal);
    await this.retryWaiting(signal);
    await this.lookUps.round(signal);
  }

  state(): ReaderState {
    const { failingSinceMs, readUntilMs, lastTrouble, waitingCount, refusedTypes } = this;
    return {
      ...{ failingSinceWallMs: failingSinceMs, readUntilWallMs: readUntilMs, lastTrouble },
      ...{ waiting: waitingCount, refusedTypes: refusedTypes.size },
    };
  }

  private soonest(): number {
    return Math.max(this.parts.clock.wallMs(), this.lastMs + HINT_EVERY_MS, this.quietUntilMs);
  }

  private planFor(atMs: number): void {
    if (this.stopped.signal.aborted || (this.nextMs !== null && this.nextMs <= atMs)) return;
    this.cancel();
    this.nextMs = atMs;
    this.cancel = this.parts.clock.after(Math.max(0, atMs - this.parts.clock.wallMs()), () => {
      this.looking = this.run();
    });
  }

  private async run(): Promise<void> {
    const { clock } = this.parts;
    this.nextMs = null;
    this.isHinted = false;
    this.lastMs = clock.wallMs();
    try {
      await this.look();
      this.wentWell();
    } catch (error) {
      if (this.stopped.signal.aborted) return;
      this.failed(error);
    }
    this.planFor(this.isHinted ? this.soonest() : Math.max(clock.wallMs() + this.options.pollMs, this.quietUntilMs));
  }

  private wentWell(): void {
    if (this.failingSinceMs !== null) this.options.onTrouble(null);
    this.failingSinceMs = null;
    this.readUntilMs = this.lastMs;
    this.parts.metrics.failingFor(0);
  }

  private failed(error: unknown): void {
    const wallMs = this.parts.clock.wallMs();
    if (error instanceof EhrUnavailable && error.waitMs !== null) this.quietUntilMs = wallMs + error.waitMs;
    this.lastTrouble = codeOf(error);
    if (this.failingSinceMs === null) this.options.onTrouble(this.lastTrouble);
    this.failingSinceMs ??= wallMs;
    this.parts.metrics.failingFor(wallMs - this.failingSinceMs);
  }

  /** A type that may not be read keeps none of the others waiting. */
  private async poll(polled: Polled, signal: AbortSignal): Promise<void> {
    const { metrics } = this.parts;
    try {
      for (let round = 0; round < ROUNDS_MAX && !(await poll(this.parts, polled, signal)); round++);
      metrics.polled(polled.type, 'ok');
      this.refusedTypes.delete(polled.type);
    } catch (error) {
      if (signal.aborted) throw error;
      metrics.polled(
        polled.type,
        error instanceof EhrUnavailable ? error.why : error instanceof EhrRefused ? 'refused' : 'store',
      );
      // 401: nothing may be read, so asking for the rest is of no use.
      if (!(error instanceof EhrRefused) || error.status === 401) throw error;
      this.refusedTypes.add(polled.type);
      this.lastTrouble = codeOf(error);
    }
  }

  private async encounter(resource: FhirResource, signal: AbortSignal): Promise<void> {
    const outcome = await this.encounters.look(resource, signal);
    const id = selfOf(resource)?.id;
    if (id === undefined) return;
    const waiting = await this.waiting();
    if (waiting.includes(id) !== (outcome === 'waits')) {
      await this.setWaiting(outcome === 'waits' ? [...waiting, id] : waiting.filter((each) => each !== id));
    }
  }

  /** A record number that comes later changes the Patient and not the Encounter, so these are read again. */
  private async retryWaiting(signal: AbortSignal): Promise<void> {
    const waiting = await this.waiting();
    this.waitingCount = waiting.length;
    this.parts.metrics.encountersWaiting(waiting.length);
    for (const id of waiting.slice(0, RETRIED_MAX)) {
      const resource = await this.parts.server.read('Encounter', id, signal);
      const outcome = resource === null ? 'done' : await this.encounters.look(resource, signal);
      // To the end of the queue, so that each has its turn.
      const others = (await this.waiting()).filter((each) => each !== id);
      await this.setWaiting(outcome === 'waits' ? [...others, id] : others);
    }
  }

  /** A place that gets its name later changes no Encounter, so that all which go on are read again then. */
  private async lookAgainWhenNamed(signal: AbortSignal): Promise<void> {
    const { links, places, server } = this.parts;
    const hash = createHash('sha256');
    let cursor: string | null = null;
    do {
      const page: Page<BedAlias> = await places.aliases({ limit: NAMES_PAGE, ...(cursor === null ? {} : { cursor }) });
      for (const { system, value, bedId } of page.items) hash.update(JSON.stringify([system, value, bedId]));
      cursor = page.next;
    } while (cursor !== null);
    const digest = hash.digest('hex');
    if (this.refusedTypes.has('Encounter') || (await links.cursor(NAMED)) === digest) return;
    const again: Polled['handle'] = (resource) => this.encounter(resource, signal);
    for await (const resource of server.search('Encounter', GOES_ON, signal)) {
      await handled(this.parts, 'Encounter', again, resource, signal);
    }
    await links.setCursor(NAMED, digest);
  }

  private async waiting(): Promise<readonly string[]> {
    const text = await this.parts.links.cursor(WAITING);
    return text === null ? [] : z.array(z.string()).parse(JSON.parse(text));
  }

  private setWaiting(ids: readonly string[]): Promise<void> {
    return this.parts.links.setCursor(WAITING, JSON.stringify(ids.slice(-WAITING_MAX)));
  }

  private location(resource: FhirResource): Promise<void> {
    const self = selfOf(resource);
    if (self !== null) this.locations.forget(self.id);
    this.parts.metrics.found('Location', self === null ? 'unreadable' : 'read');
    return Promise.resolve();
  }

  private async device(resource: FhirResource): Promise<void> {
    const read = FhirDevice.safeParse(resource);
    if (read.success && read.data.status === 'entered-in-error') await this.parts.links.unlink('Device', read.data.id);
    await this.linked(resource);
  }

  /** Of what is linked, the version is noted; what is not is found by a look-up. */
  private async linked(resource: FhirResource): Promise<void> {
    const self = selfOf(resource);
    const link = self === null ? null : await this.parts.links.ofServer(resource.resourceType, self.id);
    this.parts.metrics.found(resource.resourceType, self === null ? 'unreadable' : link === null ? 'not-ours' : 'read');
    if (self !== null && link !== null) await this.parts.links.link({ ...link, version: self.version });
  }

  /** @returns when to see to it again (wall time) */
  private async subscribe(signal: AbortSignal): Promise<number> {
    const { server, metrics, clock } = this.parts;
    const { hint } = this.options;
    if (hint === null || clock.wallMs() < this.subscribeMs) return this.subscribeMs;
    try {
      metrics.subscribed(await server.keepSubscribed(TYPES, { url: hint.url, bearer: await hint.bearer() }, signal));
      return clock.wallMs() + SUBSCRIBE_EVERY_MS;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      // Without it the looks come each `pollMs`, which is all that is lost.
      metrics.subscribed('failed');
      return clock.wallMs() + SUBSCRIBE_AGAIN_MS;
    }
  }
}

/** What may be said of an error: a code. */
function codeOf(error: unknown): string {
  if (error instanceof EhrUnavailable) return `${error.code}/${error.why}`;
  if (error instanceof EhrRefused) return `${error.code}/${error.status}`;
  return error instanceof PlatformError ? error.code : 'internal';
}
