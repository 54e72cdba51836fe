import type {
  AgeGroup,
  AlarmEvidence,
  AlarmId,
  AlarmKind,
  BedId,
  BedsidePause,
  CareUnitId,
  EncounterId,
  GatewayId,
  LogEventOf,
  LogKey,
  MetricName,
  OnCallTroubleCode,
  Origin,
  PatientId,
  Priority,
  RuleSet,
  StaffId,
  StandbyPlace,
} from '@vigil/contracts';
import type { SignalState } from './alarm.js';
import type { AboutStay } from './awaited.js';
import type { ClockDoubt } from './clock-doubt.js';
import type { ScoreState } from './scores/score-state.js';
import type { SeenRanges } from './seen.js';
import type { MeanWindow } from './window.js';

/** The rules in force on a partition, and the rate of event time that scales transport limits (D8). */
export interface ActiveRules {
  readonly hash: string;
  readonly ruleSet: RuleSet;
  readonly rate: number;
  /** Hashes of rule sets that were in force before, newest last: a gateway may still work with one of them. */
  readonly previous?: readonly string[];
  /** Activations that were taken, newest last: one that the log has twice, perhaps behind a later one, changes nothing again. */
  readonly taken?: readonly string[];
}
export const PREVIOUS_RULES_MAX = 16;

/** What belongs to a whole partition. */
export interface EngineState {
  readonly v: 1;
  rules: ActiveRules | null;
}

export interface SourceBoot {
  readonly bootId: string;
  readonly seen: SeenRanges;
  /** Gateway time of the newest message of this boot that was believed; absent in states of before it was kept. */
  lastMs?: number;
  /** Of `seen`, what only a handover has told of so far: scores wait for the message itself. Absent where there was no handover. */
  handed?: SeenRanges;
}

/** One device as the source of a bed's data. */
export interface SourceState {
  /** Newest event time of its samples; the source's watermark trails it by the allowed lateness. */
  newestMs: number;
  /** Gateway time of its newest message. */
  lastSeenMs: number;
  /** A source that a tick has passed by does not hold the bed's watermark back (D24). */
  idle: boolean;
  /** Taken sequence numbers per boot; the oldest boot goes when there are more than `BOOTS_MAX`. */
  boots: SourceBoot[];
}
export const BOOTS_MAX = 4;

export interface MetricState {
  /** Event time of the newest reading, whatever its quality. */
  lastAtMs: number;
  /** Gateway time of the newest sign of the sensor: a value, or a flag that says why there is none. */
  lastSignMs: number;
  intervalMs: number;
  /** Gateway time of the newest value that rules may use. Absent in states of before it was kept. */
  valueSeenMs?: number;
}

export type LimitPhase = 'inside' | 'pending' | 'active' | 'clearing';
export interface LimitState {
  phase: LimitPhase;
  sinceMs: number;
  /** Only of rules with levels: since when the condition holds, its delay included; and each level with a limit of its own. */
  heldMs?: number;
  levels?: LimitState[];
}
/** A rule of any other kind: its delays as those of a limit, and what its kind remembers (plain JSON, bounded). */
export interface RuleState extends LimitState {
  /** Absent until it has answered; false while what it would need is not there. */
  isKnown?: boolean;
  memory: unknown;
}
export interface WindowRuleState {
  open: MeanWindow[];
  active: boolean;
}

/** An alarm whose condition holds or whose signal is present. One per condition code. */
export interface OpenAlarm {
  readonly alarmId: AlarmId;
  rev: number;
  readonly conditionCode: string;
  readonly kind: AlarmKind;
  readonly metric: MetricName | null;
  readonly onsetMs: number;
  encounterId: EncounterId | null;
  readonly origin: Origin;
  active: boolean;
  signal: SignalState;
  /** Revision with which the signal began to sound last. */
  soundedRev?: number;
  /** Highest priority that it had while nobody had seen it, where it has become less urgent since. */
  peak?: Priority;
  evidence: AlarmEvidence;
  ruleId: string;
  /** Taken over from a gateway (D17); see `AlarmTransition`. */
  adopted?: 'held' | 'confirmed';
  /** It came and went so often that its end waits for quiet; see `flap.ts`. */
  flapping?: true;
  /**
   * Of `notAccepted`, while people are being told of it, nobody has accepted it and not all have been told: what nobody accepts
   * meanwhile joins it. Absent, also on those of before it was kept: a further one is told anew.
   */
  telling?: 'alone' | 'joined';
  /** Of one that flaps: the condition has been away since then (the bed's time), and it is not over yet. */
  quietFromMs?: number;
}

/** Onset of the newest alarm per condition code, also of those that are over: an id is never given twice. */
export type LastOnsets = Record<string, number>;

/**
 * Onsets of the alarms that were ever told, per condition code, ascending: which id of a gateway's alarm is new. The first
 * entry is a floor: everything up to it counts as told.
 */
export type ToldOnsets = Record<string, number[]>;
export const TOLD_ONSETS_MAX = 33;

/** A time in which a device watches this bed; event time, half open, null: still. An empty one never held. */
export interface AssignedSpan {
  /** Absent where it was told before assignments had names: it was then the device's only one. */
  readonly assignmentId?: string;
  /** Of that assignment; a higher one takes the place of this. */
  readonly rev?: number;
  readonly fromMs: number;
  readonly toMs: number | null;
  /** What it alone brings; null: all that no other device names. */
  readonly channels: readonly MetricName[] | null;
  readonly intervalsMs: Partial<Record<MetricName, number>>;
}

/** Nothing is expected from the monitor of the stay that is here (A11). Event time, half open. */
export interface StandbyState {
  readonly standbyId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly place: StandbyPlace;
  /** By metric whose values are valid again without a pause: since when, and the newest. */
  back?: Partial<Record<MetricName, { sinceMs: number; lastMs: number }>>;
}

/** One condition that a person had put away for a while (shelves.ts). Event time. */
export interface ShelfState {
  readonly shelfId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** What is more urgent is annunciated. */
  readonly priority: Priority;
  readonly by: StaffId;
  /** The condition has become more urgent, and this is over. */
  raisedMs?: number;
}

/** What one bedside device said of its own alarms since it started. */
export interface BedsideAlarmsOf {
  readonly bootId: string;
  /** Event time of the first message of that boot. */
  bootMs: number;
  /** Boots that this one has followed, newest last; at most `BOOTS_MAX`. */
  readonly earlier: readonly string[];
  /** By the device's name of the alarm: what its newest message said. */
  readonly said: Record<string, { seq: number; active: boolean }>;
}

/** What one bedside device said last of its pauses; `saidMs` by the bed's time. */
export interface BedsidePausesOf {
  readonly bootId: string;
  readonly seq: number;
  readonly saidMs: number;
  readonly pauses: readonly { readonly kind: BedsidePause['kind']; readonly sinceMs: number; readonly untilMs: number | null }[];
}

/** By fault and by who has it: event time at which a gateway said so last. */
export type ReportedFaults = Record<string, Record<string, number>>;

export interface Stay {
  readonly encounterId: EncounterId;
  readonly patientId: PatientId;
  readonly sinceMs: number;
  /** What picks the rules of the stay; absent where nobody has told. */
  readonly ageGroup?: AgeGroup;
  readonly careUnitId?: CareUnitId;
}

/** A stay that is not here any more, so that late news of it go after the patient or count for nothing (D6). */
export interface LeftStay {
  readonly encounterId: EncounterId;
  readonly atMs: number;
  /** Null: it is over. */
  readonly toBedId: BedId | null;
  readonly eventId: string;
  /** Open alarms that went along. */
  alarmIds: readonly AlarmId[];
  /** It is here again: then only the alarms count that may still be on their way. */
  isBack?: boolean;
}

export interface LimitOverride {
  readonly low: number | null;
  readonly high: number | null;
  readonly toMs: number;
}

/**
 * All that `step` knows of one bed. Plain data, so a checkpoint is `JSON.stringify(state)`; bounded by the site's
 * devices and the rule set.
 */
export interface BedState {
  readonly v: 4;
  readonly kind: 'bed';
  readonly bedId: BedId;
  encounter: Stay | null;
  /** By device, in the order of time; bounds: device-spans.ts. */
  devices: Record<string, readonly AssignedSpan[]>;
  /** By metric that a device names and another sends as well: gateway time at which each device sent it last. */
  contested?: Partial<Record<MetricName, Record<string, number>>>;
  /** The care unit of the bed, where it was told by itself and not with a stay, and when. */
  placed?: { readonly careUnitId: CareUnitId; readonly atMs: number };
  /** Of the stay that is here. */
  standby?: StandbyState;
  /** Standbys that are over, newest last: what is told of one of them again, or late, changes nothing. Bounds: standby.ts. */
  standbysOver?: string[];
  /** Of the stay that is here, by condition code. Bounds: shelves.ts. */
  shelves?: Record<string, ShelfState>;
  /** As `standbysOver`. */
  shelvesOver?: string[];
  /** By condition code: when it last began (the bed's time), ascending; kept while a rule set asks for it. Bounds: flap.ts. */
  flaps?: Record<string, number[]>;
  sources: Record<string, SourceState>;
  metrics: Partial<Record<MetricName, MetricState>>;
  limits: Record<string, LimitState>;
  windows: Record<string, WindowRuleState>;
  /** By rule, of the kinds that stand neither in `limits` nor in `windows`. Absent in states of before there were such. */
  rules?: Record<string, RuleState>;
  /** By suppression, while it hides rules: until when it still does after its condition is over; null while that holds. */
  suppressed?: Record<string, { untilMs: number | null }>;
  /** Which of the set's rules are for this stay at this time (`RulePlan.key`); absent where all rules are for everybody. */
  scope?: string;
  overrides: Partial<Record<MetricName, LimitOverride>>;
  /** Of the stay; absent before anything was measured or charted. */
  scores?: ScoreState;
  /** By condition code. */
  alarms: Record<string, OpenAlarm>;
  /** Absent in states of before it was kept. */
  lastOnsets?: LastOnsets;
  toldOnsets?: ToldOnsets;
  /**
   * What this gateway took up to `gatewayMs` by its own time, of event times up to `untilMs`, it has judged and told (D17): that
   * is not judged again. Another gateway's time, or what comes later, is not bound by it.
   */
  judged?: { readonly gatewayId: GatewayId; readonly untilMs: number; readonly gatewayMs: number };
  /** Devices with a fault of their own, by condition code and device: gateway time at which it last showed. */
  faults?: Record<string, Record<string, number>>;
  reportedFaults?: ReportedFaults;
  /** By device. Absent while no device has raised an alarm of its own. */
  bedside?: Record<string, BedsideAlarmsOf>;
  /** By device: what it has paused of its own alarms, by the bed's time. */
  pauses?: Record<string, BedsidePausesOf>;
  /** Newest onset among the names of bedside alarms that are forgotten. */
  bedsideOnsetFloorMs?: number;
  /** Conditions of readings that wait for their delay, by condition code: since when. */
  pendingTechnical: Record<string, number>;
  /** Newest last; absent while nobody has left. Bounds: stay.ts. */
  left?: LeftStay[];
  /** What people have set for stays that are not here yet, newest last; see `awaited.ts`. */
  awaited?: AboutStay[];
  /** Acknowledgements of alarms that are not here (yet), newest last; see `transfer.ts`. */
  early?: LogEventOf<'command'>[];
  /** Ids of transfers, corrections and admissions anew that brought somebody here, newest last. */
  taken?: string[];
  /** Alarms whose escalation ran out without accept. */
  notAccepted: AlarmId[];
  /** Causes why no data can arrive; while there is one, silence raises nothing here (D16). */
  coverageLost: string[];
  /** Gateway time as this bed has seen it: ticks and messages move it on, never back. */
  clockMs: number;
  /** A gateway tells this bed that time passes, so nothing it has to say comes out of an hour of silence. */
  isTicked?: boolean;
  /** Another time that somebody says this bed has, while it is not decided which one holds (clock-doubt.ts). */
  doubt?: ClockDoubt;
  /** Silence counts from here at the earliest: admission, return of coverage. */
  graceFromMs: number;
  /** No window closes behind it, nothing older is counted again. */
  watermarkMs: number;
  lastOrigin: Origin;
}

export interface GatewayState {
  readonly v: 1;
  readonly kind: 'gateway';
  readonly gatewayId: GatewayId;
  lostId: string | null;
  /** Its newest test message (canary.ts). */
  canary?: { readonly bootId: string; readonly seq: number };
  reportedFaults?: ReportedFaults;
  /** Statuses in a row that say a time of long before (gateway.ts). */
  behind?: number;
  /** Gateway time as its own status says, and since when it is heard without a pause; absent before the first. */
  clockMs?: number;
  graceFromMs?: number;
  alarms: Record<string, OpenAlarm>;
  /** Absent in states of before it was kept. */
  lastOnsets?: LastOnsets;
  toldOnsets?: ToldOnsets;
}

/** Of what concerns a care unit and none of its beds (care-unit-alarms.ts). */
export interface CareUnitState {
  readonly v: 1;
  readonly kind: 'unit';
  readonly careUnitId: CareUnitId;
  /** What is wrong with being told, by its subjects in the order in which they came. */
  troubles: Partial<Record<OnCallTroubleCode, string[]>>;
  alarms: Record<string, OpenAlarm>;
  lastOnsets?: LastOnsets;
  toldOnsets?: ToldOnsets;
}

export type KeyState = BedState | GatewayState | CareUnitState;

export interface PartitionState {
  readonly engine: EngineState;
  readonly keys: Map<LogKey, KeyState>;
}

export function emptyPartition(): PartitionState {
  return { engine: { v: 1, rules: null }, keys: new Map() };
}

export function emptyBed(bedId: BedId): BedState {
  return {
    v: 4,
    kind: 'bed',
    bedId,
    encounter: null,
    devices: {},
    sources: {},
    metrics: {},
    limits: {},
    windows: {},
    overrides: {},
    alarms: {},
    pendingTechnical: {},
    notAccepted: [],
    coverageLost: [],
    clockMs: 0,
    graceFromMs: 0,
    watermarkMs: 0,
    lastOrigin: 'live',
  };
}

export function emptyGateway(gatewayId: GatewayId): GatewayState {
  return { v: 1, kind: 'gateway', gatewayId, lostId: null, alarms: {} };
}

export function emptyCareUnit(careUnitId: CareUnitId): CareUnitState {
  return { v: 1, kind: 'unit', careUnitId, troubles: {}, alarms: {} };
}
