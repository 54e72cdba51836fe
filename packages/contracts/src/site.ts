import { z } from 'zod';
import { DEVICE_FACTS } from './device-registry.js';
import { DisplaySettings } from './display.js';
import { BedId, CareUnitId, DeviceId, EncounterId, GatewayId, PatientId, StaffId } from './ids.js';
import { MetricName } from './metric.js';
import { ScheduleContent, ScheduleId } from './on-call.js';
import { PolicyContent } from './escalation-policy.js';
import { Patient } from './rest.js';
import { StaffRole } from './log-event.js';
import { RuleSet } from './rule-set.js';

/** Who is told of alarms of some priorities, step by step, by role. Wall seconds after which the next step is told when nobody has accepted. */
export const SiteSteps = z.strictObject({
  steps: z
    .array(z.strictObject({ tell: StaffRole, waitS: z.number().int().min(5).max(3600) }))
    .min(1)
    .max(10),
  priorities: z.array(z.enum(['low', 'medium', 'high'])),
});
export type SiteSteps = z.infer<typeof SiteSteps>;

/** Steps by role, or a whole policy. In force until two people have put another one into force. */
export const SiteEscalation = z.union([SiteSteps, PolicyContent]);

/** `site.yaml` in the data folder: what a site is made of. Seeds the log once; changes at run time are events. */
export const Site = z.strictObject({
  v: z.literal(1),
  careUnits: z.array(z.strictObject({ careUnitId: CareUnitId, label: z.string().min(1).max(60) })),
  beds: z.array(z.strictObject({ bedId: BedId, careUnitId: CareUnitId, label: z.string().min(1).max(20) })),
  gateways: z.array(z.strictObject({ gatewayId: GatewayId })),
  /** Expected intervals of the metrics of a kind of device, in ms of event time. */
  profiles: z.record(z.string(), z.strictObject({ intervalsMs: z.partialRecord(MetricName, z.number().int().positive()) })),
  devices: z.array(
    z.strictObject({
      deviceId: DeviceId,
      gatewayId: GatewayId,
      profile: z.string(),
      /** For the simulator: which recorded set this device replays. Absent on a real device. */
      recording: z.enum(['cinc2015', 'mimic2', 'physionet2012']).optional(),
      /** What the registry knows of it; read once, when the device is new. */
      ...z.object(DEVICE_FACTS).partial().shape,
    }),
  ),
  deviceAssignments: z.array(z.strictObject({ deviceId: DeviceId, bedId: BedId })),
  patients: z.array(z.strictObject(Patient.shape)),
  encounters: z.array(z.strictObject({ encounterId: EncounterId, patientId: PatientId, bedId: BedId })),
  staff: z.array(
    z.strictObject({
      staffId: StaffId,
      username: z.string().min(1).max(64),
      name: z.string(),
      roles: z.array(z.string()),
      email: z.email().optional(),
    }),
  ),
  staffAssignments: z.array(
    z.strictObject({ staffId: StaffId, careUnitId: CareUnitId, bedId: BedId.nullable(), role: StaffRole }),
  ),
  /** Made once, when there is no schedule of this id yet. */
  onCallSchedules: z
    .array(z.strictObject({ scheduleId: ScheduleId, content: ScheduleContent }))
    .max(100)
    .optional(),
  escalation: SiteEscalation,
  ruleSet: RuleSet,
  /** How screens say things; read at every start. */
  display: DisplaySettings.optional(),
});
export type Site = z.infer<typeof Site>;
