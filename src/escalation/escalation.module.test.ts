import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { transition, batch } from '../../test/contract/alarm-fixtures.js';
import { openTestStores } from '../../test/contract/sql-fixture.js';
import { MemoryPager, PagerList } from '../adapters/memory/memory-pager.js';
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

test('the module pages while the application runs, and ends its loops with it', async () => {
  const stores = await openTestStores();
  const pager = new MemoryPager();
  const providers = [
    { provide: Escalations, useValue: stores.escalations },
    { provide: Directory, useValue: stores.directory },
    { provide: AlarmFeed, useValue: stores.alarmFeed },
    { provide: AppClock, useValue: stores.clock },
    { provide: Pagers, useValue: new PagerList([pager]) },
    { provide: Metrics, useValue: new Metrics() },
    { provide: PagingHealth, useValue: { ran: () => undefined } },
  ];
  const ports = { module: TestPorts, global: true, providers, exports: providers };
  const problems: string[] = [];
  const log = { warn: () => undefined, error: (_: unknown, message: string) => void problems.push(message) };
  const options = { publicUrl: 'http://127.0.0.1:3000', log };
  const app = await Test.createTestingModule({ imports: [ports, EscalationModule.from(options)] }).compile();
  await app.init();
  await stores.alarmState.commit(batch([transition()]));
  for (let round = 0; round < 10 && pager.sent.length === 0; round++) await stores.clock.advance(250);
  expect(pager.sent.map((p) => p.staffId)).toEqual(['amy']);
  await app.close();
  await stores.end();
  await stores.clock.advance(1_000);
  expect(problems).toEqual([]);
});
