import { type DeviceMessage, type LogEventOf, type MetricName, metricRow, type Quality, type RuleSet } from '@vigil/contracts';

import { News2 } from './news2.js';
import type { Who } from './meant-for.js';

/** A rule set in force, and the rate of event time. */
export interface Rules {
  readonly ruleSet: RuleSet;
  readonly rate: number;
}

/** One reading that was taken, with what was known when it came. */
export interface Noted {
  readonly metric: MetricName;
  readonly value: number | null;
  /** A number of a quality that decides. */
  readonly isUsable: boolean;
  readonly quality: Quality;
  readonly hasValue: boolean;
  readonly atMs: number;
  readonly gatewayAtMs: number;
  readonly intervalMs: number;
  /** Newer than all of its metric. */
  readonly inOrder: boolean;
  readonly afterGap: boolean;
  readonly own: { readonly low: number | null; readonly high: number | null } | null;
}

export type AboutStay = LogEventOf<
  | 'limitsSet'
  | 'stayProfileSet'
  | 'charted'
  | 'scoreSettingsSet'
  | 'standbySet'
  | 'standbyEnded'
  | 'conditionShelved'
  | 'conditionUnshelved'
  | 'stayCorrected'
  | 'patientMerged'
>;

interface Heard {
  readonly deviceId: string;
  readonly name: string;
  readonly atMs: number;
  readonly gatewayAtMs: number;
  readonly late: boolean;
  /** How many ticks had silenced the bed before. */
  readonly ticks: number;
}

const SOURCE_IDLE_MS = 10_000;
const CLOCK_BEHIND_MS = 30_000;
const BLIND_MS = 5_000;
const isSign = (note: Noted): boolean =>
  (note.hasValue && (note.quality === 'valid' || note.quality === 'questionable')) ||
  note.quality === 'leadsOff' ||
  note.quality === 'calibration';

/** Everything that one bed was ever sent, in lists. What is asked is worked out from them anew each time. */
export class BedHistory {
  /** Of the stay that is now. */
  notes: Noted[] = [];
  overrides: LogEventOf<'limitsSet'>[] = [];
  stay: ({ readonly encounterId: string; readonly sinceMs: number } & Who) | null = null;
  /** What was said of stays that are not here yet. */
  awaited: AboutStay[] = [];
  /** Everything that was told of devices, in order. */
  readonly assigned: LogEventOf<'deviceAssigned'>[] = [];
  /** Of the stay that is now. */
  news2 = new News2();
  causes: string[] = [];
  /** Stays that are over here, newest last. */
  left: { readonly encounterId: string; readonly atMs: number }[] = [];
  clockMs = 0;
  graceMs = 0;
  watermarkMs = 0;
  private readonly heard: Heard[] = [];
  private ticks = 0;

  /** News of a stay of before it ended here are old. */
  hasLeftSince(encounterId: string, atMs: number): boolean {
    return (this.left.findLast((each) => each.encounterId === encounterId)?.atMs ?? -1) >= atMs;
  }

  hasLeft(encounterId: string, atMs: number): void {
    this.left = [...this.left.filter((each) => each.encounterId !== encounterId), { encounterId, atMs }].slice(-8);
  }

  /** `mine`: taken; `late`: taken and behind the watermark; null for a second copy. */
  take(message: DeviceMessage, rules: Rules | null): 'mine' | 'late' | null {
    const name = `${message.deviceId}/${message.bootId}/${message.seq}`;
    if (this.heard.some((h) => h.name === name)) return null;
    const rate = rules?.rate ?? 1;
    const late = this.isLate(message, rate);
    const { deviceId, atMs, gatewayAtMs } = message;
    if (this.stay === null && atMs < (this.left.at(-1)?.atMs ?? 0)) {
      // Of the patient who was here last: nobody's now.
      this.heard.push({ deviceId, name, atMs, gatewayAtMs, late: true, ticks: this.ticks });
      return null;
    }
    this.moveClock(gatewayAtMs, rate);
    this.heard.push({ deviceId, name, atMs, gatewayAtMs, late, ticks: this.ticks });
    if (late) return 'late';
    const latenessMs = (rules?.ruleSet.latenessMs ?? 0) * rate;
    const live = this.sources().filter((s) => s.deviceId === deviceId || this.isLive(s, rate));
    this.watermarkMs = Math.max(this.watermarkMs, Math.min(...live.map((s) => s.newestMs)) - latenessMs);
    return 'mine';
  }

  /** Time has passed and nothing came. False for a tick that is old. */
  tick(atMs: number, rules: Rules | null): boolean {
    if (atMs <= this.clockMs || atMs < this.watermarkMs) return false;
    this.moveClock(atMs, rules?.rate ?? 1);
    this.ticks += 1;
    this.watermarkMs = Math.max(this.watermarkMs, atMs - (rules?.ruleSet.latenessMs ?? 0) * (rules?.rate ?? 1));
    return true;
  }

  moveClock(toMs: number, rate: number): void {
    if (toMs <= this.clockMs) return;
    if (this.clockMs === 0 || toMs - this.clockMs > BLIND_MS * rate) this.graceMs = toMs;
    this.clockMs = toMs;
  }

  /** One reading of a message that was taken in time. Null while no rules are in force: nothing is remembered then. */
  note(message: DeviceMessage, at: number, rules: Rules): Noted {
    const reading = message.readings[at]!;
    const { metric, value, quality } = reading;
    const intervalMs = this.spanOf(message.deviceId, message.atMs)?.intervalsMs[metric] ?? metricRow(metric).nominalIntervalMs;
    const newestMs = this.newestMs(metric);
    const gapMs = Math.max(3 * intervalMs, 10_000 * rules.rate);
    const note: Noted = {
      ...{ metric, quality, hasValue: value !== null, intervalMs },
      ...{ atMs: message.atMs, gatewayAtMs: message.gatewayAtMs, value: typeof value === 'number' ? value : null },
      isUsable: typeof value === 'number' && (quality === 'valid' || quality === 'questionable'),
      inOrder: newestMs === null || message.atMs > newestMs,
      afterGap: newestMs !== null && message.atMs - newestMs > gapMs,
      own: this.ownLimits(metric, message.atMs),
    };
    this.notes.push(note);
    return note;
  }

  /** The patient's own limits of a metric at this time, while they last. */
  ownLimits(metric: MetricName, atMs: number): LogEventOf<'limitsSet'> | null {
    const override = this.overrides.findLast((o) => o.metric === metric);
    return override === undefined || Math.max(atMs, this.watermarkMs) >= override.toMs ? null : override;
  }

  /** From here on a sensor that is off has not been off before. */
  sensorsAnew(): void {
    this.sensorsFrom = this.notes.length;
  }
  sensorsFrom = 0;

  isCopy({ deviceId, bootId, seq }: DeviceMessage): boolean {
    return this.heard.some((h) => h.name === `${deviceId}/${bootId}/${seq}`);
  }

  /** What holds of what was told of a device: of each assignment the highest revision; without a name it says all. */
  spansOf(deviceId: string): LogEventOf<'deviceAssigned'>[] {
    let spans: LogEventOf<'deviceAssigned'>[] = [];
    for (const told of this.assigned.filter((each) => each.deviceId === deviceId)) {
      const { assignmentId: name, rev = 1 } = told;
      const known = spans.find((span) => span.assignmentId === name);
      if (name === undefined) spans = [told];
      else if (known === undefined || (known.rev ?? 1) < rev) {
        const others = spans.filter((span) => span !== known && (span.assignmentId !== undefined || !overlap(span, told)));
        spans = [...others, told];
      }
    }
    return spans;
  }

  spanOf(deviceId: string, atMs: number): LogEventOf<'deviceAssigned'> | undefined {
    return this.spansOf(deviceId)
      .filter(({ voided, fromMs, toMs }) => voided !== true && atMs >= fromMs && (toMs === null || atMs < toMs))
      .sort((a, b) => a.fromMs - b.fromMs)
      .at(-1);
  }

  /** The devices that are here at this time. */
  here(atMs: number): LogEventOf<'deviceAssigned'>[] {
    return [...new Set(this.assigned.map(({ deviceId }) => deviceId))].flatMap((id) => this.spanOf(id, atMs) ?? []);
  }

  /** Whether the device of this span brings the metric, beside the others that are here. */
  brings(metric: MetricName, { deviceId, channels }: LogEventOf<'deviceAssigned'>, atMs: number): boolean {
    if (channels !== undefined && channels !== null) return channels.includes(metric);
    return !this.here(atMs).some((other) => other.deviceId !== deviceId && other.channels?.includes(metric) === true);
  }

  isBrought(metric: MetricName): boolean {
    return this.here(this.clockMs).some((span) => this.brings(metric, span, this.clockMs));
  }

  /** Where the device was at no time up to now or later. */
  endOf(deviceId: string): number {
    return Math.max(0, ...this.spansOf(deviceId).map(endOf));
  }

  readingsOf(metric: MetricName): Noted[] {
    return this.notes.filter((n) => n.metric === metric);
  }

  /** Gateway time of the newest sign of each channel that ever gave one, and its interval. */
  channels(): Map<MetricName, { signMs: number; intervalMs: number }> {
    const channels = new Map<MetricName, { signMs: number; intervalMs: number }>();
    for (const note of this.notes) {
      const known = channels.get(note.metric);
      if (known === undefined && !isSign(note)) continue;
      const signMs = Math.max(known?.signMs ?? 0, isSign(note) ? note.gatewayAtMs : 0);
      channels.set(note.metric, { signMs, intervalMs: note.intervalMs });
    }
    return channels;
  }

  /** The newest value is too old to say anything of now, or there is none. */
  isStale(metric: string, rate: number): boolean {
    const seen = this.readingsOf(metric as MetricName).filter((n) => n.isUsable);
    if (seen.length === 0) return true;
    const { intervalMs } = this.channels().get(metric as MetricName)!;
    return this.clockMs - Math.max(...seen.map((n) => n.gatewayAtMs)) > Math.max(3 * intervalMs, SOURCE_IDLE_MS * rate);
  }

  /** Gateway time at which any device was last heard in time. */
  lastHeardMs(): number {
    return Math.max(0, ...this.sources().map((s) => s.lastMs));
  }

  private newestMs(metric: MetricName): number | null {
    const all = this.readingsOf(metric);
    const first = all.findIndex(isSign);
    return first < 0 ? null : Math.max(...all.slice(first).map((n) => n.atMs));
  }

  private sources(): { deviceId: string; newestMs: number; lastMs: number; ticks: number }[] {
    const ids = new Set(this.heard.filter((h) => !h.late).map((h) => h.deviceId));
    return [...ids].map((deviceId) => {
      const inTime = this.heard.filter((h) => h.deviceId === deviceId && !h.late);
      const newestMs = Math.max(...inTime.map((h) => h.atMs));
      return { deviceId, newestMs, lastMs: Math.max(...inTime.map((h) => h.gatewayAtMs)), ticks: inTime.at(-1)!.ticks };
    });
  }

  private isLive(source: { lastMs: number; ticks: number }, rate: number): boolean {
    return source.ticks === this.ticks && this.clockMs - source.lastMs <= SOURCE_IDLE_MS * rate;
  }

  private isLate(message: DeviceMessage, rate: number): boolean {
    if (this.stay !== null && message.atMs < this.stay.sinceMs) return true;
    const behindMs = this.watermarkMs - message.atMs;
    const newestMs = this.sources().find((s) => s.deviceId === message.deviceId)?.newestMs ?? 0;
    return behindMs > 0 && (message.atMs <= newestMs || behindMs > CLOCK_BEHIND_MS * rate);
  }
}

const endOf = ({ fromMs, toMs, voided }: LogEventOf<'deviceAssigned'>): number => (voided === true ? fromMs : (toMs ?? Infinity));

function overlap(a: LogEventOf<'deviceAssigned'>, b: LogEventOf<'deviceAssigned'>): boolean {
  return a.fromMs === b.fromMs || (a.fromMs < (b.toMs ?? Infinity) && b.fromMs < (a.toMs ?? Infinity));
}
