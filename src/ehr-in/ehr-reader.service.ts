import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Metrics } from '../health/metrics.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { Directory } from '../ports/directory.js';
import { EhrLinks } from '../ports/ehr-links.js';
import { FhirServer } from '../ports/fhir-server.js';
import { Fleet } from '../ports/fleet.js';
import { Inbound } from '../ports/inbound.js';
import { Places } from '../ports/places.js';
import { SiteSecrets } from '../ports/site-secrets.js';
import { ServerConfig } from '../server-config.js';
import { EhrMetrics } from './ehr-metrics.js';
import { EhrReader } from './ehr-reader.js';

/** Devices of the registry that are looked up at the server. */
const DEVICES_MAX = 5_000;

/** Reads the hospital's records while the platform runs, where the settings name a FHIR server. */
@Injectable()
export class EhrReaderService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('ehr');
  private readonly metrics: EhrMetrics;
  private reader: EhrReader | null = null;

  constructor(
    private readonly server: FhirServer,
    private readonly links: EhrLinks,
    private readonly inbound: Inbound,
    private readonly places: Places,
    private readonly careRelations: CareRelations,
    private readonly directory: Directory,
    private readonly fleet: Fleet,
    private readonly secrets: SiteSecrets,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
    metrics: Metrics,
  ) {
    this.metrics = new EhrMetrics(metrics.registry);
  }

  onApplicationBootstrap(): void {
    const { fhir } = this.config.settings;
    if (fhir === null) return;
    const { server, links, inbound, places, careRelations, clock, metrics } = this;
    const { baseUrl, mrnSystem, visitSystem, pollMs, notifyUrl } = fhir;
    this.reader = new EhrReader(
      { server, links, inbound, places, careRelations, clock, metrics, baseUrl, mrnSystem, visitSystem },
      {
        pollMs,
        hint: notifyUrl === null ? null : { url: notifyUrl, bearer: () => this.bearer() },
        devices: async () => {
          const query = { limit: DEVICES_MAX, nowMs: clock.nowMs(), rate: clock.rate };
          return (await this.fleet.devices(query)).items;
        },
        staff: () => this.directory.staff(),
        onTrouble: (code) => this.say(code),
      },
    );
    this.reader.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.reader?.stop();
  }

  /** What the FHIR server shows when it says "look now"; the same for ever, and no other secret. */
  async bearer(): Promise<string> {
    return (await this.secrets.secret('ehr-notify')).toString('base64url');
  }

  hinted(isRight: boolean): void {
    this.metrics.hint(isRight ? 'taken' : 'refused');
    if (isRight) this.reader?.hint();
  }

  private say(code: string | null): void {
    if (code === null) this.logger.log('the FHIR server is read again');
    else this.logger.warn({ code }, 'the FHIR server can not be read; alarms go on, and it is tried again');
  }
}
