import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Integration } from '@vigil/contracts';
import { Integrations } from '../health/integrations.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { Directory } from '../ports/directory.js';
import { EhrLinks } from '../ports/ehr-links.js';
import { FeedRecords } from '../ports/feed-records.js';
import { FhirServer } from '../ports/fhir-server.js';
import { Fleet } from '../ports/fleet.js';
import { Inbound } from '../ports/inbound.js';
import { Log } from '../ports/log.js';
import { Places } from '../ports/places.js';
import { WhileMine } from '../health/while-mine.js';
import { Once } from '../ports/once.js';
import { EhrHints } from './ehr-hints.js';
import { EhrMetrics } from './ehr-metrics.js';
import { EhrReader } from './ehr-reader.js';

/** Devices of the registry that are looked up at the server. */
const DEVICES_MAX = 5_000;

/** Of the settings, what reading needs. */
export class EhrSource {
  constructor(
    readonly settings: {
      readonly baseUrl: string;
      readonly mrnSystem: string;
      readonly visitSystem: string | null;
      /** Wall time. */
      readonly pollMs: number;
      /** Address where the server says "look now"; null: it is only asked. */
      readonly notifyUrl: string | null;
    },
  ) {}
}

/** Reads the hospital's records while the platform runs. */
@Injectable()
export class EhrReaderService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private reader: EhrReader;
  private readonly reading: WhileMine;

  constructor(
    server: FhirServer,
    links: EhrLinks,
    inbound: Inbound,
    places: Places,
    careRelations: CareRelations,
    directory: Directory,
    fleet: Fleet,
    private readonly clock: AppClock,
    private readonly records: FeedRecords,
    integrations: Integrations,
    metrics: EhrMetrics,
    private readonly hints: EhrHints,
    private readonly log: Log,
    source: EhrSource,
    once: Once,
  ) {
    const { baseUrl, mrnSystem, visitSystem, pollMs, notifyUrl } = source.settings;
    const devicesNow = async () => (await fleet.devices({ limit: DEVICES_MAX, nowMs: clock.nowMs(), rate: clock.rate })).items;
    const newReader = (): EhrReader =>
      new EhrReader(
        { server, links, inbound, places, careRelations, clock, metrics, baseUrl, mrnSystem, visitSystem },
        {
          pollMs,
          hint: notifyUrl === null ? null : { url: notifyUrl, bearer: () => hints.bearer() },
          devices: devicesNow,
          staff: () => directory.staff(),
          onTrouble: (code) => this.say(code),
        },
      );
    this.reader = newReader();
    this.reading = new WhileMine({ once, work: 'ehr-in', clock, begin: () => (this.reader = newReader()) });
    integrations.tellsBy('fhir-in', () => this.report());
  }

  onApplicationBootstrap(): void {
    this.hints.onHint(() => this.reader.hint());
    this.reading.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.reading.stop();
  }

  /** What was read and is not worked off counts here too: it is not at the bed before that. */
  private async report(): Promise<Omit<Integration, 'name'>> {
    const { kept, oldestKeptWallMs, quarantined } = await this.records.backlog('fhir');
    const { failingSinceWallMs, readUntilWallMs, lastTrouble, waiting, refusedTypes } = this.reader.state();
    const people = { ...quarantined, ...(refusedTypes === 0 ? {} : { refused: refusedTypes }) };
    const asks = Object.keys(people).length > 0;
    const reads = readUntilWallMs === null ? 'starting' : asks ? 'waiting' : 'working';
    const oldestWallMs = readUntilWallMs === null ? null : Math.min(readUntilWallMs, oldestKeptWallMs ?? Infinity);
    return {
      state: failingSinceWallMs === null ? reads : 'away',
      sinceWallMs: failingSinceWallMs as Integration['sinceWallMs'],
      queue: kept,
      waiting: { ...people, ...(waiting === 0 ? {} : { 'no-record-number-yet': waiting }) },
      lagMs: oldestWallMs === null ? null : Math.max(0, Math.floor(this.clock.wallMs() - oldestWallMs)),
      lastTrouble,
      missed: 0,
    };
  }

  private say(code: string | null): void {
    if (code === null) this.log.info('the FHIR server is read again', {});
    else this.log.warn('the FHIR server can not be read; alarms go on, and it is tried again', { code });
  }
}
