import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { nextPages } from '@vigil/domain';
import { transition, batch } from '../../test/contract/alarm-fixtures.js';
import { openTestStores } from '../../test/contract/sql-fixture.js';
import { MemoryPager, PagerList } from '../adapters/memory/memory-pager.js';
import { SiteProcesses } from '../health/site-processes.js';
import { Metrics } from '../health/metrics.js';
import { PagingHealth } from '../health/paging-health.js';
import { AlarmFeed } from '../ports/alarm-state.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';
import { Escalations } from '../ports/escalations.js';
import { Pagers } from '../ports/pager.js';
import { EscalationModule } from './escalation.module.js';

@Module({})
class TestPorts {}

/** The module in an application of its own, as it is started in each process that tells people. */
async function startModule() {
  const stores = await openTestStores();
  const pager = new MemoryPager();
  const processes = new SiteProcesses(() => stores.clock.steady().atMs);
  const providers = [
    { provide: Escalations, useValue: stores.escalations },
    { provide: Directory, useValue: stores.directory },
    { provide: AlarmFeed, useValue: stores.alarmFeed },
    { provide: AppClock, useValue: stores.clock },
    { provide: Pagers, useValue: new PagerList([pager]) },
    { provide: Metrics, useValue: new Metrics() },
    { provide: PagingHealth, useValue: { ran: () => undefined } },
    { provide: SiteProcesses, useValue: processes },
  ];
  const ports = { module: TestPorts, global: true, providers, exports: providers };
  const problems: string[] = [];
  const log = { warn: () => undefined, error: (_: unknown, message: string) => void problems.push(message) };
  const options = { publicUrl: 'http://127.0.0.1:3000', log };
  const app = await Test.createTestingModule({ imports: [ports, EscalationModule.from(options)] }).compile();
  const rounds = async (count: number): Promise<void> => {
    for (let round = 0; round < count && pager.sent.length === 0; round++) await stores.clock.advance(250);
  };
  return { stores, pager, processes, problems, app, rounds };
}

test('the module pages while the application runs, and ends its loops with it', async () => {
  const { stores, pager, problems, app, rounds } = await startModule();
  await app.init();
  await stores.alarmState.commit(batch([transition()]));
  await rounds(10);
  expect(pager.sent.map((p) => p.staffId)).toEqual(['amy']);
  await app.close();
  await stores.end();
  await stores.clock.advance(1_000);
  expect(problems).toEqual([]);
});

test('what another process had in hand is sent once that is known to be gone, and not before', async () => {
  const { stores, pager, processes, app, rounds } = await startModule();
  await stores.alarmState.commit(batch([transition()]));
  const other = await stores.again('escalator-9');
  const wallMs = stores.clock.wallMs();
  const [due] = await other.escalations.due(wallMs, 10);
  const page = {
    ...{ pageId: 'page-9', staffId: due!.onDuty[0]!.staffId, channel: 'smtp' as const, address: 'amy@hospital.test', step: 0 },
    ...{ reason: 'step 1', subject: 'TEST', text: 'TEST', tokenHash: 'hash-9', expiresAtMs: wallMs + 600_000, test: true },
  };
  await other.escalations.advance(due!, nextPages(due!.escalation, due!.route, due!.onDuty, wallMs), [page], wallMs, wallMs);
  expect(await other.escalations.claimPages(wallMs, 30_000, new Map([['smtp', 1]] as const))).toHaveLength(1);
  await app.init();
  await rounds(20);
  expect(pager.sent).toEqual([]);
  processes.hear([], ['escalator-9']);
  await rounds(10);
  expect(pager.sent.map((p) => p.pageId)).toEqual(['page-9']);
  await app.close();
  await stores.end();
});
