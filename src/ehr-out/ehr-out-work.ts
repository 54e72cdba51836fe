import type { Clock } from '@vigil/clock';
import type { LogEvent } from '@vigil/contracts';
import type { OutMode } from '@vigil/domain';
import type { AuditTrail } from '../ports/audit-trail.js';
import type { CareRelations } from '../ports/care-relations.js';
import type { Corrections } from '../ports/corrections.js';
import type { DeviceAssignments } from '../ports/device-assignments.js';
import type { Directory } from '../ports/directory.js';
import type { EhrLinks } from '../ports/ehr-links.js';
import type { EhrOut } from '../ports/ehr-out.js';
import type { FhirServer, FhirSink } from '../ports/fhir-server.js';
import type { Fleet } from '../ports/fleet.js';
import type { ObservationStore } from '../ports/observation-store.js';
import type { Scores } from '../ports/scores.js';
import type { Tasks } from '../ports/tasks.js';
import { CorrectionsOut } from './corrections-out.js';
import { DevicesOut } from './devices-out.js';
import type { EhrOutMetrics } from './ehr-out-metrics.js';
import { Exporter } from './exporter.js';
import { FhirOutConsumer } from './fhir-out-consumer.js';
import { KeptAgain } from './kept-again.js';
import { OutTasks } from './out-tasks.js';
import type { RebuildParts } from './rebuild.js';
import { Subjects } from './subjects.js';
import { Whereabouts } from './whereabouts.js';

export interface EhrOutParts {
  readonly mode: OutMode;
  readonly takes: (origin: LogEvent['origin']) => boolean;
  readonly sink: FhirSink;
  readonly server: Pick<FhirServer, 'search'>;
  readonly store: EhrOut;
  readonly tasks: Pick<Tasks, 'open'>;
  readonly links: EhrLinks;
  readonly assignments: Pick<DeviceAssignments, 'snapshot' | 'rev'>;
  readonly relations: Pick<CareRelations, 'staysIn' | 'careUnitOf'>;
  readonly directory: Pick<Directory, 'encounter'>;
  readonly scores: Pick<Scores, 'history'>;
  readonly fleet: Pick<Fleet, 'devices'>;
  readonly observations: Pick<ObservationStore, 'read'>;
  readonly corrections: Pick<Corrections, 'since'>;
  readonly trail: Pick<AuditTrail, 'append'>;
  readonly metrics: EhrOutMetrics;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Everything that sends, on one exporter. */
export class EhrOutWork {
  readonly exporter: Exporter;
  readonly consumer: FhirOutConsumer;
  readonly again: KeptAgain;
  readonly corrections: CorrectionsOut;
  readonly rebuilding: RebuildParts;

  constructor(parts: EhrOutParts) {
    const devices = new DevicesOut(parts);
    const subjects = (): Subjects => new Subjects(parts.links, (deviceId, name) => devices.referenceOf(deviceId, name));
    const exporter = new Exporter({ ...parts, tasks: new OutTasks(parts.tasks, parts.relations), subjects });
    const whereabouts = new Whereabouts(parts.assignments);
    const shared = { ...parts, exporter, whereabouts };
    this.exporter = exporter;
    this.consumer = new FhirOutConsumer(shared);
    this.again = new KeptAgain(shared);
    this.rebuilding = shared;
    this.corrections = new CorrectionsOut(shared);
  }
}
