/**
 * Whatever happens to alarms, providers and people, no page gets lost: each has left, by itself or with one that stands, was given up
 * and is shown so, or was called off because nobody had to be told any more. `COUNT=500` runs more histories.
 */
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { alarmIdNo } from '../../test/contract/alarm-fixtures.js';
import { PagingWard } from '../../test/support/paging-ward.js';

const RUNS = Number(process.env.COUNT ?? 6);

interface Row {
  readonly page_id: string;
  readonly state: string;
  readonly kind: string;
  readonly staff_id: string;
  readonly host: string | null;
  readonly host_state: string | null;
  readonly host_goes_on: number | null;
  readonly next_ms: number;
  readonly running: number;
  readonly answered: number;
}

const pagesOf = (file: string): Row[] => {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db
      .prepare(
        `SELECT p.page_id, p.next_attempt_wall_ms AS next_ms, p.state, p.kind, p.staff_id, p.joined_page_id AS host, h.state AS host_state,
           he.state NOT IN ('accepted') AND ha.active = 1 AS host_goes_on, e.state = 'running' AS running,
           e.accepts_json LIKE '%"' || p.staff_id || '"%' OR e.declines_json LIKE '%"' || p.staff_id || '"%' AS answered
         FROM page p JOIN escalation e ON e.alarm_id = p.alarm_id
         LEFT JOIN page h ON h.page_id = p.joined_page_id
         LEFT JOIN escalation he ON he.alarm_id = h.alarm_id LEFT JOIN alarm ha ON ha.alarm_id = h.alarm_id`,
      )
      .all() as unknown as Row[];
  } finally {
    db.close();
  }
};

const no = fc.integer({ min: 1, max: 4 });
const happening = fc.oneof(
  fc.record({ what: fc.constant('raise' as const), no, priority: fc.constantFrom('high', 'medium') }),
  fc.record({ what: fc.constant('wait' as const), ms: fc.constantFrom(0, 500, 4_000, 12_000, 25_000, 40_000) }),
  fc.record({ what: fc.constant('provider' as const), fails: fc.constantFrom(null, 'later', 'never') }),
  fc.record({ what: fc.constant('accept' as const), no, by: fc.constantFrom('amy', 'carol') }),
  fc.record({ what: fc.constant('decline' as const), no, by: fc.constantFrom('amy', 'carol') }),
  fc.record({ what: fc.constant('end' as const), no }),
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Alarms 1 to 3 are of one patient, 4 is of nobody known, in the same bed. */
const place = (alarm: number) => (alarm === 4 ? { encounterId: null } : { conditionCode: `code-${alarm}` });

async function carryOut(w: PagingWard, raised: Map<number, { rev: number; active: boolean }>, each: Happening): Promise<void> {
  if (each.what === 'wait') return w.after(each.ms);
  if (each.what === 'provider') {
    w.mail.failing = each.fails === null ? null : { retryable: each.fails === 'later' };
    return;
  }
  const alarm = raised.get(each.no);
  if (each.what === 'raise') {
    if (alarm !== undefined) return;
    raised.set(each.no, { rev: 1, active: true });
    await w.raise({ alarmId: alarmIdNo(each.no), priority: each.priority, ...place(each.no) });
    return;
  }
  if (alarm === undefined) return;
  if (each.what === 'end') {
    if (!alarm.active) return;
    alarm.active = false;
    await w.endAlarm({ alarmId: alarmIdNo(each.no), ...place(each.no) });
    return;
  }
  // Refused where there is nothing to answer any more.
  await (each.what === 'accept' ? w.accept(each.by, each.no) : w.decline(each.by, each.no)).catch(() => undefined);
}

test(
  `in ${RUNS} histories each page has left, is told by one that stands, or nobody had to be told`,
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 4, maxLength: 24 }), async (history) => {
        const w = await PagingWard.open({ webhook: true });
        try {
          const raised = new Map<number, { rev: number; active: boolean }>();
          for (const each of history) await carryOut(w, raised, each);
          w.mail.failing = null;
          for (let round = 0; round < 4; round++) await w.after(9_000);
          for (let round = 0; round < 4; round++) await w.after(0);
          // So nobody is told that pages wait longer than they may.
          expect((await w.stores.onCallTroubles.overdue(w.stores.clock.wallMs())).pageMs).toBeNull();
          const left = new Set([...w.mail.sent, ...w.hook.sent].flatMap((page) => page.covers));
          for (const row of pagesOf(w.stores.file)) {
            const told = row.host === null ? row.page_id : row.host;
            if (row.state === 'sent') expect(left).toContain(told);
            // Its own turn, or that of the message that it joined, is still to come; or that message stands.
            if (row.state === 'queued' && row.host === null)
              expect([row, row.next_ms > w.stores.clock.wallMs()]).toEqual([row, true]);
            if (row.state === 'queued' && row.host !== null) {
              expect([row, ['sent', 'queued'].includes(row.host_state!), row.host_goes_on]).toEqual([row, true, 1]);
            }
            if (row.state === 'cancelled' && row.kind === 'alarm')
              expect([row, row.running === 0 || row.answered === 1]).toEqual([row, true]);
          }
        } finally {
          await w.end();
        }
      }),
      { numRuns: RUNS },
    );
  },
  20_000 + RUNS * 2_000,
);
