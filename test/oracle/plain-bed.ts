import {
  type CareUnitId,
  type DeviceMessage,
  type LogEvent,
  type LogEventOf,
  METRIC_NAMES,
  type MetricName,
  type NoDataRule,
} from '@vigil/contracts';
import { AlarmBook, type Told } from './alarm-book.js';
import { type AboutStay, BedHistory, type Noted, type Rules } from './bed-history.js';
import { BedRules } from './bed-rules.js';
import { News2 } from './news2.js';
import { PlainShelves } from './plain-shelves.js';
import { PlainDevices } from './plain-devices.js';
import { PlainStandby } from './plain-standby.js';

/** These end with a look at the rules by themselves, or change nothing that rules look at. */
const SETTLED: ReadonlySet<string> = new Set([
  ...['deviceMessage', 'tick', 'command', 'deviceAssigned', 'patientMerged', 'bedPlaced'],
]);
const LEADS_OFF_MS = 5_000;
const SOURCE_IDLE_MS = 10_000;
/** What comes less often has no no-data alarm of its own. */
const CONTINUOUS_MS = 120_000;

/** One bed, judged anew from its whole history with each event. */
export class PlainBed {
  private readonly history = new BedHistory();
  private rate = 1;
  private readonly book: AlarmBook;
  private readonly rules: BedRules;
  private readonly standby: PlainStandby;
  private readonly shelves: PlainShelves;
  private readonly devices: PlainDevices;
  /** The unit of the bed by itself, and when it was told. */
  private placed: { readonly careUnitId: CareUnitId; readonly atMs: number } | null = null;
  private readonly corrections = new Set<string>();

  constructor(private readonly bedId: string) {
    this.shelves = new PlainShelves(this.history);
    this.book = new AlarmBook(
      bedId,
      () => this.history.stay?.encounterId ?? null,
      () => this.history.clockMs,
      (code) => this.shelves.of(code),
      (code, priority) => this.shelves.risen(code, priority),
    );
    this.standby = new PlainStandby(this.history, this.book);
    this.devices = new PlainDevices(this.history, this.book);
    this.rules = new BedRules(this.history, this.book, (rule) => this.isSilent(rule as NoDataRule));
  }

  /** What this event makes people hear. */
  event(event: LogEvent, rules: Rules | null): Told[] {
    const before = this.book.told.length;
    this.rate = rules?.rate ?? 1;
    if (rules !== null) this.rules.use(rules);
    this.book.care = rules?.ruleSet.alarmCare ?? {};
    this.take(event, rules);
    const isSettled = SETTLED.has(event.kind);
    if (rules !== null && !isSettled) {
      const nowMs = this.history.clockMs === 0 ? event.atMs : this.history.clockMs;
      this.rules.look(nowMs);
      this.rules.settle(nowMs);
    }
    this.standby.settle();
    this.book.settleFlaps();
    this.shelves.settle();
    this.book.settleSilent(event.atMs);
    this.book.settleSeen();
    return this.book.told.slice(before);
  }

  /** Alarms whose rule is gone end; the others go on, and are asked at once. */
  activated(rules: Rules, atMs: number): Told[] {
    const before = this.book.told.length;
    this.book.care = rules.ruleSet.alarmCare ?? {};
    this.rules.activated(rules, atMs);
    const nowMs = this.history.clockMs === 0 ? atMs : this.history.clockMs;
    this.rules.look(nowMs);
    this.rules.settle(nowMs);
    return this.book.told.slice(before);
  }

  private take(event: LogEvent, rules: Rules | null): void {
    const { history, book } = this;
    switch (event.kind) {
      case 'deviceMessage':
        this.message(event, rules);
        return;
      case 'tick':
        if (!history.tick(event.atMs, rules)) return;
        this.devices.settle(this.rate);
        this.score(history.clockMs);
        if (rules === null) return;
        this.rules.look(event.atMs);
        this.rules.closeMeans();
        this.silence();
        this.rules.settle(event.atMs);
        return;
      case 'admit':
      case 'transferIn':
        this.admit(event, rules);
        return;
      case 'discharge':
        this.drop(history.awaited.filter((each) => stayOf(each) === event.encounterId));
        history.awaited = history.awaited.filter((each) => stayOf(each) !== event.encounterId);
        if (history.stay?.encounterId === event.encounterId) this.leave(event.atMs);
        else if (history.hasLeftSince(event.encounterId, event.atMs)) return;
        history.hasLeft(event.encounterId, event.atMs);
        return;
      case 'deviceAssigned':
        this.devices.assigned(event);
        return;
      case 'limitsSet':
      case 'stayProfileSet':
      case 'charted':
      case 'scoreSettingsSet':
      case 'standbySet':
      case 'standbyEnded':
      case 'conditionShelved':
      case 'conditionUnshelved':
      case 'stayCorrected':
      case 'patientMerged':
        this.about(event, rules);
        return;
      case 'bedPlaced':
        this.place(event);
        return;
      case 'coverageLost':
        if (!history.causes.includes(event.causeId)) history.causes.push(event.causeId);
        for (const code of book.codes().filter((c) => c === 'noData' || c.endsWith('.noData'))) book.close(code, event.atMs);
        return;
      case 'coverageRestored':
        history.causes = history.causes.filter((c) => c !== event.causeId);
        history.graceMs = Math.max(history.graceMs, history.clockMs);
        return;
      case 'command':
        if (event.command === 'acknowledge') book.acknowledge(event.alarmId, event.alarmRev, event.atMs);
        return;
      default:
        throw new Error(`the oracle knows nothing of ${event.kind}`);
    }
  }

  private admit(event: LogEventOf<'admit' | 'transferIn'>, rules: Rules | null): void {
    const { history, placed } = this;
    const { encounterId, ageGroup, atMs } = event;
    if (history.stay?.encounterId === encounterId || history.hasLeftSince(encounterId, atMs)) return;
    if (history.stay !== null) history.hasLeft(history.stay.encounterId, atMs);
    this.leave(atMs);
    history.left = history.left.filter((each) => each.encounterId !== encounterId);
    // Of the unit that came with the stay, and the one that the bed was put into, the one that was told last counts.
    const isOlder = placed !== null && (event.careUnitId === undefined || placed.atMs > atMs);
    const careUnitId = isOlder ? placed.careUnitId : event.careUnitId;
    history.stay = { encounterId, sinceMs: atMs, ageGroup, careUnitId };
    history.graceMs = Math.max(history.graceMs, history.clockMs);
    this.takeAwaited(encounterId, rules);
  }

  private takeAwaited(encounterId: string, rules: Rules | null): void {
    const { history } = this;
    const mine = history.awaited.filter((each) => stayOf(each) === encounterId);
    history.awaited = history.awaited.filter((each) => stayOf(each) !== encounterId);
    for (const said of mine) this.take(said, rules);
  }

  /** What people say of a stay waits for it, unless it was here. */
  private about(event: AboutStay, rules: Rules | null): void {
    const { history } = this;
    const encounterId = stayOf(event);
    if (history.stay?.encounterId !== encounterId) {
      const hasLeft = history.left.some((each) => each.encounterId === encounterId);
      if (hasLeft) this.drop([event]);
      else if (!history.awaited.some(({ id }) => id === event.id)) history.awaited.push(event);
    } else if (event.kind === 'limitsSet') history.overrides.push(event);
    else if (event.kind === 'stayProfileSet') {
      history.stay = { ...history.stay, ageGroup: event.ageGroup };
      this.score(event.atMs);
    } else if (event.kind === 'scoreSettingsSet') {
      history.news2.setScale(event.spo2Scale);
      this.score(event.atMs);
    } else if (event.kind === 'standbySet') this.standby.set(event);
    else if (event.kind === 'standbyEnded') this.standby.ended(event);
    else if (event.kind === 'conditionShelved') this.shelves.set(event, this.book);
    else if (event.kind === 'conditionUnshelved') this.shelves.ended(event);
    else if (event.kind === 'stayCorrected') this.correct(event, rules);
    else if (event.kind === 'charted' && event.atMs >= history.stay.sinceMs) {
      history.news2.chart(event);
      this.score(event.atMs);
    }
  }

  private drop(events: readonly AboutStay[]): void {
    for (const event of events) {
      if (event.kind === 'standbySet') this.standby.note(event.standbyId);
      if (event.kind === 'conditionShelved') this.shelves.note(event.shelfId);
    }
  }

  /** Another person has been here all the time: what was measured is theirs, what was set and charted is not. */
  private correct(event: LogEventOf<'stayCorrected'>, rules: Rules | null): void {
    const { history, book } = this;
    const { id, encounterId, ageGroup, careUnitId, sinceMs, atMs } = event;
    const wrong = history.stay!;
    if (this.corrections.has(id)) return;
    this.corrections.add(id);
    this.standby.end(atMs);
    this.shelves.drop();
    history.hasLeft(wrong.encounterId, atMs);
    history.left = history.left.filter((each) => each.encounterId !== encounterId);
    const before = history.left.filter((each) => each.encounterId !== wrong.encounterId && each.atMs <= wrong.sinceMs);
    const since = Math.max(sinceMs, ...before.map((each) => each.atMs));
    if (since > wrong.sinceMs) throw new Error('the oracle knows nothing of corrections of a part of a stay');
    const isOlder = this.placed !== null && (careUnitId ?? wrong.careUnitId) !== undefined && this.placed.atMs <= atMs;
    const unit = this.placed === null || isOlder ? (careUnitId ?? wrong.careUnitId) : this.placed.careUnitId;
    history.stay = { encounterId, sinceMs: since, ageGroup, careUnitId: unit };
    history.overrides = [];
    history.news2 = new News2();
    if (rules !== null) this.rules.forgetPerson();
    book.close('stayCorrected', atMs);
    book.correct(encounterId, atMs);
    book.holds({ code: 'stayCorrected', kind: 'technical', priority: 'medium', ruleId: 'stayCorrected' }, atMs);
    this.takeAwaited(encounterId, rules);
  }

  /** The bed is in another unit. Who lies here has the rules of that unit, and where these are others it is said. */
  private place({ careUnitId, atMs }: LogEventOf<'bedPlaced'>): void {
    const { history, book, placed } = this;
    const { stay } = history;
    if (placed !== null && placed.atMs > atMs) return;
    if ((stay?.careUnitId ?? placed?.careUnitId) === careUnitId && (placed === null || placed.careUnitId === careUnitId)) return;
    this.placed = { careUnitId, atMs };
    if (stay === null || stay.careUnitId === careUnitId || (stay.careUnitId !== undefined && stay.sinceMs > atMs)) return;
    if (!this.rules.isInForce()) {
      history.stay = { ...stay, careUnitId };
      return;
    }
    const isOther = this.rules.moved(() => (history.stay = { ...stay, careUnitId }), atMs);
    if (!isOther) return;
    book.close('limitsChanged', atMs);
    book.holds({ code: 'limitsChanged', kind: 'technical', priority: 'medium', ruleId: 'limitsChanged' }, atMs);
  }

  /** A person's time counts where the bed's own stands still. */
  private score(atMs: number): void {
    const { stay, clockMs, news2 } = this.history;
    if (stay !== null) news2.settle(Math.max(clockMs, atMs), (stay.ageGroup ?? 'adult') === 'adult');
  }

  private message(said: DeviceMessage, rules: Rules | null): void {
    const { history, book } = this;
    const message = this.devices.mine(said, this.rate);
    if (message === null) return;
    if (!history.isCopy(message)) this.devices.heard(message, this.rate);
    const taken = history.take(message, rules);
    if (taken === null) return;
    if (taken === 'mine') {
      const isOfNow = history.clockMs - message.gatewayAtMs <= SOURCE_IDLE_MS * (rules?.rate ?? 1);
      if (isOfNow) {
        history.causes = [];
        book.over('noData', history.clockMs);
      }
      this.devices.contested(said, this.rate);
      this.devices.settle(this.rate);
      this.standby.message(message, this.rate);
      if (history.stay !== null) history.news2.message(message);
      this.score(history.clockMs);
    }
    if (rules === null) return;
    this.rules.look(message.atMs);
    if (taken === 'mine') {
      this.rules.closeMeans();
      this.readings(message, rules);
    }
    this.silence();
    this.rules.settle(message.atMs);
  }

  /** One reading after the other; where rules hide others, all that is said of sensors comes first. */
  private readings(message: DeviceMessage, rules: Rules): void {
    const isHiding = this.rules.isHiding();
    const usable: Noted[] = [];
    message.readings.forEach((_, at) => {
      const note = this.history.note(message, at, rules);
      if (note.inOrder) this.leadsOff(note);
      if (!note.isUsable) return;
      if (isHiding) usable.push(note);
      else this.rules.readings([note], message.atMs);
    });
    if (isHiding) this.rules.readings(usable, message.atMs);
  }

  /** Electrodes that have been off for 5 s. Another flag without a value is no reason to say that they are on again. */
  private leadsOff(note: Noted): void {
    const code = `${note.metric}.leadsOff`;
    // Of one who is away, all of them are.
    if (this.standby.holds) {
      this.history.sensorsAnew();
      return;
    }
    if (note.quality !== 'leadsOff') {
      if (note.hasValue) this.book.over(code, note.atMs);
      return;
    }
    const known = this.history.notes.slice(this.history.sensorsFrom);
    const inOrder = known.filter((n) => n.inOrder && n.metric === note.metric);
    const onAgain = inOrder.findLastIndex((n) => n.quality !== 'leadsOff');
    const sinceMs = inOrder[onAgain + 1]!.atMs;
    if (note.atMs - sinceMs >= LEADS_OFF_MS)
      this.book.holds({ code, kind: 'technical', priority: 'low', ruleId: 'leadsOff' }, note.atMs);
  }

  private silence(): void {
    const { history, book } = this;
    if (!this.isWatched()) return;
    const rules = this.rules.noData();
    const any = rules.findLast((r) => r.metric === 'any');
    if (any !== undefined && this.isSilent(any) === true) {
      if (!book.isHolding('noData')) {
        for (const code of book.codes().filter((c) => c.endsWith('.noData'))) book.close(code, history.clockMs);
      }
      book.holds({ code: 'noData', kind: 'technical', priority: any.priority, ruleId: any.id }, history.clockMs);
      return;
    }
    for (const metric of METRIC_NAMES) {
      const rule = rules.findLast((r) => r.metric === metric);
      const isSilent = rule === undefined ? null : this.isMetricSilent(metric, rule);
      if (isSilent === null) continue;
      const code = `${metric}.noData`;
      if (isSilent && !history.isBrought(metric)) book.close(code, history.clockMs);
      else if (isSilent) book.holds({ code, kind: 'technical', priority: rule!.priority, ruleId: rule!.id }, history.clockMs);
      else if (history.channels().get(metric)!.signMs >= history.graceMs) book.over(code, history.clockMs);
    }
  }

  /** False where nobody watches: no patient, or one who is away, or no way for data to come. */
  private isWatched(): boolean {
    return this.history.stay !== null && this.history.causes.length === 0 && !this.standby.holds;
  }

  /** Null where nobody watches, of a channel that is not in use or comes seldom, and of one that no device brings any more. */
  private isSilent(rule: NoDataRule): boolean | null {
    const { history } = this;
    if (!this.isWatched()) return null;
    if (rule.metric !== 'any') {
      const isSilent = this.isMetricSilent(rule.metric, rule);
      return isSilent === true && !history.isBrought(rule.metric) ? null : isSilent;
    }
    if (history.assigned.length === 0) return null;
    const all = [...history.channels()];
    const brought = all.filter(([metric]) => history.isBrought(metric));
    const intervals = (brought.length === 0 ? all : brought).map(([, { intervalMs }]) => intervalMs);
    const quietMs = history.clockMs - Math.max(history.graceMs, history.lastHeardMs());
    return quietMs > this.most(rule, intervals.length === 0 ? 0 : Math.min(...intervals));
  }

  private isMetricSilent(metric: MetricName, rule: NoDataRule): boolean | null {
    const { history } = this;
    const channel = history.channels().get(metric);
    if (channel === undefined || channel.intervalMs > CONTINUOUS_MS) return null;
    return history.clockMs - Math.max(channel.signMs, history.graceMs) > this.most(rule, channel.intervalMs);
  }

  private most({ intervals, transportMs }: NoDataRule, intervalMs: number): number {
    return Math.max(intervals * intervalMs, transportMs * this.rate);
  }

  private leave(atMs: number): void {
    this.standby.end(atMs);
    this.shelves.drop();
    this.book.forgetBeginnings();
    for (const code of this.book.codes()) this.book.close(code, atMs);
    this.history.stay = null;
    this.history.notes = [];
    this.history.sensorsAnew();
    this.history.overrides = [];
    this.history.news2 = new News2();
    this.rules.forget();
  }
}

/** The stay that it is said of; of a correction the one that is believed in until then. */
const stayOf = (event: AboutStay): string => (event.kind === 'stayCorrected' ? event.wrongEncounterId : event.encounterId);
