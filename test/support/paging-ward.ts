import { type AlarmId, type DeclineReason, StaffId } from '@vigil/contracts';
import { MemoryPager, PagerList } from '../../src/adapters/memory/memory-pager.js';
import { Escalator } from '../../src/escalation/escalator.js';
import { PageSender } from '../../src/escalation/page-sender.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import type { Pager } from '../../src/ports/pager.js';
import { alarmIdNo, batch, ending, transition } from '../contract/alarm-fixtures.js';
import { openTestStores, type TestStores } from '../contract/sql-fixture.js';

/** The two loops that tell people on a real store, turned by hand: no timer runs, and a step takes a few milliseconds. */
export class PagingWard {
  private readonly escalator: Escalator;
  private readonly sender: PageSender;
  private commands = 0;

  private constructor(
    readonly stores: TestStores,
    readonly mail: MemoryPager,
    readonly hook: MemoryPager,
    pagers: readonly Pager[],
  ) {
    const log = {
      warn: () => undefined,
      error: (facts: unknown, message: string) => {
        throw new Error(`${message} ${JSON.stringify(facts)}`);
      },
    };
    const shared = { ...stores, feed: stores.alarmFeed, publicUrl: 'http://127.0.0.1:3000', log };
    this.escalator = new Escalator(shared);
    this.sender = new PageSender({ ...shared, pagers: new PagerList(pagers) });
  }

  static async open(more: Parameters<typeof openTestStores>[0] = {}, pagers?: readonly Pager[]): Promise<PagingWard> {
    const [mail, hook] = [new MemoryPager('smtp'), new MemoryPager('webhook')];
    return new PagingWard(await openTestStores(more), mail, hook, pagers ?? [mail, hook]);
  }

  raise(more: Record<string, unknown> = {}): Promise<unknown> {
    return this.stores.alarmState.commit(batch([transition(more)]));
  }

  endAlarm(more: Record<string, unknown> = {}): Promise<unknown> {
    return this.stores.alarmState.commit(batch([{ ...ending(), ...more }]));
  }

  /** Time goes on by so much, and what is due then is told and sent. */
  async after(ms: number): Promise<void> {
    await this.stores.clock.advance(ms);
    await this.tell();
    await this.send();
  }

  async tell(): Promise<void> {
    while (await this.escalator.runOnce());
  }

  async send(): Promise<void> {
    await this.sender.runOnce();
    await this.sender.stop();
  }

  /** Who was sent what, in order: `amy: subject`. */
  get sent(): readonly string[] {
    return [...this.mail.sent, ...this.hook.sent].map((page) => `${page.staffId}: ${page.subject}`);
  }

  async pages(no = 1) {
    return (await this.stores.alarms.get(alarmIdNo(no)))!.escalation.pages;
  }

  accept(by: string, no = 1) {
    return this.stores.alarms.accept(this.command(by, alarmIdNo(no), 'accept'));
  }

  decline(by: string, no = 1, reason: DeclineReason = 'too-far') {
    return this.stores.alarms.decline({ ...this.command(by, alarmIdNo(no), 'decline'), reason });
  }

  pass(by: string, no = 1, reason: DeclineReason = 'too-far') {
    return this.stores.alarms.pass({ ...this.command(by, alarmIdNo(no), 'pass'), reason });
  }

  end(): Promise<void> {
    return this.stores.end();
  }

  private command(by: string, alarmId: AlarmId, verb: string) {
    const { clock } = this.stores;
    return {
      commandId: `00000000-0000-4000-8000-${String(++this.commands).padStart(12, '0')}` as never,
      ...{ alarmId, by: StaffId.parse(by), ifRev: null },
      audit: auditEntry({ actor: by, action: `alarm.${verb}`, object: '', outcome: 'allowed' }),
      ...{ nowMs: clock.nowMs(), wallMs: clock.wallMs() },
    };
  }
}
