import { type DeviceMessage, type LogEvent, type LogEventOf, METRIC_NAMES, type NoDataRule } from '@vigil/contracts';
import { AlarmBook, type Told } from './alarm-book.js';
import { BedHistory, type Noted, type Rules } from './bed-history.js';
import { judgeLimits } from './limits.js';
import { WindowMeans } from './window-means.js';

const LEADS_OFF_MS = 5_000;
const SOURCE_IDLE_MS = 10_000;
/** What comes less often has no no-data alarm of its own. */
const CONTINUOUS_MS = 120_000;

/** One bed, judged anew from its whole history with each event. */
export class PlainBed {
  private history = new BedHistory();
  private readonly book: AlarmBook;
  private readonly means = new WindowMeans();

  constructor(private readonly bedId: string) {
    this.book = new AlarmBook(bedId, () => this.history.stay?.encounterId ?? null);
  }

  /** What this event makes people hear. */
  event(event: LogEvent, rules: Rules | null): Told[] {
    const before = this.book.told.length;
    this.take(event, rules);
    return this.book.told.slice(before);
  }

  /** Alarms whose rule is gone end; the others go on. */
  activated(rules: Rules, atMs: number): Told[] {
    const before = this.book.told.length;
    this.history.notes.push({ kind: 'activated', rules });
    this.book.closeWithout(new Set(rules.ruleSet.rules.map((r) => r.id)), atMs);
    this.means.keep(rules.ruleSet);
    return this.book.told.slice(before);
  }

  private take(event: LogEvent, rules: Rules | null): void {
    const { history, book } = this;
    switch (event.kind) {
      case 'deviceMessage':
        this.message(event, rules);
        return;
      case 'tick':
        if (!history.tick(event.atMs, rules) || rules === null) return;
        this.means.close(history, rules, book);
        this.silence(rules);
        return;
      case 'admit':
      case 'transferIn':
        if (history.stay?.encounterId === event.encounterId) return;
        this.leave(event.atMs);
        history.stay = { encounterId: event.encounterId, sinceMs: event.atMs };
        history.graceMs = Math.max(history.graceMs, history.clockMs);
        return;
      case 'discharge':
        if (history.stay?.encounterId === event.encounterId) this.leave(event.atMs);
        return;
      case 'deviceAssigned':
        history.devices.set(event.deviceId, event);
        return;
      case 'limitsSet':
        if (history.stay?.encounterId === event.encounterId) history.overrides.push(event);
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
      if (rules !== null) {
        this.means.close(history, rules, book);
        message.readings.forEach((_, at) => this.reading(history.note(message, at, rules), rules));
      }
    }
    if (rules !== null) this.silence(rules);
  }

  private reading(note: Noted, rules: Rules): void {
    if (note.inOrder) this.leadsOff(note);
    if (!note.isUsable) return;
    if (note.inOrder) judgeLimits(this.history, note, rules, this.book);
    this.means.add(this.history, note, rules, this.book);
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

  private silence({ ruleSet, rate }: Rules): void {
    const { history, book } = this;
    if (history.stay === null || history.causes.length > 0) return;
    const rules = ruleSet.rules.filter((r) => r.kind === 'noData');
    const channels = history.channels();
    const most = (rule: NoDataRule, intervalMs: number): number => Math.max(rule.intervals * intervalMs, rule.transportMs * rate);
    const any = rules.findLast((r) => r.metric === 'any');
    if (any !== undefined && history.devices.size > 0) {
      const intervals = [...channels.values()].map((c) => c.intervalMs);
      const quietMs = history.clockMs - Math.max(history.graceMs, history.lastHeardMs());
      if (quietMs > most(any, intervals.length === 0 ? 0 : Math.min(...intervals))) {
        if (!book.isActive('noData')) {
          for (const code of book.codes().filter((c) => c.endsWith('.noData'))) book.close(code, history.clockMs);
        }
        book.holds({ code: 'noData', kind: 'technical', priority: any.priority, ruleId: any.id }, history.clockMs);
        return;
      }
    }
    for (const metric of METRIC_NAMES) {
      const [channel, rule] = [channels.get(metric), rules.findLast((r) => r.metric === metric)];
      if (channel === undefined || rule === undefined || channel.intervalMs > CONTINUOUS_MS) continue;
      const code = `${metric}.noData`;
      const quietMs = history.clockMs - Math.max(channel.signMs, history.graceMs);
      if (quietMs > most(rule, channel.intervalMs)) {
        book.holds({ code, kind: 'technical', priority: rule.priority, ruleId: rule.id }, history.clockMs);
      } else if (channel.signMs >= history.graceMs) book.over(code, history.clockMs);
    }
  }

  private leave(atMs: number): void {
    for (const code of this.book.codes()) this.book.close(code, atMs);
    this.history.stay = null;
    this.history.notes = [];
    this.history.overrides = [];
    this.means.forget();
  }

  private isOurs({ deviceId, atMs }: DeviceMessage): boolean {
    const device: LogEventOf<'deviceAssigned'> | undefined = this.history.devices.get(deviceId);
    return device !== undefined && atMs >= device.fromMs && (device.toMs === null || atMs < device.toMs);
  }
}
