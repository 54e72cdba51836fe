import { z } from 'zod';
import { type AlarmKind, AlarmView } from './alarm.js';
import { type Priority } from './alarm-words.js';
import { BedsidePause } from './device-message.js';
import { BedId, CareUnitId, DeviceId, EncounterId, EpochMs, PatientId, StaffId } from './ids.js';
import { MetricName } from './metric.js';
import { ScoreSnapshot } from './score.js';
import type { CareUnitTrends, ClientHealth, ConfigChanged, DeviceStatus, LimitsOffBoard, UnitPresence } from './screen-watch.js';
import { Origin, Quality, ReadingValue } from './reading.js';

/**
 * The live channel: socket.io, two namespaces, authenticated at the handshake (cookie or `auth: { token }`; a shared screen
 * says `auth: { as: 'station' }`, so that its picture does not depend on who is signed in on it).
 *
 * `/alarms`: client emits `join {careUnitId, since?}` with an acknowledgement callback (`JoinReply`), and `client.health`; server
 * emits `hello`, `tick`, `alarm.snapshot`, `alarm.event`, `assignment.event`, `presence`, `limitsOff.board`, `device.status`,
 * `config.changed`. Pages and the times of an escalation travel in the alarm.
 * `/vitals`: client emits `join {careUnitId}`; server emits `hello`, `tick`, `careUnit.snapshot`, `careUnit.trends`, `careUnit.delta`.
 *
 * Commands never travel here: accept and acknowledge are REST (D11), so nothing is replayed by a reconnecting socket.
 */
export const LIVE_NAMESPACES = { alarms: '/alarms', vitals: '/vitals' } as const;

/** With `since`, events after that cursor are replayed where they are still kept; otherwise a snapshot comes. */
export const Join = z.strictObject({ careUnitId: CareUnitId, since: z.number().int().nonnegative().optional() });
export type Join = z.infer<typeof Join>;

export type JoinReply =
  { readonly ok: true } | { readonly ok: false; readonly reason: 'forbidden' | 'unknown-care-unit' | 'invalid' | 'busy' };

export const Hello = z.object({
  v: z.literal(1),
  serverWallMs: EpochMs,
  /** Event time now and its rate, so that a client can show ages in wall time during a replay. */
  eventMs: EpochMs,
  rate: z.number().positive(),
  staffId: StaffId,
  name: z.string(),
  roles: z.array(z.string()),
  buildId: z.string(),
  /** The site has data that are not live; screens carry a mark. */
  demo: z.boolean(),
});
export type Hello = z.infer<typeof Hello>;

/** Once a second. The liveness lamp follows this, not the state of the socket. */
export const LiveTick = z.object({
  serverWallMs: EpochMs,
  eventMs: EpochMs,
  rate: z.number().positive(),
  /** False when the stream processor has not finished a batch or probe lately: alarms may be missing. */
  processing: z.boolean(),
  /** Newest hub event age in wall time, null before the first. */
  streamLagMs: z.number().nullable(),
});
export type LiveTick = z.infer<typeof LiveTick>;

export const ReadingView = z.object({
  metric: MetricName,
  value: ReadingValue,
  unit: z.string(),
  quality: Quality,
  origin: Origin,
  /** Event time of the measurement, and wall time at which the platform had it. */
  atMs: EpochMs,
  receivedWallMs: EpochMs,
  /** Expected interval in event time; a value is stale within 5 s (wall time) of when the next was due. */
  intervalMs: z.number().int().positive(),
});
export type ReadingView = z.infer<typeof ReadingView>;

export const LimitView = z.object({
  metric: MetricName,
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** Set for this stay by a person: not what the unit has. Until then, event time. */
  ownToMs: EpochMs.optional(),
});
export type LimitView = z.infer<typeof LimitView>;

/** A score as a tile shows it: its basis always beside it, and the range while a part is missing. */
export const BedScore = ScoreSnapshot.pick({
  encounterId: true,
  score: true,
  basis: true,
  total: true,
  min: true,
  max: true,
  singleParameter: true,
  atMs: true,
  validUntilMs: true,
})
  // Without it nobody knows whose it is, and no screen shows it: a server of before it was said.
  .partial({ encounterId: true });
export type BedScore = z.infer<typeof BedScore>;

export const BedView = z.object({
  bedId: BedId,
  label: z.string(),
  careUnitId: CareUnitId,
  /** Null when nobody lies here. */
  encounter: z
    .object({
      encounterId: EncounterId,
      patientId: PatientId,
      /** "SURNAME, First" as the hospital writes it; second identifier beside it. */
      displayName: z.string(),
      /** Empty, like the name's place taken by words, while `nameMissing`. */
      birthDate: z.string(),
      /** The name can't be read now: its key is away, or the record was tampered with. Go by bed and wristband. */
      nameMissing: z.enum(['away', 'tampered']).optional(),
      /** Nobody could tell the age: the limits and rules of an adult hold until somebody says the age group. */
      ageUnknown: z.literal(true).optional(),
      sinceMs: EpochMs,
    })
    .nullable(),
  nurses: z.array(z.object({ staffId: StaffId, name: z.string(), role: z.string() })),
  deviceIds: z.array(z.string()),
  /** Set while data cannot arrive and another alarm says why. */
  coverageLost: z.boolean(),
  /** What devices of the bed have paused of their own alarms, and when they said so last; absent where nothing is paused. */
  pauses: z
    .array(
      z.object({
        deviceId: DeviceId,
        kind: BedsidePause.shape.kind,
        sinceMs: EpochMs,
        untilMs: EpochMs.nullable(),
        saidMs: EpochMs,
      }),
    )
    .max(128)
    .optional(),
  limits: z.array(LimitView),
  readings: z.array(ReadingView),
  /** NEWS2, or bedside PEWS of a child; absent before any is known. */
  scores: z.array(BedScore).optional(),
});
export type BedView = z.infer<typeof BedView>;

export const CareUnitSnapshot = z.object({
  careUnitId: CareUnitId,
  label: z.string(),
  seq: z.number().int(),
  serverWallMs: EpochMs,
  beds: z.array(BedView),
});
export type CareUnitSnapshot = z.infer<typeof CareUnitSnapshot>;

/** Readings that changed since `seq - 1`. A gap in `seq` means: join again for a snapshot. */
export const CareUnitDelta = z.object({
  careUnitId: CareUnitId,
  seq: z.number().int(),
  serverWallMs: EpochMs,
  beds: z.array(
    z.object({
      bedId: BedId,
      /** Whose readings these are, null where nobody lies there; a screen that shows somebody else keeps them away. */
      encounterId: EncounterId.nullable().optional(),
      readings: z.array(ReadingView),
      coverageLost: z.boolean().optional(),
      scores: z.array(BedScore).optional(),
    }),
  ),
});
export type CareUnitDelta = z.infer<typeof CareUnitDelta>;

export const AlarmSnapshot = z.object({
  careUnitId: CareUnitId,
  cursor: z.number().int(),
  /** Every alarm whose condition holds, whose signal is present or whose escalation runs. */
  alarms: z.array(AlarmView),
});
export type AlarmSnapshot = z.infer<typeof AlarmSnapshot>;

/**
 * `cursor` grows per care unit; it may jump, because several changes of one alarm become one event. At least once, so the
 * latest per alarmId wins by cursor.
 */
export const AlarmEvent = z.object({ careUnitId: CareUnitId, cursor: z.number().int().positive(), alarm: AlarmView });
export type AlarmEvent = z.infer<typeof AlarmEvent>;

/** A bed's encounter, nurses or devices changed. */
export const AssignmentEvent = z.object({ careUnitId: CareUnitId, bed: BedView });
export type AssignmentEvent = z.infer<typeof AssignmentEvent>;

/** The last message of a socket whose person was signed out; the line then ends. A station may come back as itself. */
export const SessionEnded = z.object({ reason: z.enum(['session-ended', 'not-allowed-any-more']) });
export type SessionEnded = z.infer<typeof SessionEnded>;

export interface ServerToClient {
  hello: (message: Hello) => void;
  tick: (message: LiveTick) => void;
  'careUnit.snapshot': (message: CareUnitSnapshot) => void;
  'careUnit.delta': (message: CareUnitDelta) => void;
  'alarm.snapshot': (message: AlarmSnapshot) => void;
  'alarm.event': (message: AlarmEvent) => void;
  'assignment.event': (message: AssignmentEvent) => void;
  'session.ended': (message: SessionEnded) => void;
  presence: (message: UnitPresence) => void;
  'limitsOff.board': (message: LimitsOffBoard) => void;
  'device.status': (message: DeviceStatus) => void;
  'config.changed': (message: ConfigChanged) => void;
  'careUnit.trends': (message: CareUnitTrends) => void;
}

export interface ClientToServer {
  join: (message: Join, reply: (answer: JoinReply) => void) => void;
  'client.health': (message: ClientHealth) => void;
}

/** Text marks that come with a priority so that colour is never the only sign. */
export const PRIORITY_MARK: Record<Priority, string> = { high: '***', medium: '**', low: '*' };
export const KIND_WORD: Record<AlarmKind, string> = { physiological: 'alarm', technical: 'technical alarm' };
