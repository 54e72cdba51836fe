import { type AlarmTransition, ChangeReason, ChangeSource, Gap, type LogEvent, Reject, type RuleSet } from '@vigil/contracts';
import { alarmIdOf, contentHash } from '@vigil/domain';
import { type NameKind, Pseudonyms } from './pseudonyms.js';
import { ReplayRefused } from './refused.js';
import { INCIDENT_EPOCH_MS, NEAR_MS, shifted } from './time-shift.js';

/** Fields that hold a name, and what it is the name of. */
const NAMES: Readonly<Record<string, NameKind>> = {
  bedId: 'bed',
  fromBedId: 'bed',
  toBedId: 'bed',
  deviceId: 'device',
  gatewayId: 'gateway',
  patientId: 'patient',
  fromPatientId: 'patient',
  encounterId: 'stay',
  wrongEncounterId: 'stay',
  staffId: 'staff',
  by: 'staff',
  secondBy: 'staff',
  author: 'staff',
  careUnitId: 'unit',
  careUnitIds: 'unit',
  toCareUnitId: 'unit',
  bootId: 'boot',
  earlier: 'boot',
  commandId: 'command',
  alarmId: 'alarm',
  notAccepted: 'alarm',
  hash: 'rules',
  ruleSetHash: 'rules',
  previous: 'rules',
  outageId: 'ref',
  causeId: 'ref',
  lostId: 'ref',
  coverageLost: 'ref',
  chartId: 'ref',
  gapId: 'ref',
  assignmentId: 'ref',
  standbyId: 'ref',
  standbysOver: 'ref',
  shelfId: 'ref',
  shelvesOver: 'ref',
  sourceRef: 'ref',
  taken: 'ref',
  eventId: 'ref',
  alarmIds: 'alarm',
};
/** Fields whose keys are names of devices. */
const BY_DEVICE = new Set(['devices', 'sources', 'bedside', 'said-by']);
/** Fields that are left out: people write them. What needs something there gets a word. */
const LEFT_OUT = new Set(['label', 'birthDate', 'note', 'comment']);
const TEXTS = new Set(['reason', 'source', 'text']);
/** Of a refused message: what it was, as the device sent it. The engine looks at none of it. */
const AS_SENT = new Set(['headBase64', 'sha256', 'path', 'expected']);
/** Whole numbers that are no times, however large. */
const COUNTS = new Set(['seq', 'fromSeq', 'toSeq', 'seen', 'rev', 'alarmRev', 'count', 'value', 'limit', 'bytes']);
/** Fields in which a word is one of the engine, also where something here has the same name, e.g. a care unit `adult`. */
const ENGINE_WORDS = new Set([
  ...['kind', 'metric', 'unit', 'quality', 'priority', 'presence', 'cause', 'side', 'ruleId', 'rule', 'conditionCode', 'phase'],
  ...['adopted', 'item', 'score', 'basis', 'ageGroup', 'aggregate', 'part', 'command', 'fault', 'direction', 'type', 'because'],
  ...['name', 'code', 'role'],
]);
/** What a value that is no number may be; people chart other words as well, and the engine looks at none of those. */
const VALUES = new Set(['A', 'C', 'V', 'P', 'U', 'air', 'oxygen']);
/** An alarm that was closed because something hides it says so by the id of the suppression. */
const SUPPRESSION = /^suppression:[a-zA-Z0-9.-]{1,64}$/;
/** Short figures in a row, as the engine notes them to see a change; too short for a day or a number of a person. */
const isFigures = (value: string): boolean => /^[-0-9.,;|/ ]{1,200}$/.test(value) && !/[0-9]{5}/.test(value);
/** Fields in which the engine packs counts of values as text (`packed-counts.ts`), and the form of that. */
const PACKED = new Set(['bins', 'sketches']);
const isPacked = (value: string): boolean => /^(?:-?[0-9a-z]{1,8}\.){3}(?:\+?[0-9a-z]{1,8}\.){1,4000}$/.test(value);
const LOG_KEY = /^(bed|device|gateway):/;
const SUM = /^sum|Sum|Steps$|squares/i;
/** What the engine and the contracts write in their own fields: a word, a code, a unit. */
const WORD = /^[A-Za-z0-9%/{][A-Za-z0-9._%/{}[\]()^*-]{0,39}$/;
/** In a field that is not in a list here only what looks like a word of a list of the engine: `pending`, `heartRate.high`. */
const CODE = /^[a-z][A-Za-z]{0,31}(\.[A-Za-z-]{1,31})?$/;
/**
 * Words of the contracts in fields where people write elsewhere: where a part of a score or a change comes from, why messages are
 * missing or something was changed.
 */
const KNOWN_TEXTS: ReadonlySet<string> = new Set([
  ...['device', 'charted'],
  ...[...Gap.shape.reason.options, ...Reject.shape.reason.options, ...ChangeReason.options, ...ChangeSource.options],
]);

/**
 * Makes of events and states of a bed what nobody can tell the patient, the place, the people or the day from: names are exchanged
 * for new ones, times are shifted, texts that people write are dropped, the origin is `test`. Readings stay: they are the incident.
 *
 * What it does not know it refuses: a text in a field that it was never told of is not carried over.
 */
export class DeIdentifier {
  private readonly names: Pseudonyms;
  private shiftMs = 0;
  private isLearning = true;
  private readonly eventIds = new Map<string, string>();

  constructor(seed: string) {
    this.names = new Pseudonyms(seed);
  }

  /** Learns the names in an event; call for all that ever happened at the beds, before `begin`. */
  learn(event: LogEvent): void {
    // Nothing but readings is new in most of them.
    if (event.kind === 'deviceMessage' && this.names.known(event.bootId) !== undefined) return;
    this.walk(event, '', []);
  }

  /** From here on values come back, their times moved back by this. */
  begin(shiftMs: number): void {
    this.shiftMs = shiftMs;
    this.isLearning = false;
  }

  event(event: LogEvent): LogEvent {
    this.learnAlarms(event);
    const told = this.walk(event, '', []) as LogEvent;
    return { ...told, id: this.eventId(event.id) };
  }

  /** Call with all transitions of the period before its events: a command names the alarm that it is for. */
  transitions(transitions: readonly AlarmTransition[]): readonly AlarmTransition[] {
    this.learnAlarms(transitions);
    return transitions.map((transition) => this.walk(transition, '', []) as AlarmTransition);
  }

  /** Plain JSON of the engine. */
  state<T>(state: T): T {
    this.learnAlarms(state);
    return this.walk(state, '', []) as T;
  }

  originals(): readonly string[] {
    return this.names.originals();
  }

  /** The same for a second copy, and as the state has it where that remembers the event. */
  private eventId(id: string): string {
    const told = this.names.known(id) ?? this.eventIds.get(id) ?? `e${this.eventIds.size}`;
    this.eventIds.set(id, told);
    return told;
  }

  private walk(value: unknown, field: string, path: readonly string[]): unknown {
    if (typeof value === 'string') return this.text(value, field, path);
    if (typeof value === 'number') return this.number(value, field);
    if (Array.isArray(value)) return value.map((item) => this.walk(item, field, [...path, '[]']));
    if (typeof value !== 'object' || value === null) return value;
    if (field === 'ruleSet') return this.ruleSet(value as RuleSet);
    const rules = (value as { ruleSet?: RuleSet }).ruleSet;
    if (rules !== undefined) this.names.set((value as { hash: string }).hash, contentHash(this.ruleSet(rules)));
    const told: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (LEFT_OUT.has(key)) continue;
      const name = BY_DEVICE.has(field) ? this.names.of('device', key) : this.key(key, path);
      told[name] = this.walk(item, key, [...path, key]);
    }
    return told;
  }

  private number(value: number, field: string): number {
    if (COUNTS.has(field) || SUM.test(field)) return value;
    // Beside the times of windows stand their sums, which may be as large as a time; none is near the day by more than chance.
    if (field === 'cells' && Math.abs(value - this.shiftMs - INCIDENT_EPOCH_MS) > NEAR_MS) return value;
    return shifted(value, this.shiftMs);
  }

  private text(value: string, field: string, path: readonly string[]): string {
    if (field === 'origin' || field === 'lastOrigin') return 'test';
    if (LOG_KEY.test(value)) return this.logKey(value);
    if (TEXTS.has(field)) return KNOWN_TEXTS.has(value) ? value : 'removed';
    if (AS_SENT.has(field)) return 'removed';
    if (field === 'value') return VALUES.has(value) ? value : 'removed';
    if (field === 'id' && path.length === 1) return value;
    if (PACKED.has(field) && (value === '' || isPacked(value))) return value;
    const made = this.composed(value, field);
    if (made !== null) return made;
    const kind = field === 'id' ? 'ref' : NAMES[field];
    // Before the first activation there are no rules to name.
    if (kind === 'rules' && value === 'none') return value;
    if (kind !== undefined) return this.names.of(kind, value);
    if (ENGINE_WORDS.has(field) && WORD.test(value)) return value;
    const known = this.names.known(value);
    if (known !== undefined) return known;
    if (CODE.test(value) || isFigures(value)) return value;
    if (this.isLearning) return value;
    throw new ReplayRefused(`a text that is not known to be harmless, in the field ${path.join('.')}: no test is made of it`);
  }

  /** Texts that the engine puts together: a scope is span, age group and care unit; an activation its number and the rules. */
  private composed(value: string, field: string): string | null {
    const parts = value.split('/');
    if (field === 'scope' && parts.length === 3) {
      const [span, age, unit] = parts as [string, string, string];
      return `${span}/${age}/${unit === '' ? '' : this.names.of('unit', unit)}`;
    }
    const activation = /^([0-9]{1,15})\/([0-9a-f]{64})$/.exec(value);
    if (field === 'taken' && activation !== null) return `${activation[1]!}/${this.names.of('rules', activation[2]!)}`;
    return field === 'because' && SUPPRESSION.test(value) ? value : null;
  }

  /** A field of the engine, a metric, a condition, a rule, or something's name. */
  private key(key: string, path: readonly string[]): string {
    const known = this.names.known(key);
    if (known !== undefined) return known;
    if (LOG_KEY.test(key)) return this.logKey(key);
    if (WORD.test(key)) return key;
    if (this.isLearning) return key;
    throw new ReplayRefused(
      `a key that is not known to be harmless, below ${path.join('.') || 'the top'}: no test is made of it`,
    );
  }

  private logKey(key: string): string {
    const [kind, name] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
    return `${kind}:${this.names.of(kind as NameKind, name)}`;
  }

  /** Ids of rules stay: conditions are named after them, and they are reviewed texts of the site. */
  private ruleSet(ruleSet: RuleSet): RuleSet {
    const units = (ids: readonly string[]): never[] => ids.map((id) => this.names.of('unit', id) as never);
    const rules = ruleSet.rules.map((rule) => {
      const { name: _, ...rest } = rule;
      const dated = this.walkTimes(rest) as typeof rule;
      return { ...dated, source: 'removed', ...(rule.careUnitIds === undefined ? {} : { careUnitIds: units(rule.careUnitIds) }) };
    });
    const suppressions = ruleSet.suppressions?.map((each) => ({ ...each, source: 'removed' }));
    return { ...ruleSet, name: 'incident', rules, ...(suppressions === undefined ? {} : { suppressions }) };
  }

  /** Effective dates of a rule. */
  private walkTimes(rule: { readonly fromMs?: number | undefined; readonly toMs?: number | undefined }): object {
    const moved = (ms: number | undefined, name: string): object =>
      ms === undefined ? {} : { [name]: shifted(ms, this.shiftMs) };
    return { ...rule, ...moved(rule.fromMs, 'fromMs'), ...moved(rule.toMs, 'toMs') };
  }

  /** The id of an alarm is made of its bed and onset (D4), so its new one is made of theirs. */
  private learnAlarms(value: unknown, bedId: string | null = null): void {
    if (Array.isArray(value)) for (const item of value) this.learnAlarms(item, bedId);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const alarm = value as Record<string, unknown>;
    const here = typeof alarm['bedId'] === 'string' ? alarm['bedId'] : bedId;
    const { alarmId, conditionCode: code, onsetMs } = alarm;
    if (typeof alarmId === 'string' && typeof code === 'string' && typeof onsetMs === 'number' && here !== null) {
      if (alarmId === alarmIdOf(here, code, onsetMs)) {
        this.names.set(alarmId, alarmIdOf(this.names.of('bed', here), code, shifted(onsetMs, this.shiftMs)));
      }
    }
    for (const item of Object.values(alarm)) this.learnAlarms(item, here);
  }
}
