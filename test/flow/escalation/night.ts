import { randomUUID } from 'node:crypto';
import { type AlarmTransition, type AlarmView, PolicyContent, StaffId } from '@vigil/contracts';
import { pagingPolicyOf } from '@vigil/domain';
import { MemoryPager, PagerList } from '../../../src/adapters/memory/memory-pager.js';
import { Escalator } from '../../../src/escalation/escalator.js';
import { PageSender } from '../../../src/escalation/page-sender.js';
import { auditEntry } from '../../../src/ports/audit-trail.js';
import { alarmIdNo, batch, transition } from '../../contract/alarm-fixtures.js';
import { openTestStores, type TestStores } from '../../contract/sql-fixture.js';

export interface RouteShape {
  /** People by name, `buddy` (nobody is), or `dan`, whom nothing reaches; each step with its wait in seconds. */
  readonly steps: readonly (readonly [string, number])[];
  readonly acceptsNeeded?: number;
  readonly arriveWithinS?: number;
  readonly repeat?: { readonly afterS: number; readonly times: number | null };
}

/** A night on the ward: the two loops on a real store, a clock that stands still, and a pager that keeps what it is given. */
export class Night {
  private readonly pager = new MemoryPager();
  private readonly loops: readonly (Escalator | PageSender)[];
  private readonly startMs: number;
  private rev = 1;

  private constructor(readonly stores: TestStores) {
    this.startMs = stores.clock.wallMs();
    const log = {
      warn: () => undefined,
      error: (facts: unknown, message: string) => {
        throw new Error(`${message} ${JSON.stringify(facts)}`);
      },
    };
    const shared = { ...stores, feed: stores.alarmFeed, publicUrl: 'http://127.0.0.1:3000', log };
    this.loops = [new Escalator(shared), new PageSender({ ...shared, pagers: new PagerList([this.pager]) })];
    for (const loop of this.loops) loop.start();
  }

  static async begin({ steps, ...route }: RouteShape): Promise<Night> {
    const tell = (who: string): object => (who === 'buddy' ? { kind: 'role', role: who } : { kind: 'person', staffId: who });
    const content = PolicyContent.parse({
      ...{ v: 1, name: 'night' },
      routes: [
        {
          priorities: ['high', 'medium'],
          ...route,
          steps: steps.map(([who, waitS]) => ({ tell: who.split('+').map(tell), waitS })),
        },
      ],
    });
    return new Night(await openTestStores({ policy: pagingPolicyOf(content) }));
  }

  async alarm(more: Record<string, unknown> = {}): Promise<void> {
    await this.stores.alarmState.commit(batch([transition(more)]));
  }

  /** What the engine says of the alarm next. */
  async engineSays(cause: AlarmTransition['cause'], more: Record<string, unknown> = {}): Promise<void> {
    this.rev++;
    const isOver = cause === 'end' ? { active: false, presence: 'off' } : {};
    await this.alarm({ rev: this.rev, cause, atMs: 1_000 + this.rev, ...isOver, ...more });
  }

  async says(who: string, what: 'accept' | 'decline' | 'arrive' | 'pass' | 'acknowledge'): Promise<void> {
    const { clock, alarms } = this.stores;
    await alarms[what]({
      commandId: randomUUID() as never,
      alarmId: alarmIdNo(1),
      by: StaffId.parse(who),
      ifRev: null,
      reason: 'busy-with-patient',
      audit: auditEntry({ actor: who, action: 'alarm.accept', object: '', outcome: 'allowed' }),
      ...{ nowMs: clock.nowMs(), wallMs: clock.wallMs() },
    });
  }

  /** Advances in small steps, so that loops see each moment in turn. */
  async pass(seconds: number): Promise<void> {
    for (let left = seconds * 1_000; left > 0; left -= 1_000) await this.stores.clock.advance(Math.min(1_000, left));
    // The store answers in its own time; a few more rounds let everything that fell due come through.
    for (let round = 0; round < 6; round++) await this.stores.clock.advance(1);
  }

  /** Who was called to come, in order, with the whole seconds since the alarm. */
  async called(): Promise<readonly string[]> {
    const { pages } = await this.shown();
    return pages
      .filter((page) => page.kind === 'alarm')
      .map((page) => `${page.staffId} ${Math.floor((page.queuedAtMs - this.startMs) / 1_000)}`);
  }

  async shown(): Promise<AlarmView['escalation'] & { readonly text: string }> {
    const alarm = (await this.stores.alarms.get(alarmIdNo(1)))!;
    return { ...alarm.escalation, text: alarm.text };
  }

  async audited(): Promise<readonly string[]> {
    return (await this.stores.auditTrail.list({ limit: 50 })).items.map((row) => row.detail);
  }

  async end(): Promise<void> {
    for (const loop of this.loops) await loop.stop();
    await this.stores.end();
  }
}
