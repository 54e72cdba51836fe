import { type DeviceMessage, type LogEvent, type LogEventOf, METRIC_NAMES, type NoDataRule } from '@vigil/contracts';
import { AlarmBook, type Told } from './alarm-book.js';
import { type AboutStay, BedHistory, type Noted, type Rules } from './bed-history.js';
import { BedRules } from './bed-rules.js';
import { News2 } from './news2.js';

/** These end with a look at the rules by themselves, or change nothing that rules look at. */
const SETTLED: ReadonlySet<string> = new Set(['deviceMessage', 'tick', 'command', 'deviceAssigned']);
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

  constructor(private readonly bedId: string) {
    this.book = new AlarmBook(bedId, () => this.history.stay?.encounterId ?? null);
    this.rules = new BedRules(this.history, this.book, (rule) => this.isSilent(rule as NoDataRule));
  }

  /** What this event makes people hear. */
  event(event: LogEvent, rules: Rules | null): Told[] {
    const before = this.book.told.length;
    this.rate = rules?.rate ?? 1;
    if (rules !== null) this.rules.use(rules);
    this.take(event, rules);
    const isSettled = SETTLED.has(event.kind);
    if (rules !== null && !isSettled) {
      const nowMs = this.history.clockMs === 0 ? event.atMs : this.history.clockMs;
      this.rules.look(nowMs);
      this.rules.settle(nowMs);
    }
    return this.book.told.slice(before);
  }

  /** Alarms whose rule is gone end; the others go on, and are asked at once. */
  activated(rules: Rules, atMs: number): Told[] {
    const before = this.book.told.length;
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
        this.score(history.clockMs);
        if (rules === null) return;
        this.rules.look(event.atMs);
        this.rules.closeMeans();
        this.silence();
        this.rules.settle(event.atMs);
        return;
      case 'admit':
      case 'transferIn':
        if (history.stay?.encounterId === event.encounterId || history.hasLeftSince(event.encounterId, event.atMs)) return;
        if (history.stay !== null) history.hasLeft(history.stay.encounterId, event.atMs);
        this.leave(event.atMs);
        history.left = history.left.filter((each) => each.encounterId !== event.encounterId);
        history.stay = {
          ...{ encounterId: event.encounterId, sinceMs: event.atMs },
          ...{ ageGroup: event.ageGroup, careUnitId: event.careUnitId },
        };
        history.graceMs = Math.max(history.graceMs, history.clockMs);
        for (const said of history.awaited.filter((each) => each.encounterId === event.encounterId)) this.take(said, rules);
        history.awaited = history.awaited.filter((each) => each.encounterId !== event.encounterId);
        return;
      case 'discharge':
        history.awaited = history.awaited.filter((each) => each.encounterId !== event.encounterId);
        if (history.stay?.encounterId === event.encounterId) this.leave(event.atMs);
        else if (history.hasLeftSince(event.encounterId, event.atMs)) return;
        history.hasLeft(event.encounterId, event.atMs);
        return;
      case 'deviceAssigned':
        history.devices.set(event.deviceId, event);
        return;
      case 'limitsSet':
      case 'stayProfileSet':
      case 'charted':
      case 'scoreSettingsSet':
        this.about(event);
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

  /** What people say of a stay waits for it, unless it was here. */
  private about(event: AboutStay): void {
    const { history } = this;
    const hasLeft = history.left.some((each) => each.encounterId === event.encounterId);
    if (history.stay?.encounterId !== event.encounterId) {
      if (!hasLeft && !history.awaited.some(({ id }) => id === event.id)) history.awaited.push(event);
    } else if (event.kind === 'limitsSet') history.overrides.push(event);
    else if (event.kind === 'stayProfileSet') {
      history.stay = { ...history.stay, ageGroup: event.ageGroup };
      this.score(event.atMs);
    } else if (event.kind === 'scoreSettingsSet') {
      history.news2.setScale(event.spo2Scale);
      this.score(event.atMs);
    } else if (event.atMs >= history.stay.sinceMs) {
      history.news2.chart(event);
      this.score(event.atMs);
    }
  }

  /** A person's time counts where the bed's own stands still. */
  private score(atMs: number): void {
    const { stay, clockMs, news2 } = this.history;
    if (stay !== null) news2.settle(Math.max(clockMs, atMs), (stay.ageGroup ?? 'adult') === 'adult');
  }

  private message(message: DeviceMessage, rules: Rules | null): void {
    const { history, book } = this;
    if (!this.isOurs(message)) throw new Error('the oracle knows nothing of devices of other beds');
    const taken = history.take(message, rules);
    if (taken === null) return;
    if (taken === 'mine') {
      const isOfNow = history.clockMs - message.gatewayAtMs <= SOURCE_IDLE_MS * (rules?.rate ?? 1);
      if (isOfNow) {
        history.causes = [];
        book.over('noData', history.clockMs);
      }
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
    if (note.quality !== 'leadsOff') {
      if (note.hasValue) this.book.over(code, note.atMs);
      return;
    }
    const inOrder = this.history.readingsOf(note.metric).filter((n) => n.inOrder);
    const onAgain = inOrder.findLastIndex((n) => n.quality !== 'leadsOff');
    const sinceMs = inOrder[onAgain + 1]!.atMs;
    if (note.atMs - sinceMs >= LEADS_OFF_MS)
      this.book.holds({ code, kind: 'technical', priority: 'low', ruleId: 'leadsOff' }, note.atMs);
  }

  private silence(): void {
    const { history, book } = this;
    if (history.stay === null || history.causes.length > 0) return;
    const rules = this.rules.noData();
    const any = rules.findLast((r) => r.metric === 'any');
    if (any !== undefined && this.isSilent(any) === true) {
      if (!book.isActive('noData')) {
        for (const code of book.codes().filter((c) => c.endsWith('.noData'))) book.close(code, history.clockMs);
      }
      book.holds({ code: 'noData', kind: 'technical', priority: any.priority, ruleId: any.id }, history.clockMs);
      return;
    }
    for (const metric of METRIC_NAMES) {
      const rule = rules.findLast((r) => r.metric === metric);
      const isSilent = rule === undefined ? null : this.isSilent(rule);
      if (isSilent === null) continue;
      const code = `${metric}.noData`;
      if (isSilent) book.holds({ code, kind: 'technical', priority: rule!.priority, ruleId: rule!.id }, history.clockMs);
      else if (history.channels().get(metric)!.signMs >= history.graceMs) book.over(code, history.clockMs);
    }
  }

  /** Null where nobody watches: no patient, no way for data to come, a channel that is not in use or comes seldom. */
  private isSilent({ metric, intervals, transportMs }: NoDataRule): boolean | null {
    const { history } = this;
    if (history.stay === null || history.causes.length > 0) return null;
    const channels = history.channels();
    const most = (intervalMs: number): number => Math.max(intervals * intervalMs, transportMs * this.rate);
    if (metric === 'any') {
      if (history.devices.size === 0) return null;
      const all = [...channels.values()].map((c) => c.intervalMs);
      const quietMs = history.clockMs - Math.max(history.graceMs, history.lastHeardMs());
      return quietMs > most(all.length === 0 ? 0 : Math.min(...all));
    }
    const channel = channels.get(metric);
    if (channel === undefined || channel.intervalMs > CONTINUOUS_MS) return null;
    return history.clockMs - Math.max(channel.signMs, history.graceMs) > most(channel.intervalMs);
  }

  private leave(atMs: number): void {
    for (const code of this.book.codes()) this.book.close(code, atMs);
    this.history.stay = null;
    this.history.notes = [];
    this.history.overrides = [];
    this.history.news2 = new News2();
    this.rules.forget();
  }

  private isOurs({ deviceId, atMs }: DeviceMessage): boolean {
    const device: LogEventOf<'deviceAssigned'> | undefined = this.history.devices.get(deviceId);
    return device !== undefined && atMs >= device.fromMs && (device.toMs === null || atMs < device.toMs);
  }
}
